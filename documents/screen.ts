import type { FiltersConfig } from '../configs/filter-schema.ts';
import { findInstructions } from './instructions.ts';
import { pause, pausesAt } from '../common/pause.ts';
import { notTextIn } from '../schema/plain-text.ts';
import { rejectPair } from '../schema/reject.ts';
import { findPersonalData, redactPersonalData } from './personal-data.ts';
import type { Chunk, Document, Example, InstructionFlag, QaPair } from '../schema/data.ts';

/** What is kept out of documents and pairs, whoever wrote it: what is no text, personal data, and text that tries to instruct a model. */

/** Changes with what is found: part of the judgement of a pair that is rejected here. */
const SCREEN_VERSION = 'screen-2';

export interface ScreenedDocuments {
  documents: Document[];
  /** Counts by kind: of what was redacted, or only found. */
  personalData: Record<string, number>;
}

/** Redacts personal data in documents where the config says so, before a teacher, the ledger or a dataset can see it. */
export async function screenDocuments(
  documents: readonly Document[],
  filters: FiltersConfig,
): Promise<ScreenedDocuments> {
  const personalData: Record<string, number> = {};
  const screened: Document[] = [];
  for (const document of documents) {
    const { text, found } = redactPersonalData(document.text, filters.phoneRegion);
    count(personalData, found);
    const title = redactPersonalData(document.title, filters.phoneRegion).text;
    screened.push(
      filters.personalData === 'redact' ? { ...document, title, text, ...movedPlaces(document, found) } : document,
    );
    await pause();
  }
  return { documents: screened, personalData };
}

/** Where the pages begin once what was found is replaced by its kind in brackets. */
function movedPlaces(
  { places }: Pick<Document, 'places'>,
  found: readonly { kind: string; start: number; end: number }[],
): Pick<Document, 'places'> {
  if (!places) return {};
  let next = 0;
  let moved = 0;
  return {
    places: places.map(({ label, start }) => {
      for (let one = found[next]; one && one.end <= start; one = found[next]) {
        moved += one.kind.length + 2 - (one.end - one.start);
        next += 1;
      }
      // What reaches over a page's end is of the page that it begins on.
      const over = found[next];
      return { label, start: (over && over.start < start ? over.start + over.kind.length + 2 : start) + moved };
    }),
  };
}

/** Adds to the counts what pairs have of personal data. */
export function addPersonalData(
  counts: Readonly<Record<string, number>>,
  pairs: readonly QaPair[],
  region: string | undefined,
): Record<string, number> {
  const all = { ...counts };
  for (const text of pairs.flatMap(textsOf)) count(all, findPersonalData(text, region));
  return all;
}

function count(counts: Record<string, number>, found: readonly { kind: string }[]): void {
  for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1;
}

const textsOf = ({ history, question, answer }: QaPair): string[] => [
  ...history.map(({ content }) => content),
  question,
  answer,
];

/** The passages that may go to a teacher, and every text in any of them that tries to instruct a model. */
export async function screenChunks(
  chunks: readonly Chunk[],
  { instructions }: Pick<FiltersConfig, 'instructions'>,
): Promise<{ chunks: Chunk[]; flags: InstructionFlag[] }> {
  const flagged = new Map<string, ReturnType<typeof findInstructions>>();
  for (const [i, { id, text }] of chunks.entries()) {
    flagged.set(id, findInstructions(text));
    if (pausesAt(i)) await pause();
  }
  const flags = chunks.flatMap(({ id, text }) =>
    (flagged.get(id) ?? []).map(({ start, end, why }) => ({ chunkId: id, why, text: text.slice(start, end) })),
  );
  // What stands above a passage belongs to another, which is flagged itself.
  const isClean = ({ id, context = '' }: Chunk) =>
    flagged.get(id)?.length === 0 && findInstructions(context).length === 0;
  const kept = chunks.filter((chunk) => instructions !== 'skip' || isClean(chunk));
  return { chunks: kept, flags };
}

/**
 * A pair without personal data, or a reject: for characters that are no text, for personal data, or because it rests on or
 * repeats text that tries to instruct a model. What a pair that stays says is otherwise unchanged.
 */
export function screenPair(input: {
  pair: QaPair;
  chunks: readonly Chunk[];
  filters: FiltersConfig;
}): { status: 'pair'; pair: QaPair } | { status: 'reject'; example: Example } {
  const { pair, chunks, filters } = input;
  const garbled = notTextIn(pair);
  if (garbled !== undefined) return { status: 'reject', example: reject(pair, 'not-text', garbled) };
  const texts = textsOf(pair);
  if (filters.instructions !== 'keep') {
    const why = texts.flatMap(findInstructions)[0]?.why ?? instructedBy(pair, chunks);
    if (why !== undefined) return { status: 'reject', example: reject(pair, 'instruction', `it ${why}`) };
  }
  if (filters.personalData === 'keep') return { status: 'pair', pair };
  const region = filters.phoneRegion;
  const found = texts.flatMap((text) => findPersonalData(text, region)).map(({ kind }) => kind);
  if (found.length === 0) return { status: 'pair', pair };
  const redact = (text: string) => redactPersonalData(text, region).text;
  const redacted = {
    ...pair,
    question: redact(pair.question),
    answer: redact(pair.answer),
    history: pair.history.map(({ role, content }) => ({ role, content: redact(content) })),
  };
  if (filters.personalData === 'redact') return { status: 'pair', pair: redacted };
  // Its text is redacted here too: a reject is kept and read.
  return { status: 'reject', example: reject(redacted, 'personal-data', `it has: ${[...new Set(found)].join(', ')}`) };
}

/** A passage is looked at once, however many pairs rest on it. */
const known = new WeakMap<Chunk, ReturnType<typeof findInstructions>>();

function instructionsIn(chunk: Chunk): ReturnType<typeof findInstructions> {
  let found = known.get(chunk);
  if (!found) known.set(chunk, (found = findInstructions(chunk.text)));
  return found;
}

/** Why the pair rests on text that tries to instruct a model, where it does. */
function instructedBy({ spans }: QaPair, chunks: readonly Chunk[]): string | undefined {
  for (const span of spans) {
    const chunk = chunks.find(({ id }) => id === span.chunkId);
    if (!chunk) continue;
    const { text } = chunk;
    const under = instructionsIn(chunk).find(({ start, end }) => span.start < end && start < span.end);
    if (under) return `rests on text that ${under.why}: "${text.slice(under.start, under.end)}"`;
  }
  return undefined;
}

const reject = (pair: QaPair, reason: string, why: string): Example =>
  rejectPair(pair, { reason, why, version: SCREEN_VERSION });
