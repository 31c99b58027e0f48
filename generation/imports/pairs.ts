import { basename } from 'node:path';
import { z } from 'zod';
import { check, ConfigError, fieldsOfRow } from '../../common/config-errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { readRows } from '../../tables/rows.ts';
import { RowsError, type RowFormat } from '../../tables/row-columns.ts';
import { KindSchema, TurnSchema, type QaPair, type Turn } from '../../schema/data.ts';
import { IMPORTED } from '../../schema/origin.ts';
import { newPair } from '../new-pair.ts';
import { normalise } from '../../language/text.ts';

/** Reads pairs that people wrote: what stands in a file becomes pairs like those of a teacher, with their origin. */

/** Changes when the same rows would become other pairs. */
const IMPORT_VERSION = 'import-1';

const text = z.string().trim().min(1);
const RowSchema = z.strictObject({
  question: text,
  answer: text,
  fact: text.optional(),
  kind: z.preprocess((kind) => (typeof kind === 'string' ? kind.trim().toLowerCase() : kind), KindSchema).optional(),
  language: text.optional(),
  context: text.optional(),
  history: z.array(TurnSchema.extend({ content: text })).optional(),
});
const FAULTS_SHOWN = 10;

const FORMAT: RowFormat = {
  known: ['question', 'answer', 'fact', 'kind', 'language', 'context', 'history'],
  required: ['question', 'answer'],
  others: 'refuse',
  expected: 'expected question and answer, and if you like fact, kind, language, context and, but in .csv, history',
};

/** A pair with the passage that it rests on, where the file has one. */
export interface ImportedPair {
  pair: QaPair;
  context?: string;
}

export interface Imported {
  pairs: ImportedPair[];
  /** What of the file was left out and why, for people. */
  notes: string[];
}

/**
 * Reads a file of pairs. Rows with the same `fact` are phrasings of one question; each other row is a fact of its own. A row's id
 * is the hash of what it says, so that the order of a file does not count.
 * @param shown the file as a person named it, for errors
 * @throws RowsError with a line for each fault: file:row, what was found, what was expected
 */
export async function readImport({ path, shown }: { path: string; shown: string }): Promise<Imported> {
  const { rows, faults, notes } = await readRows({ path, shown, format: FORMAT });
  const pairs: ImportedPair[] = [];
  const seen = new Map<string, string>();
  const questions = new Map<string, string>();
  const phrasings = new Map<string, number>();
  const file = basename(path);
  const documentId = `${IMPORTED}${file}`;
  for (const { at, value } of rows) {
    let row: z.output<typeof RowSchema>;
    try {
      row = check({ schema: RowSchema, value: withoutEmpty(value), at: fieldsOfRow(at) });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.problems);
      continue;
    }
    const { question, answer, fact, kind = 'factual', language, context, history = [] } = row;
    const wrongTurn = history.findIndex(({ role }, i) => role !== SPEAKERS[i % 2]);
    if (wrongTurn >= 0 || history.length % 2 > 0) {
      faults.push(`${at}: ${wrongHistory(history, wrongTurn)}`);
      continue;
    }
    const hash = sha256Of(normalise([...history.map(({ content }) => content), question, answer].join('\n')));
    const other = seen.get(hash);
    if (other !== undefined) {
      faults.push(`${at}: the same question and answer as ${other}; expected each once`);
      continue;
    }
    seen.set(hash, at);
    const asked = normalise([...history.map(({ content }) => content), question].join('\n'));
    const contrary = questions.get(asked);
    if (contrary !== undefined) {
      faults.push(
        `${at}: the question of ${contrary} with another answer; expected one answer to a question. Keep the right one`,
      );
      continue;
    }
    questions.set(asked, at);
    const factId = `${documentId}/${sha256Of(fact ?? hash).slice(0, 12)}`;
    const phrasing = phrasings.get(factId) ?? 0;
    phrasings.set(factId, phrasing + 1);
    const pair = newPair({
      id: `${factId}/${hash.slice(0, 12)}`,
      factId,
      chunkId: documentId,
      documentId,
      question,
      answer,
      history,
      phrasing,
      kind,
      ...(language !== undefined && { language }),
      origin: { kind: 'import', file },
      teacher: documentId,
      promptVersion: IMPORT_VERSION,
    });
    pairs.push({ pair, ...(context !== undefined && { context }) });
  }
  if (faults.length > 0) {
    const more = faults.length > FAULTS_SHOWN ? [`... and ${faults.length - FAULTS_SHOWN} more rows`] : [];
    throw new RowsError([...faults.slice(0, FAULTS_SHOWN), ...more].join('\n'));
  }
  if (pairs.length === 0) throw new RowsError(`${shown}: no rows found; ${FORMAT.expected}`);
  return { pairs, notes };
}

/** Chat templates take nothing else: the question is the user's next turn. */
const SPEAKERS = ['user', 'assistant'] as const;

function wrongHistory(history: readonly Turn[], wrong: number): string {
  const where = wrong < 0 ? history.length - 1 : wrong;
  const { role } = history[where]!;
  const found = wrong < 0 ? `the ${role}'s turn as the last` : `the role ${role}`;
  return `history[${where}]: found ${found}; expected turns of user and assistant by turns, the user's first and the assistant's last, for the question comes next. Fix: ${wrong === 0 ? 'leave this turn out, or write the question that it answers before it' : 'join turns of one role, or leave the odd one out'}`;
}

/** A column that is empty in a table is a field that is not there. */
function withoutEmpty(row: unknown): unknown {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => FORMAT.required.includes(name) || (value !== '' && value !== null)),
  );
}
