import type { Clause } from './clause.ts';
import { DETERMINERS, GENERAL, PREPOSITIONS, RELATIVES, ROLES } from './lexicon.ts';
import { isInstitution, names, type Topic } from './topic.ts';

/** What must be said beside the subject so that it is clear: '' nothing, undefined that nothing would do. */
export function scopeOf(
  { subjectTokens, head, subject, animate }: Clause,
  { condition, known }: Topic,
): string | undefined {
  if (
    /^(?:some|very few|certain|other|several|many|most|few|all|any|more|less|both|another|further|additional|these|no|a few|a number|a variety|various|different|each|every|examples?|one|two|three)\b/.test(
      subject,
    ) &&
    !/^(?:every|each|all|no|any|most|two|three) /.test(subject)
  )
    return undefined;
  if (
    /^(?:most|all|any|no|two|three)\b/.test(subject) &&
    subjectTokens.length < 4 &&
    (GENERAL.has(head) || OUTSIDERS.has(head))
  )
    return undefined;
  if (subject.startsWith('the ') && GENERAL.has(head) && subjectTokens.length < 4) return undefined;
  if (
    /^your (?:\w+ )?(?:doctor|team|cardiologist|specialist|surgeon|nurse|provider|dentist|child|baby|family|body)\b/.test(
      subject,
    )
  )
    return undefined;
  const content = subjectTokens.filter(
    ({ low }) =>
      !DETERMINERS.has(low) &&
      !PREPOSITIONS.has(low) &&
      !/^(?:new|different|standard|common|clinical|possible|usual|general|main|certain|other|good|bad)$/.test(low),
  );
  if (animate && condition !== undefined && /^(?:all|most) /.test(subject))
    return names(subject, condition) ? '' : condition;
  if (animate && subjectTokens.length < 3 && condition === undefined) return '';
  if (
    condition !== undefined &&
    /^(?:signs|symptoms|features|causes|treatments|complications|effects|factors|options)$/.test(head) &&
    !/ (?:of|for|in) /.test(subject)
  )
    return names(subject, condition) ? '' : condition;
  if ((GENERAL.has(head) && content.length < 2) || (animate && subjectTokens.length < 3)) {
    if (condition === undefined)
      return subjectTokens.length > 2 ? '' : GENERAL.has(head) || OUTSIDERS.has(head) ? undefined : '';
    return names(subject, condition) ? '' : condition;
  }
  if (subjectTokens[0]?.low !== 'the') return '';
  const more = subjectTokens.slice(1).filter(({ low }) => !DETERMINERS.has(low));
  if (UNIQUE.test(subject)) return condition === undefined || names(subject, condition) ? '' : condition;
  if (known.has(head.replace(/s$/, '')) || isInstitution(head)) return '';
  const before = more.findIndex(({ low }) => PREPOSITIONS.has(low) || RELATIVES.has(low));
  const modifiers = (before < 0 ? more : more.slice(0, before)).slice(0, -1);
  const telling = modifiers.some(
    ({ low }) =>
      !/^(?:cancer|tumou?r|disease|new|other|same|whole|entire|first|second|third|last|main|outer|inner|upper|lower|left|right|extra|long|short|thin|thick|special|specific|final|initial|affected|balloon|sample|heart|brain|body|two|three|four|abnormal|normal|small|large|remaining|resulting|following|next|previous|current|exact)$/.test(
        low,
      ),
  );
  if (telling || more.slice(before).some(({ text }) => /\d|^\p{Lu}/u.test(text))) return '';
  const role =
    ROLES.has(head.replace(/s$/, '')) ||
    /^(?:purpose|use|number|amount|risk|diagnosis|treatment|price|cost|size|length|name|date|aim|rules?|role|function|signs?|symptoms?|inside|outside|side|lining|wall)$/.test(
      head,
    );
  if (
    before > 0 &&
    more[before]?.low === 'of' &&
    role &&
    more.length > before + 1 &&
    !/^(?:the|this|these)$/.test(subjectTokens[before + 2]?.low ?? '')
  )
    return '';
  return before > 0 && condition !== undefined && names(subject, condition) ? '' : undefined;
}

const UNIQUE =
  /^the (?:\S+ ){0,2}(?:average|only|most|main|best|usual|typical|total|minimum|maximum|highest|lowest|\p{L}{3,}est)\b/iu;

const OUTSIDERS = new Set(
  'physicians clinicians surgeons providers pathologist pathologists therapist therapists radiologist specialist specialists investigators teachers parents people patients doctors researchers scientists experts women men children adults infants person patient doctor someone anyone'.split(
    ' ',
  ),
);
