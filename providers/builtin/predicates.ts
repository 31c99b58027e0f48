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
  PLACED,
  PREPOSITIONS,
  RELATING,
  RELATIVES,
  ROLES,
} from './lexicon.ts';
import { asAsker } from './persons.ts';
import { isTemporal } from './measures.ts';
import { same } from './scene.ts';
import { join, type Token } from './tokens.ts';
import { tagged } from './trust.ts';

/** Questions that hold however long the sentence is: what follows the verb is left out whole, so nothing of it can go wrong. */

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

const TREATED =
  list(`treated managed diagnosed prevented inherited transmitted spread passed measured controlled removed
  detected confirmed relieved corrected administered delivered given applied done performed made booked paid sent ordered
  cleaned classified staged described defined`);
const CALLED = list('called termed named');
const STRANDED = list('with of to into on from against through for by as');
const REASONS = list('because since as so due');
const QUALITIES =
  /^(?:(?:very|most|more|also|often|usually|closely|particularly|especially|mainly) )*((?:similar|sensitive|related|due|specific|prone|vulnerable|resistant|equal|close|thanks) to|(?:responsible|useful|necessary|essential|important|good|suitable|available|famous|used|known|liable|eligible) for|(?:part|made|made up|composed|full|free|capable|typical|characteristic|aware) of|(?:rich|high|low|present) in|(?:different|absent) from|(?:effective|protective) against|(?:associated|consistent|compatible|filled) with|(?:dependent|based) on)\b/i;

export function predicateGaps(forms: Forms): Asked[] {
  const { clause } = forms;
  if (clause.voice === 'passive')
    return tagged(
      relates(clause) && !clause.negated && !COUNTED.test(clause.subject) ? 'relation' : 'object',
      passive(forms),
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
/** "Four types of surgery" are named in the answer: what they are for is hardly asked. */
const COUNTED =
  /^(?:(?:nearly|about|over|almost|most) )*(?:\d[\d.,]*|two|three|four|five|six|seven|eight|several|many|some|different|other) /;
const POINTING = /^(?:this|these|that|those|such|some|an? (?:part|number|type)|it|them)\b/;

/** "is used to", "is caused by": what is asked for needs no more of the sentence. */
const relates = ({ verb }: Forms['clause']): boolean =>
  /(?:^| )(?:used|caused|characterized|treated|diagnosed|inherited|divided|based|associated|called|known|prevented)$/.test(
    verb,
  );

function passive(forms: Forms): Asked[] {
  const { clause } = forms;
  const done = clause.verb.split(' ').at(-1) ?? '';
  const [first, second] = clause.rest;
  const rest = join(clause.rest);
  if (CALLED.has(done)) return first ? [forms.ask('what', '')] : [];
  if (!first) return [];
  const low = first.low;
  if (done === 'known' && low === 'as') return [forms.ask('what', 'as')];
  if (done === 'used' && (low === 'to' || low === 'for' || low === 'in' || low === 'as'))
    return low === 'to' || low === 'for' ? [forms.ask('what', 'for')] : [];
  if (/\b(?:manner|pattern|fashion|way)\b/.test(rest) && low === 'in') return [forms.ask('how', '')];
  if (low === 'to' && second?.tags.has('Infinitive'))
    return /^(?:known|thought|said|shown|found|believed|expected|considered|reported|supposed|allowed|advised|told|asked|able|required|needed)$/.test(
      done,
    )
      ? []
      : [forms.ask('why', '')];
  if (low === 'by') return byAgent(forms, done, clause.rest);
  if (/^(?:at|in|on) .* or by (?!an?\b|the\b)/.test(rest)) return [forms.ask('how', '')];
  if (TREATED.has(done) && ['with', 'using', 'through', 'as', 'via'].includes(low))
    return [forms.ask('how', ''), ...(low === 'with' ? [forms.ask('what', 'with')] : [])];
  if (
    PLACED.has(done) &&
    [
      'in',
      'at',
      'on',
      'under',
      'inside',
      'near',
      'beside',
      'behind',
      'outside',
      'along',
      'between',
      'beneath',
    ].includes(low)
  )
    return isTemporal(rest) ||
      clause.rest.slice(1, 3).some((one) => PEOPLE.has(one.low)) ||
      /^in (?:about|some|most|many|people|patients|\d|the (?:case|form|hope|event))/.test(rest)
      ? []
      : [forms.ask('where', '')];
  if (
    (low === 'into' || low === 'through' || low === 'to' || low === 'from') &&
    !/^(?:linked|divided|exposed|connected|attached|limited|related|added|converted|transformed|made|derived|separated|restricted|compared|grouped|split|protected|taken|turned)$/.test(
      done,
    )
  )
    return [];
  if (STRANDED.has(low) && second && !isTemporal(rest) && low !== 'for' && low !== 'as')
    return [forms.ask('what', low)];
  if (low === 'for' && second && !/\d|year|month|week|day|hour|minute/.test(rest)) return [forms.ask('what', 'for')];
  return [];
}

function byAgent(forms: Forms, done: string, rest: readonly Token[]): Asked[] {
  const next = rest[1];
  if (!next) return [];
  if (next.tags.has('Gerund') || next.low.endsWith('ing')) return [forms.ask('how', '')];
  const phrase =
    join(rest.slice(1)).split(
      /,| (?:in|at|on|who|which|that|with|and|or|to|from|for|after|before|during|when|where) /,
    )[0] ?? '';
  const name = phrase.split(' ').every((word) => /^\p{Lu}\p{Ll}+/u.test(word));
  if (name || PEOPLE.has(phrase.split(' ').at(-1)?.toLowerCase() ?? '')) return [forms.ask('who', 'by')];
  const { subject, auxiliary, verb } = forms.clause;
  if (/^(?:(?:signs|symptoms)(?: and )?)+$/.test(subject)) return [];
  if (done === 'caused' && verb === 'caused') return [same(`what causes ${subject}`), forms.ask('what', 'by')];
  if (done === 'caused' && auxiliary) return [same(`what can cause ${subject}`)];
  return [forms.ask(TREATED.has(done) ? 'how' : 'what', TREATED.has(done) ? '' : 'by')];
}

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

/** The tokens up to where the object surely ends. */
function objectOf(rest: readonly Token[]): readonly Token[] {
  const end = rest.findIndex(({ low, text }, i) => {
    const previous = rest[i - 1]?.text ?? '';
    return (
      previous.endsWith(',') ||
      /[;:]$/.test(previous) ||
      (i > 0 &&
        ((PREPOSITIONS.has(low) && low !== 'of') ||
          RELATIVES.has(low) ||
          ['and', 'or', 'but', 'than', 'because', 'as', 'so'].includes(low))) ||
      /[()\u2014]/.test(text)
    );
  });
  const object = end < 0 ? rest : rest.slice(0, end);
  return startsNoun(object) ? object : [];
}

/** True where the words begin with something that can be asked for by "what". */
function startsNoun([first, second]: readonly Token[]): boolean {
  if (!first || PREPOSITIONS.has(first.low) || RELATIVES.has(first.low)) return false;
  if (
    /^(?:no|not|how|why|when|where|whether|if|because|so|too|it|them|him|her|us|you|me|themselves|itself|and|or|as|than|only|up|down|out|off|away|back|together|well|better|worse|more|less|much)$/.test(
      first.low,
    )
  )
    return (
      first.low === 'no' ||
      ((first.low === 'more' || first.low === 'less') &&
        second !== undefined &&
        !PREPOSITIONS.has(second.low) &&
        second.low !== 'than')
    );
  if (first.tags.has('Comparative') || (first.tags.has('Adverb') && !second)) return false;
  return !first.low.endsWith('ly') || ['family', 'only', 'early', 'daily', 'elderly'].includes(first.low);
}

/** "X is a test that ...": says what a thing of one name is, in more words than a kind alone. */
export const defines = ({ clause }: Forms): boolean => {
  const rest = join(clause.rest);
  return (
    !/^(?:your|our|type|stage|grade|group|class|(?:\w+ )?levels?)\b|, |\band\b/.test(clause.subject) &&
    !/^(?:often |usually |also )*(?:one of the|an? (?:\w+er|better|more|less|indication|sign|result|problem|matter|part|cause)) /.test(
      rest,
    ) &&
    /\b(?:that|which|who|of|in|used|caused|characterized|made|for|by|with|to|where|when)\b/.test(rest)
  );
};

/** True of a complement that names what the subject is: "a low level of iron", "practice tightenings of the womb". */
export function isNamed(rest: readonly Token[]): boolean {
  const [first] = rest;
  if (!first) return false;
  if (/^an?$/.test(first.low))
    return (
      rest.length > 2 &&
      !/^an? (?:good|great|bad|emergency|problem|must|common|big|major|serious|better|useful|helpful|safe|sign|result|matter|lot|little|bit|few|condition for)\b/.test(
        join(rest),
      )
    );
  if (first.low === 'the') return rest.length > 3;
  if (/^(?:an?|the|one|two|three|four|five|any|another|those|people|all)$/.test(first.low)) return true;
  if (/^[<>\u2264\u2265\u00b1~]?\s?\d/.test(first.low)) return true;
  const end = rest.findIndex(({ low }, i) => i > 0 && (PREPOSITIONS.has(low) || RELATIVES.has(low)));
  const head = rest.slice(0, end < 0 ? Math.min(rest.length, 4) : end).at(-1);
  return (
    head !== undefined &&
    head.tags.has('Plural') &&
    rest.length > 2 &&
    !first.tags.has('Adverb') &&
    !first.tags.has('Comparative')
  );
}

/** True of a subject that "What is ...?" can ask for: no "the dose", no "people with asthma". */
function isTerm(subject: readonly Token[]): boolean {
  const first = subject[0]?.low ?? '';
  if (subject.some(({ low }) => low === 'to')) return false;
  if (subject.length > 6 || PEOPLE.has(subject.at(-1)?.low ?? '')) return false;
  if (first.endsWith('ing') && subject.length > 2) return false;
  if (subject.some(({ low, text }) => RELATIVES.has(low) || low === 'and' || text.endsWith(','))) return false;
  return !DETERMINERS.has(first) || first === 'a' || first === 'an';
}
