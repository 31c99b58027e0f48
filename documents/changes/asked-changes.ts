import { analyse, sameQuantity } from '../../language/analysis.ts';
import { words } from '../../language/text.ts';
import { STOP_WORDS } from '../../language/words-of-english.ts';
import type { StatementChange } from '../../schema/changes.ts';
import type { Span } from '../../schema/data.ts';

/** A statement that has something new to be asked. */
export type NewStatement = StatementChange & {
  kind: 'changed' | 'added';
  after: NonNullable<StatementChange['after']>;
};

type Grounded = { spans: readonly Span[]; question: string; answer: string };

/** Finds what a question and its answer rest on among the statements that changed. */
export class AskedChanges {
  readonly #byChunk = new Map<string, NewStatement[]>();

  constructor(changes: Iterable<StatementChange>) {
    for (const change of [...changes].filter(isNew)) {
      const { chunkId } = change.after;
      const found = this.#byChunk.get(chunkId);
      if (found) found.push(change);
      else this.#byChunk.set(chunkId, [change]);
    }
  }

  /**
   * The changes that an example is about: its spans meet the statement, and question or answer say something of what is new in it. An
   * answer may rest on a passage of which another sentence changed.
   */
  find({ spans, question, answer }: Grounded): NewStatement[] {
    const text = `${question} ${answer}`;
    const met = spans.flatMap(({ chunkId, start, end }) =>
      (this.#byChunk.get(chunkId) ?? []).filter(({ after }) => start < after.end && after.start < end),
    );
    return [...new Set(met)].filter((change) => speaksOf(change, text));
  }
}

const isNew = (change: StatementChange): change is NewStatement =>
  change.after !== undefined && (change.kind === 'changed' || change.kind === 'added');

/** Where only something was taken away, what is left is what changed. */
const speaksOf = ({ kind, is }: StatementChange, text: string): boolean =>
  kind === 'added' || is.length === 0 || valuesOf(is).some((value) => says(text, value));

/** Whether a text says all of some words and numbers; a number may be spelled out. */
export const saysAll = (text: string, values: readonly string[]): boolean => values.every((value) => says(text, value));

function says(text: string, value: string): boolean {
  const parts = words(value);
  // A sign, such as a currency's.
  if (parts.length === 0) return text.includes(value);
  const said = new Set(words(text));
  return parts.every((part) => said.has(part)) || saysNumber(text, value);
}

function saysNumber(text: string, value: string): boolean {
  if (!/\p{N}/u.test(value)) return false;
  const [wanted] = analyse(value).quantities;
  return wanted !== undefined && analyse(text).quantities.some((one) => sameQuantity(wanted, one, true));
}

/** What of a difference names it: its numbers, or where it has none its words that carry something. */
export function valuesOf(difference: readonly string[]): string[] {
  const numbers = difference.filter((word) => /^\p{N}/u.test(word));
  if (numbers.length > 0) return numbers;
  const named = difference.filter((word) => !STOP_WORDS.has(word.toLowerCase()));
  return named.length > 0 ? named : [...difference];
}

/** Whether an answer still says what was true before: what only the old statement says, and nothing of what only the new one does. */
export function stillSaysOld(answer: string, { was, is }: Pick<StatementChange, 'was' | 'is'>): boolean {
  const [old, now] = [valuesOf(was), valuesOf(is)];
  return old.length > 0 && saysAll(answer, old) && !(now.length > 0 && saysAll(answer, now));
}
