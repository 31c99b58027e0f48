import { sentences } from '../../language/text.ts';
import { tokenise } from '../../language/analysis.ts';
import { readQuantities, type Quantity } from '../../language/numbers.ts';
import { stem } from '../../language/stem.ts';
import { UNITS, unitOf } from '../../language/measures.ts';
import { ARTICLES, AUXILIARIES, NEGATORS, STOP_WORDS } from '../../language/words-of-english.ts';

/**
 * Whether a text says a phrase, by rules: the phrase's words by their stems, its numbers with their units, both under the same
 * negation. A question says nothing. No synonyms but those that the writer of a phrase gives.
 */

/** Words, quantities and what is denied or only supposed, of one sentence. */
interface Sentence {
  words: readonly Word[];
  quantities: readonly Quantity[];
}

interface Word {
  token: string;
  root: string;
  /** It carries meaning: no stop word, negator, number or mark. */
  content: boolean;
  negated: boolean;
  /** After `if`, `whether`, `unlikely`, `than` or `before you`: named, but not said to be so. */
  supposed: boolean;
  /** Canonical unit of the quantity that starts here; empty for a bare number. */
  number?: string;
}

/** A phrase, read once. */
export interface Phrase {
  text: string;
  said: Sentence;
}

const CLAUSE_END = /^[.,;:!?()]$|^(?:but|because|although|though|so|while)$/;
const SUPPOSES = /^(?:if|whether|unless|unlikely)$/;
/** Who 'before' may speak of: 'ask before you use two patches' says nobody should use two. */
const PRONOUNS = /^(?:you|it|they|he|she)$/;
const NEGATION_WORDS = 5;
/** Words that may stand between two neighbours of a phrase that must not be said. */
const GAP_WORDS = 3;
/** 'You can still be pregnant' does not say 'you are pregnant'. */
const MODALS = /^(?:can|could|may|might|would|should)$/;
const CONTRACTIONS: readonly (readonly [RegExp, string])[] = [
  [/\b(i|you|we|they)'ve\b/g, '$1 have'],
  [/\b(you|we|they)'re\b/g, '$1 are'],
  [/\bi'm\b/g, 'i am'],
  [/\b(it|that|he|she|there|what)'s\b/g, '$1 is'],
  [/\b(i|you|we|they|it|he|she)'ll\b/g, '$1 will'],
  [/\bwon't\b/g, 'will not'],
  [/\b(do|does|did|is|are|was|were|would|should|could|must|need|has|have|had)n't\b/g, '$1 not'],
  [/\bcan(?:'t| not)\b/g, 'cannot'],
];
const SAME = new Map([
  ['has', 'have'],
  ['had', 'have'],
  ['am', 'be'],
  ['is', 'be'],
  ['are', 'be'],
  ['was', 'be'],
  ['were', 'be'],
  ['been', 'be'],
  ['does', 'do'],
  ['did', 'do'],
  // Models answer in the person that asked: 'I have endometriosis.'
  ['i', 'you'],
  ['my', 'your'],
]);
/** What stands before the answer itself: 'The answer is: No.' */
const LEAD_IN =
  /^\s*(?:the (?:correct |short )?answer(?: to [^.:]{1,60}?)?(?: is\s*:?|\s*:)\s*|answer\s*:\s*|\d+\.\s+)+/i;

const read = new Map<string, Sentence[]>();

/** A text's sentences, read once; questions are left out, since they say nothing. */
function sentencesOf(text: string): Sentence[] {
  const known = read.get(text);
  if (known) return known;
  const found = sentences(text)
    .filter((one) => !/\?["')\]]*$/.test(one.text))
    .map((one) => sentenceOf(withoutYesNo(one.text)));
  if (read.size >= 2000) read.clear();
  read.set(text, found);
  return found;
}

/** Reads a phrase of a suite. '#' stands for any number. */
export function readPhrase(text: string): Phrase {
  const counted = text.replace(/^\s*an?\s+(?=(?:minute|hour|day|night|week|month|year)\s*$)/i, '1 ');
  return { text, said: sentenceOf(counted.replace(/#/g, ` ${ANY_NUMBER} `)) };
}

const ANY_NUMBER = 'anynumber';

function sentenceOf(text: string): Sentence {
  const plain = CONTRACTIONS.reduce(
    (so, [pattern, by]) => so.replace(pattern, by),
    text.toLowerCase().replace(/[\u2018\u2019]/g, "'"),
  );
  const tokens = tokenise(plain);
  const { quantities, used } = readQuantities(tokens);
  const numbers = numbersAt(tokens, used);
  let [reach, supposed] = [0, false];
  // 'No fluids for a day is dangerous' denies the fluids alone.
  let noun = false;
  const words = tokens.map((token, at): Word => {
    if (CLAUSE_END.test(token)) [reach, supposed] = [0, false];
    // What follows 'than' is compared with: 'heavier than normal'.
    if (SUPPOSES.test(token) || token === 'than' || (token === 'before' && PRONOUNS.test(tokens[at + 1] ?? '')))
      supposed = true;
    if (token === 'that') noun = false;
    if (noun && AUXILIARIES.has(token)) reach = 0;
    // A lone 'one' counts nothing in running text; in a phrase it is a number ('one mug').
    const content = (isContent(token) || token === 'one') && !used.has(at);
    const negated = reach > 0;
    if (content && token !== 'one' && reach > 0) reach -= 1;
    if (NEGATORS.has(token)) [reach, noun] = [NEGATION_WORDS, token === 'no'];
    const number = numbers.get(at);
    return {
      token,
      root: SAME.get(token) ?? stem(token),
      content,
      negated,
      supposed,
      ...(number !== undefined && { number }),
    };
  });
  return { words, quantities };
}

const isContent = (token: string) => /\p{L}/u.test(token) && !STOP_WORDS.has(token) && !NEGATORS.has(token);

/** Where each number starts, and the unit that follows it. */
function numbersAt(tokens: readonly string[], used: ReadonlySet<number>): Map<number, string> {
  const found = new Map<number, string>();
  for (const [at, token] of tokens.entries()) {
    const any = token === ANY_NUMBER;
    if (!any && !(used.has(at) && readQuantities([token]).quantities.length > 0)) continue;
    const unit = unitOf(tokens[at + 1]);
    found.set(at, unit === undefined ? '' : UNITS[unit]![0]);
  }
  return found;
}

/** 'No, a period lasts ...' denies the question, not what follows it. */
function withoutYesNo(text: string): string {
  const rest = text.replace(LEAD_IN, '').replace(/^\s*(?:yes|no)\s*[,.:;!-]+\s*/i, '');
  return rest.trim() ? rest : text;
}

/** 'Yes' or 'no', where a text opens with one. */
function opening(text: string): string | undefined {
  return /^\s*["'(]?(yes|no)\b(?!\s+(?:\p{Ll}))/iu.exec(text.replace(LEAD_IN, ''))?.[1]?.toLowerCase();
}

/**
 * Whether a text says an expected phrase: all its words and numbers stand within one sentence or two that follow one another, in any
 * order, each denied where the phrase denies it and not where it does not. `question` may name the unit that a bare number counts.
 */
export function says(text: string, phrase: Phrase, question = ''): boolean {
  const alone = phrase.text.trim().toLowerCase();
  if (alone === 'yes' || alone === 'no') return opening(text) === alone;
  const found = sentencesOf(text);
  return found.some(
    (sentence, at) =>
      holds([sentence], phrase, question) || (at > 0 && holds([found[at - 1]!, sentence], phrase, question)),
  );
}

function holds(window: readonly Sentence[], { said }: Phrase, question: string): boolean {
  const content = said.words.filter((word) => word.content);
  // 'Three patches' are not '3 times': a bare number before a word counts that word.
  const counted = said.words.some(({ number }, at) => number === '' && said.words[at + 1]?.content);
  if (content.length === 0 && said.quantities.length === 0) return window.length === 1 && inOrder(window[0]!, said, 0);
  return (
    content.every((wanted) =>
      window.some(({ words }) => words.some((word) => word.root === wanted.root && word.negated === wanted.negated)),
    ) &&
    said.quantities.every((wanted) =>
      window.some(({ quantities }) => quantities.some((one) => counts(one, wanted, { question, counted }))),
    )
  );
}

/** Whether a number of the text is the phrase's: the same value, in a unit that converts, and no opposite bound. */
function counts(
  one: Quantity,
  wanted: Quantity,
  { question, counted }: { question: string; counted: boolean },
): boolean {
  if (one.bound && wanted.bound && one.bound !== wanted.bound) return false;
  if (wanted.unit === '')
    return one.value === wanted.value
      ? one.unit === '' || !counted
      : !counted && Number.parseFloat(one.text) === wanted.value;
  if (one.unit === wanted.unit) return Math.abs(one.value - wanted.value) <= 1e-9 * Math.max(1, Math.abs(wanted.value));
  const named = wanted.text.split(' ').at(-1) ?? '';
  return (
    one.unit === '' && one.value === Number.parseFloat(wanted.text) && new RegExp(`\\b${named}\\b`, 'i').test(question)
  );
}

/**
 * Whether a text says a phrase that it must not, which is read more narrowly than what it should say: within one sentence, in the
 * phrase's order with at most three words between two of them, and not merely supposed ('if you have cancer').
 */
export function saysLiterally(text: string, phrase: Phrase): boolean {
  const alone = phrase.text.trim().toLowerCase();
  if (alone === 'yes' || alone === 'no') return opening(text) === alone;
  return sentencesOf(text).some((sentence) => inOrder(sentence, phrase.said, GAP_WORDS));
}

function inOrder({ words }: Sentence, wanted: Sentence, gap: number): boolean {
  const spoken = words.filter(({ token }) => !ARTICLES.has(token) && /[\p{L}\p{N}]/u.test(token));
  const parts = partsOf(wanted);
  if (parts.length === 0) return false;
  const from = (at: number, part: number): boolean => {
    if (part === parts.length) return true;
    // What a number counts stands beside it.
    const most = parts[part - 1]?.number === '' ? 1 : gap;
    const last = part === 0 ? spoken.length - 1 : Math.min(spoken.length - 1, at + most);
    for (let next = at; next <= last; next++) {
      if (meets(spoken[next]!, parts[part]!) && from(next + 1, part + 1)) return true;
      if (part > 0 && MODALS.test(spoken[next]!.token)) return false;
    }
    return false;
  };
  return from(0, 0);
}

/** The phrase's words in order. A unit is part of its number, and a negation of the words that it reaches, where it reaches any. */
function partsOf({ words }: Sentence): Word[] {
  const denies = words.some(({ negated }) => negated);
  return words.filter(
    (word, at) =>
      /[\p{L}\p{N}]/u.test(word.token) &&
      !ARTICLES.has(word.token) &&
      !(denies && NEGATORS.has(word.token)) &&
      !(words[at - 1]?.number !== undefined && words[at - 1]!.number !== ''),
  );
}

function meets(word: Word, wanted: Word): boolean {
  if (wanted.token === ANY_NUMBER)
    return word.number !== undefined && (wanted.number === '' || word.number === wanted.number);
  if (word.supposed !== wanted.supposed) return false;
  if (wanted.number !== undefined) return word.token === wanted.token && word.number === wanted.number;
  return word.root === wanted.root && word.negated === wanted.negated;
}
