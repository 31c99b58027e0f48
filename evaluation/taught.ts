import { sentences } from '../datasets/text.ts';
import { contentStems } from '../judges/analysis.ts';
import type { Taught } from './types.ts';

/** Which questions of a suite ask for a fact that training has taught, in whatever words, and which for a new one. */

export interface Taken {
  question: string;
  answer: string;
}

/** From this score on, a question's fact counts as taught. Chosen on the sample's labelled questions: see taught.test.ts. */
export const KNOWN_FROM = 0.5;
/** Weight of how much of the right answer a training example holds; the rest is how much of the example the question and answer hold. */
const ANSWER_WEIGHT = 0.4;

/** The examples that give one answer. */
interface Entry {
  question: string;
  /** Words of the answer and of all questions that it answers. */
  words: Set<string>;
  answerWords: Set<string>;
}

/**
 * Compares questions with the training examples by words: stems of content words and numbers, weighted by how rare they are in training.
 * For the nearest example it joins two shares by their weighted harmonic mean: of a sentence of the right answer that the example
 * holds, and of the example's answer that question and right answer hold. Answers given to many questions count once.
 */
export function createTaught(
  training: Iterable<Taken>,
): (asked: { question: string; references: readonly string[] }) => Taught {
  const entries = entriesOf(training);
  const idf = weightsOf(entries);
  const holders = new Map<string, number[]>();
  const answerHolders = new Map<string, number[]>();
  const note = (index: Map<string, number[]>, word: string, entry: number) => {
    const found = index.get(word);
    if (found) found.push(entry);
    else index.set(word, [entry]);
  };
  for (const [at, { words, answerWords }] of entries.entries()) {
    for (const word of words) note(holders, word, at);
    for (const word of answerWords) note(answerHolders, word, at);
  }
  const answerWeights = entries.map(({ answerWords }) => total(answerWords, idf));

  return ({ question, references }) => {
    const parts = references.flatMap((text) => sentences(text).map((one) => contentStems(one.text)));
    const said = new Set([...contentStems(question), ...parts.flatMap((part) => [...part])]);
    const held = sharesHeld(parts, { holders, idf, size: entries.length });
    const back = new Float64Array(entries.length);
    for (const word of said) for (const at of answerHolders.get(word) ?? []) back[at]! += idf(word);
    let best = { score: 0, at: -1 };
    for (let at = 0; at < entries.length; at++) {
      const [share, other] = [held[at]!, answerWeights[at]! > 0 ? back[at]! / answerWeights[at]! : 0];
      if (share === 0 || other === 0) continue;
      const score = 1 / (ANSWER_WEIGHT / share + (1 - ANSWER_WEIGHT) / other);
      if (score > best.score) best = { score, at };
    }
    const nearest = entries[best.at]?.question;
    const score = Number(Math.min(1, best.score).toFixed(4));
    return { known: score >= KNOWN_FROM, score, ...(nearest !== undefined && { nearest }) };
  };
}

/** For each entry, the largest share of a part's weight that its words hold. */
function sharesHeld(
  parts: readonly ReadonlySet<string>[],
  { holders, idf, size }: { holders: ReadonlyMap<string, number[]>; idf: (word: string) => number; size: number },
): Float64Array {
  const most = new Float64Array(size);
  for (const part of parts) {
    const whole = total(part, idf);
    if (whole === 0) continue;
    const sum = new Map<number, number>();
    for (const word of part) for (const at of holders.get(word) ?? []) sum.set(at, (sum.get(at) ?? 0) + idf(word));
    for (const [at, weight] of sum) most[at] = Math.max(most[at]!, weight / whole);
  }
  return most;
}

function entriesOf(training: Iterable<Taken>): Entry[] {
  const byAnswer = new Map<string, Entry>();
  for (const { question, answer } of training) {
    const words = contentStems(question);
    const entry = byAnswer.get(answer);
    if (entry) for (const word of words) entry.words.add(word);
    else {
      const answerWords = contentStems(answer);
      byAnswer.set(answer, { question, words: new Set([...words, ...answerWords]), answerWords });
    }
  }
  return [...byAnswer.values()];
}

/** ln((1 + n) / (1 + df)) + 1: Salton and Buckley, smoothed as in scikit-learn. */
function weightsOf(entries: readonly Entry[]): (word: string) => number {
  const df = new Map<string, number>();
  for (const { words } of entries) for (const word of words) df.set(word, (df.get(word) ?? 0) + 1);
  return (word) => Math.log((1 + entries.length) / (1 + (df.get(word) ?? 0))) + 1;
}

const total = (words: ReadonlySet<string>, idf: (word: string) => number) => {
  let sum = 0;
  for (const word of words) sum += idf(word);
  return sum;
};
