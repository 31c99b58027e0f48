import { amount } from './amounts.ts';
import type { Asked, Forms } from './forms.ts';
import { CAUSAL, GENERAL, PEOPLE, PLACED, RELATING, STANDING } from '../words/lexicon.ts';
import { AMOUNT, isMeasured, isTemporal, rule } from '../words/measures.ts';
import { change, effect, object } from './objects.ts';
import { type Rule, same, type Scene, trim } from './scene.ts';
import { tagged } from './trust.ts';
import { age, BESIDE, duration, frequency, moment, within } from './timing.ts';

/** Where and when, for verbs without an object and for passives; how, for "by doing". */
const circumstance: Rule = ({ forms, parts, rest, bare }) => {
  const { voice, animate } = forms.clause;
  const manner = parts.findIndex((part) => /^by \w+ing\b/.test(part));
  if (manner >= 0) return [forms.ask('how', parts.slice(0, manner).join(' '))];
  const soon = parts.findIndex((part) => /^as soon as\b/.test(part));
  if (soon >= 0)
    return [forms.ask('how soon', parts.slice(0, soon).join(' ')), forms.ask('when', parts.slice(0, soon).join(' '))];
  // "named after", "within the brain": neither a time.
  const first = parts.findIndex(
    (part) =>
      isTemporal(part) &&
      !/^\w+ (?:this|these|that|such)\b/.test(part) &&
      !/^within (?:the|an?|your|his|her|its) /.test(part) &&
      !(/^after\b/.test(part) && /\bnamed$/.test(forms.clause.verb)),
  );
  const plain = voice === 'passive' || first === 0 || (first === 1 && /^(?:in|inside|outside|at|on)\b/.test(rest));
  const asked: Asked[] = [];
  if (
    first >= 0 &&
    !BESIDE.test(rest) &&
    (plain ||
      (/^when\b/.test(parts[first]!) && !animate) ||
      bare === 'keep' ||
      (forms.clause.auxiliary === 'did' && first === parts.length - 1))
  ) {
    const until = /^until\b/.test(parts[first]!) ? 'until when' : 'when';
    asked.push(forms.ask(until, parts.slice(0, first).join(' ')));
  }
  const place = parts.findIndex(
    (part) => /^(?:in|inside|outside|on|under|into)\s(?!place\b)/.test(part) && !isTemporal(part),
  );
  const stands = voice === 'passive' ? PLACED.has(forms.clause.verb.split(' ').at(-1) ?? '') : STANDING.has(bare);
  const vague = /^(?:very |some |many |most |other |an? (?:small|large|second|third|new|radioactive) )/.test(
    forms.clause.subject,
  );
  const setting =
    vague ||
    /\bor\b/.test(rest) ||
    /^in (?:an? \w+ (?:pattern|form|manner|way|amount)|the presence|response|addition|general|combination|about|some|most|many|people|patients|adults|children|women|men|infants|order|\d|the (?:case|form|hope|event)|a \w+ (?:way|manner))/.test(
      parts[0] ?? '',
    );
  if (place === 0 && stands && !setting) asked.push(forms.ask('where', parts.slice(1).join(' ')));
  const agent = /^by (an?|the) (.+)$/.exec(parts[0] ?? '')?.[2];
  if (voice === 'passive' && agent) asked.push(agentGap(forms, agent, parts.slice(1).join(' ')));
  return asked;
};

/** "should be checked by a doctor" asks "Who should check X?"; where nobody acts, "What is X caused by?". */
function agentGap(forms: Forms, agent: string, tail: string): Asked {
  const { auxiliary, subject: thing, verb } = forms.clause;
  if (!PEOPLE.has(agent.split(' ').at(-1)!)) return forms.ask('what', trim('by', tail));
  if (verb.startsWith('be ')) return same(trim('who', auxiliary, forms.base(verb.slice(3)), thing, tail));
  return forms.ask('who', trim('by', tail));
}

/** The subject itself, where asking for it makes a fair question. */
const subject: Rule = ({ forms, parts, rest, bare }) => {
  const { subject: named, animate, auxiliary, adverbs } = forms.clause;
  if (/^(?:you|we)$/.test(named)) return [];
  const share = rule(`${AMOUNT} percent of (.+)`).exec(named)?.[1];
  if (share) return ['what percentage of', 'how many'].map((wh) => same(trim(wh, share, forms.finite(), rest)));
  if (rest === '' || isMeasured(rest)) return [];
  if (named.startsWith('only ')) return [forms.askSubject(animate ? 'who' : 'what', rest)];
  if (!animate)
    return CAUSAL.has(bare) &&
      !adverbs.includes('usually') &&
      (rest.split(' ').length > 2 || !GENERAL.has(rest.split(' ').at(-1)!))
      ? [forms.askSubject('what', rest)]
      : [];
  const vaguely = /^(?:your|our|some|many|most|all) /.test(named);
  if (vaguely) return [];
  const told =
    ['can', 'should', 'must', 'may'].includes(auxiliary) &&
    animate &&
    /\s(?:with|who|over|under)\s|nurse|clinician|doctor/.test(named);
  const vague = ['see', 'call', 'ask'].includes(bare) && parts.length === 1;
  return (told && !vague) || bare === 'decide' ? [forms.askSubject('who', rest)] : [];
};

const ANY_VOICE: readonly Rule[] = [age, frequency, duration, moment, within, circumstance];
const ACTIVE: readonly Rule[] = [
  age,
  frequency,
  duration,
  moment,
  within,
  amount,
  effect,
  change,
  circumstance,
  object,
  subject,
];

/** Of these verbs an object is asked for in a way that holds for any subject. */
const objectForm = ({ bare }: Scene) => (RELATING.has(bare) ? 'relation' : 'object');
/** "Who may ...?" has no answer where the text says of whom it speaks with many words. */
const subjectForm = ({ forms, rest }: Scene) =>
  forms.clause.animate || /\b(?:its|their)\b/.test(rest) ? 'object' : 'subject';

/** What can be asked about a clause with an action verb, best first. */
export function actionGaps(scene: Scene): Asked[] {
  const { voice, negated } = scene.forms.clause;
  const share =
    voice === 'active' ? subject(scene).filter(({ direct }) => /^(?:what percentage|how many)/.test(direct)) : [];
  if (share.length > 0) return tagged('phrase', share);
  if (scene.forms.clause.subject.startsWith('only ')) return [...subject(scene), ...object(scene)];
  if (negated) return voice === 'active' ? tagged('object', object(scene)) : [];
  return (voice === 'active' ? ACTIVE : ANY_VOICE).flatMap((apply) =>
    tagged(apply === subject ? subjectForm(scene) : apply === object ? objectForm(scene) : 'phrase', apply(scene)),
  );
}
