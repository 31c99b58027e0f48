import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Example } from '../datasets/schema.ts';
import { normalise } from '../datasets/text.ts';
import type { SuiteQuestion } from './types.ts';

/** Suites: a run's frozen questions, from the dataset's held-out split or from a golden file of a person's own. */

/** The suite that is the dataset's held-out split. */
const TEST_SUITE = 'test';

const GoldenLineSchema = z.strictObject({
  question: z.string().trim().min(1),
  answer: z.string().trim().min(1),
  slice: z.string().trim().min(1).optional(),
});
const EXPECTED = 'expected {"question": "...", "answer": "...", "slice"?: "..."}';
const LINES_SHOWN = 10;

/** Reads a golden suite: JSON lines of {question, answer, slice?}. @throws Error naming each bad line */
export async function readGoldenSuite(path: string): Promise<SuiteQuestion[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(
      `${path}: cannot read this suite (${(error as NodeJS.ErrnoException).code ?? String(error)}); ` +
        `expected a file of JSON lines, or "${TEST_SUITE}" for the dataset's held-out split`,
      { cause: error },
    );
  }
  return parseGoldenSuite(text, path);
}

/**
 * Parses a golden suite's text. A golden question is its own cluster; its id is the hash of its normalised wording,
 * so that a suite's ids survive reordering. Blank lines are skipped.
 * @throws Error with one line for each fault: file:line, what was found, what was expected
 */
export function parseGoldenSuite(text: string, file: string): SuiteQuestion[] {
  const questions: SuiteQuestion[] = [];
  const faults: string[] = [];
  const lineOf = new Map<string, number>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (!line.trim()) continue;
    const at = `${file}:${index + 1}`;
    const parsed = parseLine(line);
    if (typeof parsed === 'string') {
      faults.push(`${at}: ${parsed}; ${EXPECTED}`);
      continue;
    }
    const id = questionHash(parsed.question);
    const first = lineOf.get(id);
    if (first !== undefined) {
      faults.push(`${at}: the same question as line ${first}; expected each question once`);
      continue;
    }
    lineOf.set(id, index + 1);
    questions.push({ id, ...parsed, cluster: id });
  }
  if (faults.length > 0) {
    const more = faults.length > LINES_SHOWN ? [`... and ${faults.length - LINES_SHOWN} more lines`] : [];
    throw new Error([...faults.slice(0, LINES_SHOWN), ...more].join('\n'));
  }
  if (questions.length === 0) throw new Error(`${file}: no questions found; ${EXPECTED} on each line`);
  return questions;
}

/**
 * Questions of the `test` suite: one for each held-out example, clustered by fact, sliced by the example's kind.
 * `chunkTexts` maps a chunk's id to its text, the passage an answer should rest on.
 */
export function questionsFromExamples(
  examples: readonly Example[],
  chunkTexts: ReadonlyMap<string, string>,
): SuiteQuestion[] {
  return examples.map(({ id, question, answer, factId, kind, chunkId, documentId, spans, history }) => {
    // A pair that people wrote rests on no passage of the documents.
    const chunkIds = spans.length === 0 && chunkId === documentId ? [] : [chunkId];
    const passages = [...new Set([...chunkIds, ...spans.map((span) => span.chunkId)])].map((of) => {
      const text = chunkTexts.get(of);
      if (text === undefined)
        throw new Error(`example ${id}: no text of chunk ${JSON.stringify(of)}; expected every example's chunk`);
      return text;
    });
    // The right answer to a question that the passage leaves open is not in the passage.
    const context = kind === 'unanswerable' || passages.length === 0 ? {} : { context: passages.join('\n\n') };
    return { id, question, answer, cluster: factId, slice: kind, ...context, ...(history.length > 0 && { history }) };
  });
}

/**
 * At most `maxQuestions`, whole clusters at a time, in their given order. Which clusters stay is a hash of seed and
 * cluster, so a new fact displaces few others. One cluster always stays, however large.
 */
export function capQuestions(
  questions: readonly SuiteQuestion[],
  { maxQuestions, seed }: { maxQuestions: number; seed: number },
): SuiteQuestion[] {
  if (questions.length <= maxQuestions) return [...questions];
  const sizes = new Map<string, number>();
  for (const { cluster } of questions) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  const drawn = [...sizes]
    .map(([cluster, size]) => ({ cluster, size, rank: hash(`${seed}\n${cluster}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const kept = new Set<string>();
  let count = 0;
  for (const { cluster, size } of drawn) {
    if (kept.size > 0 && count + size > maxQuestions) break;
    kept.add(cluster);
    count += size;
  }
  return questions.filter(({ cluster }) => kept.has(cluster));
}

/** The golden line's fields, or what is wrong with it. */
function parseLine(line: string): z.output<typeof GoldenLineSchema> | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return `found ${JSON.stringify(shorten(line))}, which is not JSON`;
  }
  const parsed = GoldenLineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  return parsed.error.issues
    .map(({ path, message }) => (path.length ? `${path.join('.')}: ${message}` : message))
    .join(', ');
}

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}...` : text);
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const questionHash = (question: string) => hash(normalise(question)).slice(0, 16);
