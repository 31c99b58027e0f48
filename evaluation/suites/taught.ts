import { sentences } from '../../language/text.ts';
import { contentStems } from '../../language/analysis.ts';
import type { Taught } from '../../schema/evaluation.ts';

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
  at: number;
  question: string;
  /** Words of the answer and of all questions that it answers. */
  words: Set<string>;
  answerWords: Set<string>;
}

/** What one sentence of a right answer finds. */
interface Found {
  score: number;
  question: string | undefined;
}

/**
 * Finds the training example that is nearest to a question and its right answers, by words: stems of content words and numbers,
 * weighted by how rare they are in training, ln((1 + n) / (1 + df)) + 1 (Salton and Buckley, smoothed as in scikit-learn). For each
 * sentence of a right answer two shares are joined by their weighted harmonic mean: of the sentence that an example holds, and of
 * the example's answer that question and right answer hold. An answer scores what at least half of its sentences reach; of several
 * right answers the best counts.
 */
export class TaughtIndex {
  readonly #entries: Entry[] = [];
  readonly #byAnswer = new Map<string, Entry>();
  readonly #holders = new Map<string, number[]>();
  readonly #answerHolders = new Map<string, number[]>();

  add({ question, answer }: Taken): void {
    const words = contentStems(question);
    const known = this.#byAnswer.get(answer);
    if (known) {
      for (const word of words) this.#hold(known, word);
      return;
    }
    const answerWords = contentStems(answer);
    const entry: Entry = { at: this.#entries.length, question, words: new Set(), answerWords };
    this.#entries.push(entry);
    this.#byAnswer.set(answer, entry);
    for (const word of [...words, ...answerWords]) this.#hold(entry, word);
    for (const word of answerWords) note(this.#answerHolders, word, entry.at);
  }

  find({ question, references }: { question: string; references: readonly string[] }): Taught {
    const asked = contentStems(question);
    let best: Found = { score: 0, question: undefined };
    for (const reference of references) {
      const parts = sentences(reference).map((one) => contentStems(one.text));
      const back = this.#sums(new Set([...asked, ...parts.flatMap((part) => [...part])]), this.#answerHolders);
      const found = parts
        .filter((part) => part.size > 0)
        .map((part) => this.#nearest(part, back))
        .sort((a, b) => b.score - a.score);
      const half = found[Math.ceil(found.length / 2) - 1];
      if (half && half.score > best.score) best = { score: half.score, question: found[0]!.question };
    }
    const score = Number(Math.min(1, best.score).toFixed(4));
    return { known: score >= KNOWN_FROM, score, ...(best.question !== undefined && { nearest: best.question }) };
  }

  #hold(entry: Entry, word: string): void {
    if (entry.words.has(word)) return;
    entry.words.add(word);
    note(this.#holders, word, entry.at);
  }

  #nearest(part: ReadonlySet<string>, back: ReadonlyMap<number, number>): Found {
    const whole = this.#total(part);
    let best: Found = { score: 0, question: undefined };
    for (const [at, held] of this.#sums(part, this.#holders)) {
      const other = back.get(at) ?? 0;
      if (other === 0) continue;
      const entry = this.#entries[at]!;
      const share = held / whole;
      // The harmonic mean is below its larger part's weight: most entries need no sum over their own words.
      if (1 / (ANSWER_WEIGHT / share + (1 - ANSWER_WEIGHT)) <= best.score) continue;
      const score = 1 / (ANSWER_WEIGHT / share + (1 - ANSWER_WEIGHT) / (other / this.#total(entry.answerWords)));
      if (score > best.score) best = { score, question: entry.question };
    }
    return best;
  }

  /** For each entry that holds some of the words, the weight of those. */
  #sums(words: ReadonlySet<string>, holders: ReadonlyMap<string, number[]>): Map<number, number> {
    const sums = new Map<number, number>();
    for (const word of words) {
      const weight = this.#idf(word);
      for (const at of holders.get(word) ?? []) sums.set(at, (sums.get(at) ?? 0) + weight);
    }
    return sums;
  }

  #idf(word: string): number {
    return Math.log((1 + this.#entries.length) / (1 + (this.#holders.get(word)?.length ?? 0))) + 1;
  }

  #total(words: ReadonlySet<string>): number {
    let sum = 0;
    for (const word of words) sum += this.#idf(word);
    return sum;
  }
}

function note(index: Map<string, number[]>, word: string, at: number): void {
  const found = index.get(word);
  if (found) found.push(at);
  else index.set(word, [at]);
}
