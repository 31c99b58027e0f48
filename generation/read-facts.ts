import { z } from 'zod';
import { fieldsOf, isRecord, issuesOf, knownWord, readJson, type Read } from '../replies/reply-json.ts';
import { parseRelaxed } from '../replies/relaxed-json.ts';
import { CorrectionSchema, FACT_KINDS, FACT_SCHEMAS, type Fact } from './request.ts';
import type { GenerationTask } from '../schema/data.ts';

/** Reading a teacher's reply: what it says of each fact, however it is capitalised, wrapped or quoted. Pure; never throws. */

type TaskKind = GenerationTask['kind'];

/** One fact of a reply, or what is wrong with it: a bad fact must not cost its neighbours. */
export type FactRead = { status: 'read'; fact: Fact } | { status: 'misfit'; text: string; problem: string };

/** What the teacher left out of a passage, and why in a word. */
export interface Skip {
  quote: string;
  why: string;
}

export interface FactsRead {
  facts: FactRead[];
  skipped: Skip[];
}

const SkipSchema = z.object({ quote: z.string(), why: z.string() });
const FactsSchema = z.object({
  facts: z.array(z.unknown()),
  skipped: z.array(z.unknown()).optional().catch(undefined),
});
const FACT_FIELDS = ['questions', 'question', 'answer', 'quotes', 'quote', 'history', 'kind'];

/** Reads the facts of a reply. Where some do not fit, the reply is flawed: it is worth asking again. */
export function readFacts(reply: string, kind: TaskKind): Read<FactsRead> {
  const read = readJson(reply, FactsSchema, (value, whole) => mendFacts(value, { kind, whole }));
  if (read.status === 'unread') return read;
  const facts = read.value.facts.map((fact) => readFact(fact, kind));
  const skipped = (read.value.skipped ?? []).flatMap((one) => SkipSchema.safeParse(one).data ?? []);
  const problems = facts.flatMap((fact, i) => (fact.status === 'misfit' ? [`fact ${i + 1}: ${fact.problem}`] : []));
  const value = { facts, skipped };
  if (problems.length === 0) return { status: 'read', value };
  return { status: 'read', value, flaw: { problem: problems.join('; '), good: facts.length - problems.length } };
}

/** A list that stands alone, or is written as a string, is the facts' where each of its items looks like one. */
function mendFacts(value: unknown, { kind, whole }: { kind: TaskKind; whole: boolean }): unknown {
  const fields = isRecord(value) ? fieldsOf(value, ['facts', 'skipped']) : {};
  const facts = isRecord(value) ? parsed(fields['facts']) : value;
  if (!Array.isArray(facts)) return value;
  if (isRecord(value)) return { ...fields, facts };
  return (whole || facts.length > 0) && facts.every((one) => looksLikeFact(one, kind)) ? { facts } : value;
}

function looksLikeFact(value: unknown, kind: TaskKind): boolean {
  if (!isRecord(value)) return false;
  const { questions, question, answer, quotes, quote } = fieldsOf(value, FACT_FIELDS);
  return (
    (questions ?? question) !== undefined && answer !== undefined && (kind === 'unanswerable' || !!(quotes ?? quote))
  );
}

/** A list that came as JSON in a string. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const read = parseRelaxed(value.trim());
  return read.status === 'value' ? read.value : value;
}

function readFact(value: unknown, kind: TaskKind): FactRead {
  const read = FACT_SCHEMAS[kind].safeParse(mendFact(value, kind));
  if (read.success) return { status: 'read', fact: read.data };
  return { status: 'misfit', text: JSON.stringify(value), problem: issuesOf(read.error) };
}

/** The fields that the kind has, and no others; one question or quote is a list of one, and a missing kind the usual one. */
function mendFact(value: unknown, kind: TaskKind): unknown {
  if (!isRecord(value)) return value;
  const fields = fieldsOf(value, FACT_FIELDS);
  return {
    questions: listOf(fields['questions'] ?? fields['question']),
    answer: fields['answer'],
    ...(kind !== 'unanswerable' && { quotes: listOf(fields['quotes'] ?? fields['quote']) }),
    ...(kind === 'multi-turn' && { history: mendTurns(fields['history']) }),
    ...(kind === 'any' && { kind: knownWord(fields['kind'] ?? FACT_KINDS[0], FACT_KINDS) ?? fields['kind'] }),
  };
}

const listOf = (value: unknown): unknown => (typeof value === 'string' ? [value] : value);

const mendTurns = (turns: unknown): unknown =>
  (isRecord(turns) ? [turns] : Array.isArray(turns) ? turns : []).map((turn: unknown) =>
    isRecord(turn) ? fieldsOf(turn, ['question', 'answer']) : turn,
  );

export type Correction = z.infer<typeof CorrectionSchema>;

/** Reads a correction. */
export const readCorrection = (reply: string): Read<Correction> => readJson(reply, CorrectionSchema, mendCorrection);

function mendCorrection(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { questions, question, answer, quotes, quote } = fieldsOf(value, FACT_FIELDS);
  const [only, ...more] = Array.isArray(questions) ? (questions as unknown[]) : [questions];
  return {
    question: question ?? (more.length === 0 ? only : questions),
    answer,
    quotes: listOf(quotes ?? quote),
  };
}
