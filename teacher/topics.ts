import type { Asked } from './forms/forms.ts';
import type { Clause } from './words/clause.ts';
import { asAsker } from './words/persons.ts';
import { isInstitution, names, type Topic } from './words/topic.ts';
import { DETERMINERS, GENERAL, PREPOSITIONS, RELATIVES } from './words/lexicon.ts';

/** Open questions about what a sentence speaks of, where no part of it can safely be asked for alone. */

/** "What should I know about fresh wood above 18% moisture?"; none where the subject says too little. */
export function topicGaps(clause: Clause, { known, repeated, condition, plain }: Topic): Asked[] {
  const { subjectTokens, subject, animate, head } = clause;
  const definite = subject.startsWith('the ');
  // "An injury", "the combined scans": of what was said before, where much is said.
  if (!plain && (/--|\u2014/.test(subject) || subject.split(' ').length > 9)) return [];
  if (!plain && /^\w+ing \S+ /.test(subject)) return [];
  if (!plain && ODD.test(subject)) return [];
  if (!plain && /^an? \S+$/.test(subject)) return [];
  if (!plain && /^(?:an?|the) /.test(subject) && !(condition !== undefined && names(subject, condition))) return [];
  if (
    definite &&
    condition !== undefined &&
    !known.has(head.replace(/s$/, '')) &&
    !/^the (?:\S+ )?(?:most|best|main|only|usual|\S+est)\b/.test(subject) &&
    !isInstitution(head)
  )
    return [];
  if (
    /^an? .*\b(?:of|and|or)\b/.test(subject) ||
    /^the (?:first|second|third|last|sign|part)\b/.test(subject) ||
    /^(?:history|part|sign|side|use)$/.test(head)
  )
    return [];
  const content = subjectTokens.filter(
    ({ low }) =>
      !DETERMINERS.has(low) &&
      !PREPOSITIONS.has(low) &&
      !RELATIVES.has(low) &&
      !/^(?:and|or|other|different|certain|new|following)$/.test(low),
  );
  const single =
    content.length === 1 &&
    (known.has(head.replace(/s$/, '')) || repeated.has(head.replace(/s$/, ''))) &&
    (known.has(head.replace(/s$/, '')) || (!animate && !GENERAL.has(head) && head.length > 4 && !head.endsWith('ing')));
  if ((content.length < (animate ? 3 : 2) && !single) || content.length > 9) return [];
  if (
    /^(?:at least|perhaps|only|even|at|about|an? (?:higher|lower|more|less|greater)|the (?:overall|size|shape)|anyone|whoever|everyone|everybody|nobody|someone|an? (?:small|large|great|certain) |a (?:number|variety|lot|few|little)|one|two|three|four|five|six|seven|eight|nine|ten|\d) ?/.test(
      subject,
    )
  )
    return [];
  if (/^(?:your|our|no|what|how|every|each|any) /.test(subject)) return [];
  if (
    /^(?:some|certain|other|several|many|most|few|all|any|more|less|both|another|further|additional)\b/.test(subject) &&
    content.length < 4
  )
    return [];
  if (/^\w+ing (?:the|an?|your|this)\b|^the (?:whole|entire|rest)\b/.test(subject)) return [];
  if (
    /^an? (?:recent|new|separate|second|small|large|tiny|special|thin|short|long|single)\b/.test(subject) ||
    (animate && /\b(?:all|age)\b/.test(subject))
  )
    return [];
  // A word of the illness's name: "duplication" of "22q11.2 duplication syndrome".
  if (
    !plain &&
    /^\p{Ll}+$/u.test(subject) &&
    subject !== condition &&
    condition !== undefined &&
    names(subject, condition)
  )
    return [];
  if (condition === undefined || names(subject, condition)) return aboutGaps(subject);
  if (/^(?:cancers?|tumou?rs?|virus(?:es)?|infections?|diseases?)$/.test(subject)) return [];
  if (animate || /^(?:people|patients|women|men|children|adults|those) /.test(subject)) return [];
  if (/^an? /.test(subject)) return [];
  if (!plain && (/\bor\b|^(?:studies|research|results|evidence)\b/.test(subject) || subject.split(' ').length > 4))
    return [];
  const whole = subject.split(' ').length > 6 || /\b(?:in|who|that|which)\b/.test(subject);
  if (whole && /^the (?:\S+ )?(?:most|best|main|only|usual|\S+est)\b/.test(subject)) return [];
  return aboutGaps(whole ? subject : `${subject} in ${condition}`);
}

/** "Cutting back", "approximately 100 cases": no topic by itself. */
const ODD = /^\w+ing (?:back|up|out|off|down|away)\b|^(?:available|approximately|about|nearly|over|almost)\b/;

/** Open questions in the asker's own words. */
export const aboutGaps = (subject: string): Asked[] => {
  const said = asAsker(subject);
  if (said === undefined) return [];
  return FORMS.map((form) => ({ direct: form.replace('{}', () => said), names: true, said: true }));
};

const FORMS = [
  'what can you tell me about {}',
  'what should I know about {}',
  'could you tell me something about {}',
  'what is there to know about {}',
  'please tell me about {}',
] as const;
