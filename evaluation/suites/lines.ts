import { sha256Of } from '../../common/hash.ts';
import { z } from 'zod';
import { check, ConfigError, fieldsOfRow } from '../../common/config-errors.ts';
import { nearest } from '../../common/unknown-name.ts';
import { normalise, words } from '../../language/text.ts';
import type { Fact, SuiteQuestion } from '../../schema/evaluation.ts';

/** A suite of people's own questions: what a line says, and what becomes of lines that ask the same. */

/** Columns that mean something; others are kept as they are. */
export const SUITE_COLUMNS = [
  'question',
  'answer',
  'answers',
  'facts',
  'mustNot',
  'contexts',
  'unanswerable',
  'slice',
  'id',
] as const;
export const SUITE_EXPECTED =
  'expected question and answer (or answers, a list), and if you like facts, mustNot, contexts, unanswerable, slice, id and columns of your own';

const text = z.string().trim().min(1);
const LineSchema = z.object({
  question: text,
  answer: text.optional(),
  answers: z.array(text).min(1).optional(),
  facts: z
    .array(z.union([text, z.array(text).min(1)]))
    .min(1)
    .optional(),
  mustNot: z.array(text).min(1).optional(),
  contexts: z.array(text).min(1).optional(),
  unanswerable: z.boolean().optional(),
  slice: z.union([text, z.number(), z.boolean()]).optional(),
  id: z.union([text, z.number()]).optional(),
});

export interface SuiteRow {
  /** `file:line`, or `file: row n` */
  at: string;
  value: unknown;
}

export interface GoldenSuite {
  questions: SuiteQuestion[];
  /** Lines of the file. */
  lines: number;
  /** Lines that ask a question again with an answer that it has already. */
  repeated: number;
  /** Lines that ask a question again with another answer, which is then one more right answer. */
  furtherAnswers: number;
  /** The file's further columns. */
  columns: string[];
}

const FAULTS_SHOWN = 10;

/**
 * Makes a suite of a file's rows. A question that is asked again is one question: with another answer it has several right ones; in
 * other punctuation, with the same answer, it is a copy. A question is its own cluster; its id is the file's, or the hash of its wording.
 * @throws Error with a line for each fault, those of reading first: where, what was found, what was expected
 */
export function parseSuite(input: { file: string; rows: readonly SuiteRow[]; faults: readonly string[] }): GoldenSuite {
  const { file, rows } = input;
  const unanswered = noAnswerColumn(file, rows);
  if (unanswered !== undefined) throw new Error([...input.faults, unanswered].join('\n'));
  const faults = [...input.faults];
  const suite: GoldenSuite = { questions: [], lines: rows.length, repeated: 0, furtherAnswers: 0, columns: [] };
  const columns = new Set<string>();
  const byWording = new Map<string, SuiteQuestion>();
  const byId = new Map<string, string>();
  for (const { at, value } of rows) {
    try {
      const asked = questionOf(value, at);
      for (const name of Object.keys(asked.columns ?? {})) columns.add(name);
      const known = byWording.get(wording(asked.question)) ?? copyOf(asked, byWording);
      if (known) {
        if (merge(known, asked, at)) suite.furtherAnswers += 1;
        else suite.repeated += 1;
        continue;
      }
      const taken = byId.get(asked.id);
      if (taken !== undefined)
        throw new Error(`${at}: id: found '${asked.id}', which is that of ${taken}; expected one of its own`);
      byId.set(asked.id, at);
      byWording.set(wording(asked.question), asked);
      byWording.set(copyKey(asked.question, asked.answer), asked);
      suite.questions.push(asked);
    } catch (error) {
      faults.push(...(error instanceof ConfigError ? error.problems : [(error as Error).message]));
    }
  }
  if (faults.length > 0) {
    const more = faults.length > FAULTS_SHOWN ? [`... and ${faults.length - FAULTS_SHOWN} more lines`] : [];
    throw new Error([...faults.slice(0, FAULTS_SHOWN), ...more].join('\n'));
  }
  if (suite.questions.length === 0) throw new Error(`${file}: no questions found; ${SUITE_EXPECTED}`);
  return { ...suite, columns: [...columns] };
}

/** That no line has an answer is said once, and not of each line. */
function noAnswerColumn(file: string, rows: readonly SuiteRow[]): string | undefined {
  const objects = rows.flatMap(({ value }) => (typeof value === 'object' && value !== null ? [value] : []));
  const found = [...new Set(objects.flatMap((value) => Object.keys(value)))];
  if (rows.length < 2 || found.length === 0 || found.includes('answer') || found.includes('answers')) return undefined;
  const near = nearest(
    'answer',
    found.filter((name) => !(SUITE_COLUMNS as readonly string[]).includes(name)),
  );
  const fix = near === undefined ? 'name the column that holds the right answers so' : `did you mean '${near}'?`;
  return `${file}: found the columns ${found.join(', ')}, and neither answer nor answers; ${fix}`;
}

/** What was merged, in words, or nothing. */
export function mergedNote({
  lines,
  questions,
  repeated,
  furtherAnswers,
}: Omit<GoldenSuite, 'columns' | 'questions'> & { questions: number }): string {
  const parts = [
    ...(furtherAnswers > 0 ? [`${furtherAnswers} ask one again with another answer, which is right too`] : []),
    ...(repeated > 0 ? [`${repeated} are copies`] : []),
  ];
  return parts.length === 0 ? '' : `${lines} lines make ${questions} questions: ${parts.join(', ')}`;
}

function questionOf(value: unknown, at: string): SuiteQuestion {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${at}: found ${JSON.stringify(value)?.slice(0, 60)}; ${SUITE_EXPECTED}`);
  const fields = Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== null && field !== undefined && field !== ''),
  );
  const known = Object.fromEntries(
    SUITE_COLUMNS.flatMap((name) => (name in fields ? [[name, listed(name, fields[name])]] : [])),
  );
  const line = check({ schema: LineSchema, value: known, at: fieldsOfRow(at) });
  const references = [...new Set([...(line.answer === undefined ? [] : [line.answer]), ...(line.answers ?? [])])];
  const [answer] = references;
  if (answer === undefined) throw new Error(`${at}: found neither answer nor answers; expected what a right answer is`);
  const id = line.id === undefined ? sha256Of(normalise(line.question)).slice(0, 16) : String(line.id);
  const columns = Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) =>
      (SUITE_COLUMNS as readonly string[]).includes(name) ? [] : [[name, columnText(field)]],
    ),
  );
  return {
    id,
    question: line.question,
    answer,
    cluster: id,
    ...(references.length > 1 && { references }),
    ...(line.facts && { facts: line.facts.map((fact): Fact => (typeof fact === 'string' ? [fact] : fact)) }),
    ...(line.mustNot && { mustNot: line.mustNot }),
    ...(line.contexts && { contexts: [...new Set(line.contexts)] }),
    ...(line.unanswerable !== undefined && { unanswerable: line.unanswerable }),
    ...(line.slice !== undefined && { slice: String(line.slice) }),
    ...(Object.keys(columns).length > 0 && { columns }),
  };
}

const YES_OR_NO = new Map([
  ['true', true],
  ['yes', true],
  ['false', false],
  ['no', false],
]);

/** In a cell of a table a list is JSON, or parts between semicolons; a fact's alternatives stand between bars. */
function listed(name: (typeof SUITE_COLUMNS)[number], field: unknown): unknown {
  if (typeof field !== 'string') return field;
  if (name === 'unanswerable') return YES_OR_NO.get(field.trim().toLowerCase()) ?? field;
  if (!['answers', 'facts', 'mustNot', 'contexts'].includes(name)) return field;
  if (field.trim().startsWith('[')) {
    try {
      return JSON.parse(field) as unknown;
    } catch {
      return field;
    }
  }
  const parts = (text: string, mark: string | RegExp) => text.split(mark).flatMap((part) => part.trim() || []);
  // An answer, or a passage, is a text with semicolons of its own.
  if (name === 'answers' || name === 'contexts') return parts(field, '|');
  if (name === 'mustNot') return parts(field, /[;|]/);
  return parts(field, ';').map((fact) => parts(fact, '|'));
}

const columnText = (field: unknown): string =>
  typeof field === 'string'
    ? field
    : (JSON.stringify(field, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)) ?? '');

/** Wordings that differ in case, white space or the marks at the end ask the same. */
const wording = (question: string) => normalise(question).replace(/\s*[?.!]+\s*$/, '');
/** With the same answer, so do wordings that differ in punctuation alone; 'C++' and 'C#' have answers of their own. */
const copyKey = (question: string, answer: string) => `\0${words(question).join(' ')}\0${normalise(answer)}`;
const copyOf = ({ question, answer }: SuiteQuestion, known: ReadonlyMap<string, SuiteQuestion>) =>
  known.get(copyKey(question, answer));

/** Adds what a line says to the question that it asks again. True when it has an answer that is new. */
function merge(known: SuiteQuestion, asked: SuiteQuestion, at: string): boolean {
  if (asked.unanswerable !== undefined && asked.unanswerable !== (known.unanswerable ??= asked.unanswerable))
    throw new Error(
      `${at}: unanswerable: found ${asked.unanswerable}, and the same question elsewhere in the file with ${known.unanswerable}; expected one of them`,
    );
  const before = known.references ?? [known.answer];
  const same = new Set(before.map(normalise));
  const fresh = (asked.references ?? [asked.answer]).filter((answer) => !same.has(normalise(answer)));
  if (fresh.length > 0) known.references = [...before, ...fresh];
  const facts = [...(known.facts ?? []), ...(asked.facts ?? [])];
  if (facts.length > 0) known.facts = [...new Map(facts.map((fact) => [fact[0], fact])).values()];
  const mustNot = [...(known.mustNot ?? []), ...(asked.mustNot ?? [])];
  if (mustNot.length > 0) known.mustNot = [...new Set(mustNot)];
  const contexts = [...(known.contexts ?? []), ...(asked.contexts ?? [])];
  if (contexts.length > 0) known.contexts = [...new Set(contexts)];
  return fresh.length > 0;
}
