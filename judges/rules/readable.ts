import { analyse } from '../../language/analysis.ts';
import { garbled } from './garbled.ts';
import { stem } from '../../language/stem.ts';
import { unitOf } from '../../language/measures.ts';
import {
  ARTICLES,
  AUXILIARIES,
  BARE_VERBS,
  COMMON_VERBS,
  COMMON_WORDS,
  CONJUNCTIONS,
  DETERMINERS,
  NEGATORS,
  PREPOSITIONS,
  STOP_WORDS,
} from '../../language/words-of-english.ts';

/**
 * Tells text a person could read from word salad, loops and noise, without a dictionary of the language or a model.
 * It looks at form alone: a fluent sentence about something else is readable.
 */
export type Reading = { readable: true } | { readable: false; reason: string };

const VERB_STEMS = new Set([...COMMON_VERBS].map(stem));
const KNOWN_STEMS = new Set([...COMMON_WORDS, ...COMMON_VERBS].map(stem));
/** A sentence this long has a verb, and function words between its content words. */
const FULL_SENTENCE_WORDS = 8;
const MIN_KNOWN_SHARE = 0.3;
/** With fewer words given, a subject's own words look as strange as noise does. */
const MIN_GIVEN_WORDS = 12;
/** 'The morning after pill is too late for the morning after pill' is clumsy, 'the cycle of the cycle of' is a loop. */
const NEAR_WORDS = 3;
const MIN_FUNCTION_SHARE = 0.07;
/** One break in a text of up to 16 words, or any two, and it is no English. */
const MAX_BROKEN_SHARE = 1 / 16;

/** `known` are texts whose words are taken as real: the question, the reference, the passage. */
export function readable(text: string, known: readonly string[] = []): Reading {
  const clauses = splitTokens(analyse(text).tokens);
  const sentences = clauses.map((sentence) => sentence.filter(isWord));
  const words = sentences.flat();
  if (words.length === 0) return no('it is empty');
  if (!/\p{L}/u.test(text) && words.length > 3) return no('it has no words');
  if (/(\D)\1{4,}/u.test(text.replace(/[\s.\-_=*]/g, '')) || /\b(\d)\1{7,}\b/.test(text))
    return no('a character repeats');
  const garble = garbled(text, known);
  if (garble) return no(garble);
  return (
    repetition(sentences, words) ??
    broken({ text, clauses, words }) ??
    nonsense(words, known) ??
    verbless(sentences) ?? { readable: true }
  );
}

const no = (reason: string): Reading => ({ readable: false, reason });

/** Sentences as words; a comma or bracket stays, so that words on its two sides are no neighbours. */
function splitTokens(tokens: readonly string[]): string[][] {
  const found: string[][] = [[]];
  for (const token of tokens) {
    if (/^[.!?;]$/.test(token)) found.push([]);
    else found.at(-1)!.push(token);
  }
  return found.filter((words) => words.some(isWord));
}

const isWord = (token: string) => !/^[,:()]$/.test(token);

function repetition(sentences: string[][], words: string[]): Reading | undefined {
  const doubled = sentences
    .flatMap((sentence) => sentence.filter((word, at) => word === sentence[at - 1]))
    .filter((word) => !/^(?:had|that|very|\d.*)$/.test(word));
  if (doubled.length >= 2 || (doubled.length === 1 && words.length <= 20)) {
    return no(`'${doubled[0]} ${doubled[0]}' repeats a word`);
  }
  const seen = new Set<string>();
  for (const sentence of sentences) {
    const whole = sentence.join(' ');
    if (sentence.length >= 3 && seen.has(whole)) return no(`'${whole}' is said twice`);
    seen.add(whole);
    const repeated = repeatedGram(sentence, 3) ?? (sentence.length <= 12 ? repeatedContentPair(sentence) : undefined);
    if (repeated) return no(`'${repeated}' repeats within a sentence`);
  }
  return undefined;
}

/**
 * An n-gram of three words that occurs three times in one sentence, or twice in one of up to 12 words with at most NEAR_WORDS between.
 */
function repeatedGram(sentence: string[], size: number): string | undefined {
  const seen = new Map<string, number[]>();
  for (let at = 0; at + size <= sentence.length; at++) {
    const gram = sentence.slice(at, at + size).join(' ');
    const before = seen.get(gram) ?? [];
    const near = before.some((start) => at - start - size <= NEAR_WORDS);
    if (before.length >= 2 || (near && sentence.length <= 12)) return gram;
    seen.set(gram, [...before, at]);
  }
  return undefined;
}

function repeatedContentPair(sentence: string[]): string | undefined {
  const seen = new Set<string>();
  for (let at = 1; at < sentence.length; at++) {
    const [first, second] = [sentence[at - 1]!, sentence[at]!];
    if ([first, second].some((word) => STOP_WORDS.has(word) || /^\d/.test(word) || unitOf(word) !== undefined))
      continue;
    const pair = `${first} ${second}`;
    if (seen.has(pair)) return pair;
    seen.add(pair);
  }
  return undefined;
}

/**
 * Counts neighbours that English never puts side by side ('the of', 'of can') and sentences that stop on 'the' or 'of'.
 * An `a` after a noun is a label, as in 'vitamin A for ...'.
 */
function broken({ text, clauses, words }: { text: string; clauses: string[][]; words: string[] }): Reading | undefined {
  const breaks = clauses.flatMap((sentence) => {
    const found = sentence.flatMap((word, at) =>
      at > 0 && clash(sentence[at - 1]!, word, sentence[at - 2]) ? [`${sentence[at - 1]} ${word}`] : [],
    );
    const last = sentence.at(-1)!;
    const label = last === 'a' && !STOP_WORDS.has(sentence.at(-2) ?? 'the');
    if (sentence.length > 1 && !label && (ARTICLES.has(last) || CONJUNCTIONS.has(last) || last === 'of'))
      found.push(`${last} .`);
    return found;
  });
  breaks.push(...strayCapitals(text));
  if (breaks.length >= 2 || (breaks.length === 1 && 1 / words.length >= MAX_BROKEN_SHARE)) {
    return no(`'${breaks[0]}' is not English`);
  }
  return undefined;
}

/** A sentence's first word in the middle of another: 'pregnancy for Seek', 'opens The cycle'. */
function strayCapitals(text: string): string[] {
  return [...text.matchAll(/\p{Ll} (\p{Lu}\p{Ll}+)(?= \p{Ll}|[.!?]|$)/gu)]
    .map(([, word]) => word!)
    .filter((word) => {
      const plain = word.toLowerCase();
      return (STOP_WORDS.has(plain) || COMMON_VERBS.has(plain)) && !/^(?:will|may|mark|rest|as)$/.test(plain);
    });
}

function clash(first: string, second: string, before: string | undefined): boolean {
  const finite = isFiniteAuxiliary(second);
  const joins = CONJUNCTIONS.has(second);
  if (ARTICLES.has(first)) {
    const label = first === 'a' && before !== undefined && !STOP_WORDS.has(before);
    if (label) return false;
    const wrongForm =
      (first === 'a' && /^(?:[ai]\p{L}|e(?!u))/u.test(second)) ||
      (first === 'an' && /^[bcdgjkpqtvwyz]\p{Ll}*[aeiou]/u.test(second));
    return (
      wrongForm || BARE_VERBS.has(second) || DETERMINERS.has(second) || PREPOSITIONS.has(second) || joins || finite
    );
  }
  // A preposition may end a clause ('what to ask for during ...'), so most pairs of two are English.
  if (PREPOSITIONS.has(first)) {
    if (PREPOSITIONS.has(second)) return first === second || /^(?:of|into|onto|during|among)$/.test(first);
    return joins || /^(?:can|could|will|would|may|must|shall|should|has|have|does|do)$/.test(second);
  }
  if (/^(?:my|your|our|their|every)$/.test(first))
    return PREPOSITIONS.has(second) || joins || finite || ARTICLES.has(second);
  if (MODALS.has(first)) return PREPOSITIONS.has(second) || finite || /^\d/.test(second);
  if (first === 'without') return PREPOSITIONS.has(second) || finite || joins;
  if (first === 'to') return finite || joins || second === 'of' || second === 'for';
  // "5 a day", and "5 € a year" with its sign left out.
  if (/^\d/.test(first)) return ARTICLES.has(second) && second !== 'a';
  if (first === 'and' || first === 'or')
    return second === 'of' || (joins && !/^(?:if|unless|because|although|nor|than)$/.test(second));
  return (
    /^(?:is|are|was|were|has|have|does|do)$/.test(first) &&
    /^(?:is|are|was|were|can|will|could|should|must|does)$/.test(second)
  );
}

const MODALS = new Set(['can', 'could', 'should', 'would', 'must', 'may', 'might', 'cannot', 'will', 'shall']);

/** 'must', 'might', 'will', 'being', 'having' and 'doing' are also nouns. */
const isFiniteAuxiliary = (word: string) =>
  AUXILIARIES.has(word) && !/^(?:must|might|will|being|having|doing|may|do|have|been|be|can)$/.test(word);

function nonsense(words: string[], known: readonly string[]): Reading | undefined {
  if (words.length < 3) return undefined;
  const given = known.map((text) => analyse(text));
  const isKnown = (word: string) => {
    if (STOP_WORDS.has(word) || NEGATORS.has(word) || /^\d/.test(word) || COMMON_WORDS.has(word)) return true;
    const root = stem(word);
    return KNOWN_STEMS.has(root) || given.some((analysis) => analysis.content.has(root));
  };
  const strange = words.filter((word) => !isKnown(word));
  const impossible = strange.filter((word) => !pronounceable(word));
  if (impossible.length / words.length > 0.15) return no(`'${impossible[0]}' is no word`);
  const share = 1 - strange.length / words.length;
  const givenWords = given.reduce((sum, analysis) => sum + analysis.content.size, 0);
  if (words.length >= FULL_SENTENCE_WORDS && givenWords >= MIN_GIVEN_WORDS && share < MIN_KNOWN_SHARE) {
    return no(`most of its words are unknown, such as '${strange[0]}'`);
  }
  const functional = words.filter((word) => STOP_WORDS.has(word) || NEGATORS.has(word)).length / words.length;
  if (words.length >= FULL_SENTENCE_WORDS && functional < MIN_FUNCTION_SHARE) return no('it is a heap of words');
  return undefined;
}

function pronounceable(word: string): boolean {
  return (
    word.length <= 24 && (word.length < 4 || /[aeiouy]/.test(word)) && !/[^aeiouy\d]{6}|(.)\1\1|[aeiou]{5}/.test(word)
  );
}

function verbless(sentences: string[][]): Reading | undefined {
  const bare = sentences.find((words) => words.length >= FULL_SENTENCE_WORDS && !words.some(isVerbLike));
  return bare ? no(`'${bare.slice(0, 6).join(' ')} ...' has no verb`) : undefined;
}

/** A word that is on no list may be a verb. */
function isVerbLike(word: string, at: number): boolean {
  if (AUXILIARIES.has(word) || VERB_STEMS.has(stem(word)) || word.endsWith("n't")) return true;
  return at > 0 && /^\p{L}/u.test(word) && !STOP_WORDS.has(word) && !COMMON_WORDS.has(word) && !NEGATORS.has(word);
}
