import type { Asked, Forms } from './forms.ts';
import {
  CAUSAL,
  CHANGING,
  DETERMINERS,
  GENERAL,
  KNOWN_VERBS,
  OBJECTS,
  PARTNERS,
  PEOPLE,
  RELATING,
  ROLES,
} from '../words/lexicon.ts';
import { asAsker } from '../words/persons.ts';
import { join } from '../words/tokens.ts';
import { tagged } from './trust.ts';
import { defines, isNamed, isTerm, objectOf, startsNoun } from './noun-phrases.ts';
import { COUNTED, passiveGaps, relates } from './passive.ts';

/** Questions that hold however long the sentence is: what follows the verb is left out whole, so nothing of it can go wrong. */

const REASONS = new Set(['because', 'since', 'as', 'so', 'due']);

const QUALITIES =
  /^(?:(?:very|most|more|also|often|usually|closely|particularly|especially|mainly) )*((?:similar|sensitive|related|due|specific|prone|vulnerable|resistant|equal|close|thanks) to|(?:responsible|useful|necessary|essential|important|good|suitable|available|famous|used|known|liable|eligible) for|(?:part|made|made up|composed|full|free|capable|typical|characteristic|aware) of|(?:rich|high|low|present) in|(?:different|absent) from|(?:effective|protective) against|(?:associated|consistent|compatible|filled) with|(?:dependent|based) on)\b/i;

export function predicateGaps(forms: Forms): Asked[] {
  const { clause } = forms;
  if (clause.voice === 'passive')
    return tagged(
      relates(clause) && !clause.negated && !COUNTED.test(clause.subject) ? 'relation' : 'object',
      passiveGaps(forms),
    );
  if (clause.voice === 'copula')
    return copula(forms).map((gap) => ({ ...gap, form: gap.names && defines(forms) ? 'meaning' : 'object' }));
  return active(forms).map((gap) => ({ ...gap, form: activeForm(gap, forms) }));
}

/** "because ...", "so that ...", "since ...": Why? */
export function reasonGap(forms: Forms): Asked[] {
  const { rest } = forms.clause;
  const at = rest.findIndex(({ low }, i) => {
    const next = rest[i + 1]?.low ?? '';
    const comma = rest[i - 1]?.text.endsWith(',') ?? false;
    if (low === 'because') return next !== 'of' || i > 0;
    if (low === 'so') return next === 'that' && i > 0;
    if (low === 'in' && next === 'order') return rest[i + 2]?.low === 'to' && i > 0;
    return (
      comma &&
      REASONS.has(low) &&
      (low === 'since' || low === 'as') &&
      !['well', 'with', 'in', 'of', 'a', 'the', 'long', 'soon', 'much', 'many', 'far', 'early'].includes(next)
    );
  });
  if (at < 0 || (at === 0 && forms.clause.voice !== 'passive')) return [];
  const kept = join(rest.slice(0, at)).replace(/,$/, '');
  return kept.split(' ').length > 14 || /[;:]|\b(?:that|which)\b/.test(kept) ? [] : [forms.ask('why', kept)];
}

const activeForm = ({ direct }: Asked, { clause, bare }: Forms) => {
  if (!direct.includes(clause.subject))
    return clause.animate || /\b(?:its|their)\b/.test(direct) ? 'object' : 'subject';
  return RELATING.has(bare) && !POINTING.test(join(clause.rest)) ? 'relation' : 'object';
};

const POINTING = /^(?:this|these|that|those|such|some|an? (?:part|number|type)|it|them)\b/;

function copula(forms: Forms): Asked[] {
  const { clause } = forms;
  if (clause.verb !== '' || clause.negated) return [];
  const rest = join(clause.rest);
  const quality = QUALITIES.exec(rest)?.[1];
  if (quality && !rest.startsWith('part of a ')) return [forms.ask('what', quality, { adverbs: '' })];
  if (/^able to\b/.test(rest)) return [forms.ask('what', 'able to do')];
  if (/^at (?:an? )?(?:\w+ )?risk\b/.test(rest) && PEOPLE.has(clause.head) && clause.rest.length <= 12)
    return [forms.askSubject('who', rest)];
  const role = ROLES.has(clause.head.replace(/s$/, ''));
  const unique =
    /^the (?:\S+ ){0,2}(?:average|only|most|main|best|first|last|usual|normal|typical|total|minimum|maximum|highest|lowest|\S+est)\b/i.test(
      clause.subject,
    );
  if (/^an? (?:important|big|key|major|good) /.test(clause.subject)) return [];
  if (/^(?:to \w|that \w)/.test(rest)) return role ? [forms.ask('what', '', { adverbs: '' })] : [];
  if (
    !isNamed(clause.rest) ||
    /^(?:another|other|the (?:first|second|third|last|same|other|reason|result))\b/.test(rest)
  )
    return [];
  if (role || unique || isTerm(clause.subjectTokens)) {
    const what = { ...forms.ask('what', '', { adverbs: '' }), names: true };
    return [
      what,
      ...(role || unique || clause.plural
        ? []
        : [{ direct: `how would you explain ${asAsker(clause.subject) ?? clause.subject}`, names: true, said: true }]),
    ];
  }
  return [];
}

function active(forms: Forms): Asked[] {
  const { clause } = forms;
  const bare = forms.bare;
  const [first] = clause.rest;
  if (!first) return [];
  const partner = PARTNERS.get(bare);
  if (partner === first.low && clause.rest.length > 1) return [forms.ask('what', partner)];
  if (/^(?:spread|grow|travel)$/.test(bare) && /^(?:can|may)$/.test(clause.auxiliary) && first.low === 'through')
    return [forms.ask('how', '')];
  if (
    bare === 'have' &&
    /\b(?:effects?|impact|role|influence|trouble|difficulty|no)\b/.test(join(clause.rest.slice(0, 4)))
  )
    return [];
  if (bare === 'mean') return clause.negated ? [] : [forms.ask('what', '')];
  const vague = clause.animate && (clause.subjectTokens.length < 3 || /^your \w+(?: \w+)? ?\w*$/.test(clause.subject));
  if (clause.negated)
    return OBJECTS.has(bare) && startsNoun(clause.rest) && !vague && !/^(?:you|we)$/.test(clause.subject)
      ? [forms.ask('what', '')]
      : [];
  if (/\bthan\b/.test(join(clause.rest))) return [];
  if (bare === 'include') {
    if (clause.animate || /^(?:two|three|four|five|several|many) /.test(clause.subject)) return [];
    const role = ROLES.has(clause.head.replace(/s$/, ''));
    const the =
      DETERMINERS.has(clause.subjectTokens[0]?.low ?? '') || /^(?:your|our|its|their)\b/.test(clause.subject)
        ? ''
        : 'the ';
    const subject = `${the}${clause.subject}`;
    if (!role && clause.plural && /^(?:common|typical|possible) /.test(clause.subject))
      return [{ direct: `what are some ${clause.subject}`, embedded: `what some ${clause.subject} are` }];
    return [
      ...(role && clause.plural
        ? [{ direct: `what are ${subject}`, embedded: `what ${subject} are`, names: / (?:of|for|in) /.test(subject) }]
        : []),
      forms.ask('what', ''),
    ];
  }
  if (bare === 'help') return help(forms);
  if (/^(?:should|must)$/.test(clause.auxiliary) && clause.animate && !vague)
    return /\b(?:this|these)\b/.test(join(clause.rest)) ? [] : [forms.ask('what', '', { verb: 'do', adverbs: '' })];
  const found: Asked[] = [];
  const object = objectOf(clause.rest);
  const whole = object.length === clause.rest.length && object.length <= 8;
  if (CHANGING.has(bare) || bare === 'affect') {
    if (object.length > 0 && object.length <= 8 && !clause.animate)
      found.push(forms.ask('how', join(object).replace(/,$/, ''), { verb: 'affect' }));
  } else if (OBJECTS.has(bare) && startsNoun(clause.rest) && !vague && !(bare === 'have' && first.low === 'no'))
    found.push(forms.ask('what', ''));
  if (
    !(clause.subjectTokens[0]?.low ?? '').endsWith('ing') &&
    CAUSAL.has(bare) &&
    whole &&
    !clause.animate &&
    !/^(?:you|we)$/.test(clause.subject) &&
    (object.length > 2 || (object.length > 1 && !GENERAL.has(object.at(-1)?.low ?? '')))
  )
    found.push(forms.askSubject('what', join(object)));
  return found;
}

function help(forms: Forms): Asked[] {
  if (/^(?:you|we)$/.test(forms.clause.subject) || forms.clause.animate) return [];
  const { rest } = forms.clause;
  const to = rest[0]?.low === 'to' ? 1 : 0;
  const verb = rest[to];
  const next = rest[to + 1];
  const people = rest.findIndex(
    ({ low }, i) => i >= to && i < to + 3 && /^(?:us|you|people|patients|children|women|doctors|body)$/.test(low),
  );
  const act = people < 0 ? undefined : rest[people + (rest[people + 1]?.low === 'to' ? 2 : 1)];
  if (act && KNOWN_VERBS.has(act.low) && (people === to || rest[to]!.low === 'the'))
    return [
      forms.ask('what', `${join(rest.slice(to, people + 1))} do`),
      forms.ask('how', join(rest.slice(to, people + 1))),
    ];
  const transitive = verb && (OBJECTS.has(verb.low) || CAUSAL.has(verb.low));
  if (transitive && next && startsNoun(rest.slice(to + 1)))
    return [forms.ask('what', `${to ? 'to ' : ''}${verb.low}`), forms.ask('how', '')];
  return [forms.ask('how', '')];
}
