import type { Clause } from './clause.ts';
import { DETERMINERS, POINTERS, PREPOSITIONS, RELATIVES } from './lexicon.ts';
import { scopeOf } from './scope.ts';
import { names, type Topic } from './topic.ts';

/** What a subject stands for: pronouns and "the disease" are spelled out, or the sentence is left out. */

/** The subject of the sentence before. */
export interface Referent {
  text: string;
  plural: boolean;
  animate: boolean;
}

type Resolved =
  | { status: 'clear'; clause: Clause; referent?: Referent; scope?: string; spelled?: (sentence: string) => string }
  | { status: 'unclear' };

const ILLNESS = /^(?:the (?:disease|disorder|syndrome)|this (?:disease|disorder|syndrome|condition))$/i;

const UNCLEAR: Resolved = { status: 'unclear' };

export function resolveSubject(
  clause: Clause,
  { topic, previous }: { topic: Topic; previous?: Referent | undefined },
): Resolved {
  const { subject, subjectTokens } = clause;
  const first = subjectTokens[0]?.low ?? '';
  if (
    ILLNESS.test(subject) &&
    topic.condition &&
    !/called|named|known/.test(clause.verb) &&
    (first === 'the' || (previous !== undefined && names(previous.text, topic.condition)))
  )
    return replaced(clause, { text: topic.condition, plural: clause.plural, animate: false });
  const ill = / (?:with|of|for|have|has) (the|this) (?:disease|disorder|syndrome|condition)$/.exec(subject);
  if (
    ill &&
    topic.condition !== undefined &&
    !names(subject, topic.condition) &&
    (ill[1] === 'the' || (previous !== undefined && names(previous.text, topic.condition)))
  ) {
    const text = subject.replace(/(?:the|this) \w+$/, topic.condition);
    return replaced(clause, { text, plural: clause.plural, animate: clause.animate });
  }
  if (
    /^it$/i.test(subject) &&
    /^(?:not )?(?:clear|unclear|known|unknown|possible|important|likely|rare|common for)\b/.test(
      clause.rest.map(({ low }) => low).join(' '),
    )
  )
    return UNCLEAR;
  if (/^(?:it|they)$/i.test(subject)) {
    const fits =
      previous &&
      !previous.text.includes(',') &&
      previous.text.split(' ').length <= 7 &&
      (first === 'they' ? previous.plural : !previous.plural && !previous.animate);
    return fits ? replaced(clause, previous) : UNCLEAR;
  }
  if (
    /^(?:(?:possible|common|other|serious|some|usual) )*(?:side effects|complications|tests|results|examples)$/i.test(
      subject,
    )
  )
    return UNCLEAR;
  if (
    first === 'even' ||
    /^(?:most|more|less|also)$/.test(subjectTokens.at(-1)?.low ?? '') ||
    /\bstands\b/.test(subject)
  )
    return UNCLEAR;
  if (/^(?:you|we)$/i.test(subject)) return { status: 'clear', clause };
  if (/^(?:your|our)$/.test(first)) return { status: 'clear', clause };
  if (
    POINTERS.has(first) ||
    (first === 'the' &&
      /^(?:other|same|latter|former|first|second|third|two|three)$/.test(subjectTokens[1]?.low ?? '') &&
      subjectTokens.length < 4)
  )
    return UNCLEAR;
  if (
    /^(?:anything|something|nothing|everything|others?|what|how|why|where|when|who|whether|in|to|here|now|more|less|most|some|many|few|all|none|each|much|half|several|either|neither|yes|no|note|example|examples)$/.test(
      first,
    ) &&
    subjectTokens.length < 2
  )
    return UNCLEAR;
  if (/^(?:what|how|why|where|when|who|whether|and|or|but|not|as|that|because|then|so)$/.test(first)) return UNCLEAR;
  if (
    subjectTokens.some(
      ({ low }, i) =>
        /^(?:this|these|those|he|she|such)$/.test(low) ||
        (/^(?:it|they|them)$/.test(low) && !subjectTokens.slice(0, i).some(({ tags }) => tags.has('Noun'))),
    )
  )
    return UNCLEAR;
  if (
    subjectTokens.some(
      ({ low }, i) =>
        i > 0 && /^(?:its|their|his|her)$/.test(low) && !subjectTokens.slice(0, i).some(({ tags }) => tags.has('Noun')),
    )
  )
    return UNCLEAR;
  if (/, (?:which|who|whose|although|however|especially|such as|including)\b/.test(subject)) return UNCLEAR;
  if (
    /^(?:stage|grade|type|class|group|step|phase|level|part|figure|table) [IVX\d]+[A-Z]?$/i.test(subject) &&
    topic.condition === undefined
  )
    return UNCLEAR;
  if (/^(?:stage|grade) [IVX\d]+[A-Z]?$/i.test(subject) && topic.condition)
    return {
      status: 'clear',
      clause,
      referent: { text: subject, plural: false, animate: false },
      scope: topic.condition,
    };
  if (/,/.test(subject) && !/\b(?:and|or)\b/.test(subject)) return UNCLEAR;
  if (/^(?:each|every|last|next|one|this) (?:year|month|week|day|time|night|morning)\b/.test(subject)) return UNCLEAR;
  if (/^(?:that|it|there|here|what|this)['\u2019]s\b/i.test(subject)) return UNCLEAR;
  if (subjectTokens.length > 14 || hasBareClause(subjectTokens) || hasVerb(subjectTokens)) return UNCLEAR;
  const referent = { text: subject, plural: clause.plural, animate: clause.animate };
  const scope = scopeOf(clause, topic);
  return scope === undefined ? UNCLEAR : { status: 'clear', clause, referent, ...(scope !== '' && { scope }) };
}

/** "the way the chemotherapy": a clause without its "that". */
const hasBareClause = (tokens: Clause['subjectTokens']): boolean =>
  tokens.some(
    ({ low }, i) =>
      i > 0 &&
      /^(?:the|an?)$/.test(low) &&
      !tokens[i - 1]!.text.endsWith(',') &&
      tokens[i - 1]!.tags.has('Noun') &&
      !PREPOSITIONS.has(tokens[i - 1]!.low) &&
      !/^(?:and|or|than|that|as)$/.test(tokens[i - 1]!.low),
  );

/** "many people believe that there", "you'll be awake, but your doctor": more than a noun phrase. */
const hasVerb = (tokens: Clause['subjectTokens']): boolean =>
  tokens.some(({ low, tags }, i) => {
    if (
      i === 0 &&
      /^(?:is|are|was|were|be|can|may|has|have|does|do|depending|based|according|including|regarding|compared|given)$/.test(
        low,
      )
    )
      return true;
    if (
      i === 0 &&
      tags.has('Verb') &&
      !tags.has('Gerund') &&
      !/ing$|ed$/.test(low) &&
      (DETERMINERS.has(tokens[1]?.low ?? '') || /^(?:how|what|why|whether)$/.test(tokens[1]?.low ?? ''))
    )
      return true;
    if (low === 'whether' || (/["\u201c\u201d]/.test(tokens[i]!.text) && tokens.length > 1)) return true;
    if (
      i > 0 &&
      i + 1 < tokens.length &&
      low.endsWith('s') &&
      tags.has('PresentTense') &&
      !tokens.slice(0, i).some((one) => RELATIVES.has(one.low))
    )
      return true;
    if (low === 'sooner' || (low === 'more' && i === 1)) return true;
    if (
      low === 'but' ||
      low === 'however,' ||
      low === 'however' ||
      /['\u2019](?:ll|re|ve|d)$|^(?:do|does|did|is|are|ca|wo)nt$/.test(low) ||
      low === 'not'
    )
      return true;
    const previous = tokens[i - 1];
    if (RELATIVES.has(low))
      return (
        previous !== undefined &&
        previous.tags.has('Verb') &&
        !previous.tags.has('Noun') &&
        !DETERMINERS.has(tokens[i - 2]?.low ?? 'the')
      );
    const relative = tokens.slice(0, i).some((one) => RELATIVES.has(one.low));
    return (
      i > 0 &&
      !relative &&
      low !== 'to' &&
      previous!.low !== 'to' &&
      !/^(?:and|or)$/.test(previous!.low) &&
      (tags.has('PresentTense') || tags.has('Modal') || tags.has('Infinitive')) &&
      !tags.has('Gerund') &&
      !tags.has('Noun') &&
      /^(?:hope|hopes|believe|believes|think|thinks|say|says|know|knows|want|wants|suggests?|shows?)$/.test(low)
    );
  });

function replaced(clause: Clause, by: Referent): Resolved {
  const said = clause.subject;
  const pattern = new RegExp(`(^|, |^\\W*)${said.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\b`, 'i');
  return {
    status: 'clear',
    clause: {
      ...clause,
      subject: by.text,
      plural: by.plural,
      animate: by.animate,
      subjectTokens: tokensOf(clause, by.text),
    },
    referent: by,
    spelled: (sentence) =>
      sentence.replace(
        pattern,
        (_, before: string) =>
          `${before}${before === '' ? by.text.charAt(0).toUpperCase() + by.text.slice(1) : by.text}`,
      ),
  };
}

/** The new subject as tokens: one for each word, nouns all. */
const tokensOf = ({ subjectTokens }: Clause, text: string): Clause['subjectTokens'] =>
  text.split(' ').map((word) => ({
    text: word,
    low: word.toLowerCase().replace(/[^\p{L}\p{N}-]/gu, ''),
    tags: subjectTokens[0]?.tags.has('Noun') ? subjectTokens[0].tags : new Set(['Noun']),
  }));
