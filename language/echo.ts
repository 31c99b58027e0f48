import { AUXILIARIES, COMMON_VERBS, DETERMINERS, NEGATORS, PREPOSITIONS } from './words-of-english.ts';

/** What a question itself says, by rules of English word order: the arm `echo`, and what the judge `gives-away` compares with. */

/** "Can you tell me", "I want to know": asks, and says nothing. */
const OPENER =
  /^(?:(?:please|so|and|well|ok|okay|hi|hello)[,!]? +|(?:can|could|would|will) you (?:please )?(?:tell|explain|describe|show|give|say|help)(?: to)?(?: me| us)? *(?:about )?|(?:please )?(?:tell|explain|describe|show|give|name|list|state)(?: to)?(?: me| us)? *(?:about )?|do you (?:happen to )?know |(?:does |do )?any(?:one|body) know |i(?: would|'d)? (?:want|wish|need|like) to know |i wonder |i am wondering |i'm wondering |let me know |may i ask |(?:(?:do|have) you (?:have )?)?any idea |i(?:'d| would) love to know |i was wondering |is it (?:true|right|correct|the case|so) that )/i;
/** After an opener: "tell me whether it is true that". At the start of a sentence `if` is a condition. */
const WHETHER = /^(?:whether|if) (?:it is (?:true|right|correct|the case) that |or not )?/i;
const IS_IT_TRUE = /\bis it (?:true|right|correct|the case|so) that /i;
/** "If the pill was forgotten, what ...": what is asked stands after the comma. */
const FRONT = /^((?:if|when|after|before|during|while|once|in|for|with|without) [^,]+), (.+)$/i;
const WH =
  /^(?:what|which|who|whom|whose|when|where|why|how)(?:'s|'re)?(?: (?:many|much|long|often|soon|far|old|big|high|large|fast|about|else|kind of|sort of|type of))?(?= |$)/i;
const AUXILIARY =
  /^(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|hasn't|haven't|can't|couldn't|won't|wouldn't|shouldn't|mustn't)$/i;
const DO_SUPPORT = /^(?:do|does|did)$/i;
const PRONOUN = /^(?:it|there|this|that|these|those|they|he|she|we|i|you|people|someone|anyone|everyone)$/i;
const INFINITIVE = /^to (?=\p{L})/iu;

/** True where the question asks for yes or no: it begins with an auxiliary, or with `whether` after what introduces it. */
export function isYesNoQuestion(question: string): boolean {
  const { asked, whether } = askedIn(question);
  return beginsWithAuxiliary(asked) || (whether && !WH.test(asked));
}

/** What is asked, without what introduces it, and the condition that stands before it. */
function askedIn(question: string): { asked: string; front: string; whether: boolean } {
  const plain = plainOf(question);
  const [, front = '', main = plain] = FRONT.exec(plain) ?? [];
  const bare = withoutOpeners(main);
  const whether = bare !== main && (WHETHER.test(bare) || IS_IT_TRUE.test(main));
  return { asked: bare !== main ? bare.replace(WHETHER, '') : bare, front, whether };
}

/** What an answer to a yes-or-no question begins with; "No more than two" and "No period lasts" are no such answers. */
export function yesOrNo(answer: string): 'yes' | 'no' | undefined {
  const said =
    /^[\s"'(*]*(yes|no)(?:[\s"')*]*(?:[,.:;!\u2013\u2014-]|$)|\s+(?:it|they|you|he|she|we|i|that|this|there)\b)/i.exec(
      answer,
    );
  return said?.[1]?.toLowerCase() as 'yes' | 'no' | undefined;
}

/**
 * The question as a statement: "Is X Y?" gives "X is Y.", "What is X?" gives "X.", "How many beds does X have?" gives
 * "Beds X have." Empty where nothing but words of asking is there. Pure; English only, other languages lose their question mark.
 */
export function echoOf(question: string): string {
  const { asked, front } = askedIn(question);
  const main = beginsWithAuxiliary(asked) ? turned(asked.split(' ')) : withoutWh(asked);
  const said = [main, front && `${front.charAt(0).toLowerCase()}${front.slice(1)}`].filter(Boolean).join(' ');
  return said === '' ? '' : `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

function plainOf(question: string): string {
  const text = question
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\s+/g, ' ')
    .trim();
  let end = text.length;
  while (end > 0 && ' ?!.'.includes(text[end - 1]!)) end -= 1;
  return text.slice(0, end);
}

const beginsWithAuxiliary = (asked: string) => AUXILIARY.test(asked.split(' ', 1)[0] ?? '') && asked.includes(' ');

function withoutOpeners(plain: string): string {
  for (let rest = plain; ;) {
    const next = rest.replace(OPENER, '');
    if (next === rest) return rest;
    rest = next;
  }
}

/** "What is the pill" gives "the pill", "how long does a cycle last" gives "a cycle last". */
function withoutWh(asked: string): string {
  const rest = asked.replace(WH, '').trim();
  if (rest === asked) return asked;
  const words = rest.split(' ');
  if (AUXILIARY.test(words[0] ?? '')) return words.slice(1).join(' ');
  // "How many beds does the ward have": the noun that is asked for stands before the auxiliary.
  const at = words.findIndex((word) => AUXILIARY.test(word));
  if (at > 0 && at < words.length - 1 && DO_SUPPORT.test(words[at]!))
    return [...words.slice(0, at), ...words.slice(at + 1)].join(' ');
  return rest.replace(INFINITIVE, '');
}

/** Puts the auxiliary of a yes-or-no question behind its subject; `do` is only there to ask. */
function turned([auxiliary = '', ...rest]: readonly string[]): string {
  const negation = /n't$/i.test(auxiliary) ? ['not'] : [];
  const base = auxiliary.replace(/n't$/i, '').replace(/^ca$/i, 'can').replace(/^wo$/i, 'will').toLowerCase();
  const lead = DO_SUPPORT.test(base) && negation.length === 0 ? [] : [base, ...negation];
  const at = predicateAt(rest, !/^(?:is|are|was|were|am)$/.test(base));
  return [...rest.slice(0, at), ...lead, ...rest.slice(at)].join(' ');
}

const AFTER_A_SUBJECT =
  /^(?:in|on|to|as|than|before|after|without|between|about|when|while|if|because|higher|lower|more|less)$/;

/** Where the subject ends: at the first word that can't be of it; else only the last word is the predicate. */
function predicateAt(words: readonly string[], verbFollows: boolean): number {
  if (PRONOUN.test(words[0] ?? '')) return 1;
  const first = DETERMINERS.has((words[0] ?? '').toLowerCase()) ? 2 : 1;
  for (let at = first; at < words.length; at += 1) {
    const word = words[at]!.toLowerCase();
    const before = words[at - 1]!.toLowerCase();
    if (before === 'of' || before === 'and' || before === 'or') continue;
    if (word === 'of' || word === 'and' || word === 'or') continue;
    const ends =
      NEGATORS.has(word) ||
      DETERMINERS.has(word) ||
      PREPOSITIONS.has(word) ||
      AFTER_A_SUBJECT.test(word) ||
      AUXILIARIES.has(word) ||
      /^\d/.test(word) ||
      /(?:ly|ed)$/.test(word) ||
      (verbFollows && COMMON_VERBS.has(word));
    if (ends && !DETERMINERS.has(before)) return at;
  }
  return Math.max(1, words.length - 1);
}
