import { dayOf } from '../common/time-text.ts';
import type { RunConfig, TeacherSpec } from '../configs/schema.ts';
import { chunksOf } from './chunk.ts';
import { licenceProblems } from './licences.ts';
import { pause, pausesAt } from '../common/pause.ts';
import { detectLanguage } from './detect-language.ts';
import { Cuts, type CutDocument } from './layers/cuts.ts';
import type { Readings } from './layers/readings.ts';
import { readCorpus } from './read.ts';
import type { Passage } from '../schema/data.ts';
import type { PresenceRow } from '../schema/presence.ts';
import { ChunkSchema, type Chunk, type Document, type InstructionFlag } from '../schema/data.ts';
import { screenChunks, screenDocuments } from './screen.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { FailureCount } from '../contract/failures.ts';
import { FailureTally } from '../failures/failure-tally.ts';
import { RunError, type DocumentProblem } from '../common/errors.ts';
import { orFailed, type ItemFailure } from '../failures/item-failure.ts';
import type { DocumentsResult } from '../contract/dataset-stages.ts';

export interface Passages {
  documents: Document[];
  /** What may go to a teacher. */
  chunks: Chunk[];
  flags: InstructionFlag[];
  personalData: Record<string, number>;
  /** Passages left out because they try to instruct a model. */
  withheld: Chunk[];
  /** Passages that only some groups may read, and that are taught to no model. */
  restricted: Chunk[];
  /** Documents that could not be cut into passages, and why. */
  failures: FailureCount[];
  /** What of the documents' files is no text of theirs, for people. */
  notes: string[];
  /** What was found where, read or not, valid or not. */
  presence: PresenceRow[];
}

/**
 * Reads a config's documents and cuts them into passages, licences checked and personal data dealt with: what a run does first,
 * and what its forecast does too. A document whose processing fails is left out and told.
 * @throws DocumentError, or RunError for a licence that the config does not allow
 */
export async function readPassages(options: {
  config: RunConfig;
  projectRoot: string;
  allowedRoots: string[];
  onDocument?: (done: number, total: number, id: string) => void;
  /** As YYYY-MM-DD: what was valid until an earlier day is left out, and told. */
  today?: string;
  readings?: Pick<Readings, 'of'> | undefined;
  /** Knows how the same documents were cut before; without, all are cut. */
  cuts?: Pick<Cuts, 'of'> | undefined;
}): Promise<Passages> {
  const { config, onDocument, cuts = new Cuts(), today = dayOf(), ...where } = options;
  const { documents: all, refused, notes, presence } = await readCorpus({ ...where, sources: config.documents });
  const [read, expired] = partition(all, ({ validUntil = today }) => validUntil >= today);
  checkLicences(config, read);
  const failures = new FailureTally(config, { documents: read.length + refused.length });
  const cut: Cut[] = [];
  let passages = 0;
  for (const [i, document] of read.entries()) {
    onDocument?.(i + 1, read.length, document.id);
    const one = await orFailed<Cut | ItemFailure>({
      work: () =>
        cutDocument(document, config, {
          cuts,
          afterPassage: async () => {
            passages += 1;
            if (!pausesAt(passages)) return;
            onDocument?.(i + 1, read.length, `${document.id}, ${passages} passages so far`);
            await pause();
          },
        }),
      failed: (failure) => failure,
    });
    failures.count('documents', 'why' in one ? { where: `document ${document.id}`, ...one } : undefined);
    if (!('why' in one)) cut.push(one);
  }
  // After those that could be read: of a corpus, and not of what came first, too many may have failed.
  for (const problem of refused) failures.count('documents', failedFile(problem));
  const personalData: Record<string, number> = {};
  for (const [kind, count] of cut.flatMap((one) => Object.entries(one.personalData)))
    personalData[kind] = (personalData[kind] ?? 0) + count;
  return {
    documents: cut.map(({ document }) => document),
    chunks: cut.flatMap(({ chunks }) => chunks),
    flags: cut.flatMap(({ flags }) => flags),
    personalData,
    withheld: cut.flatMap(({ withheld }) => withheld),
    restricted: cut.flatMap(({ restricted }) => restricted),
    failures: failures.counts,
    notes: [...leftOutOf(read), ...expiredNote(expired, today), ...restrictedNote(cut), ...languageNote(cut), ...notes],
    presence,
  };
}

/** A file that its reader refused, as an item that failed. */
const failedFile = ({ file, line, found, fix }: DocumentProblem) => ({
  where: `file ${file}${line === undefined ? '' : `:${line}`}`,
  reason: 'malformed' as const,
  why: `${found}; ${fix}`,
});

type Cut = Omit<Passages, 'documents' | 'failures' | 'notes' | 'presence'> & { document: Document };

/** One document's passages, personal data dealt with. */
async function cutDocument(
  read: Document,
  config: RunConfig,
  { cuts, afterPassage }: { cuts: Pick<Cuts, 'of'>; afterPassage: () => Promise<void> },
): Promise<Cut> {
  const cut = await cuts.of(read, config, () => cutAnew(read, config, afterPassage));
  const { all, flags, personalData, language: detected } = cut;
  const isSaid = cut.document.language !== undefined || detected === undefined;
  const document = isSaid ? cut.document : { ...cut.document, detectedLanguage: detected };
  const [shown, hidden] = partition(all, ({ isShown }) => isShown);
  const chunks = shown.map(({ chunk }) => chunk);
  const withheld = hidden.map(({ chunk }) => chunk);
  if (document.groups === undefined || config.filters.restricted === 'keep')
    return { document, chunks, flags, personalData, withheld, restricted: [] };
  // Neither a dataset nor its card may show their words.
  const wordless = flags.map((flag) => ({ ...flag, text: '(restricted)' }));
  return { document, chunks: [], flags: wordless, personalData, withheld: [], restricted: chunks };
}

async function cutAnew(
  read: Document,
  { filters, chunking }: RunConfig,
  afterPassage: () => Promise<void>,
): Promise<CutDocument> {
  const { documents, personalData } = await screenDocuments([read], filters);
  const [document = read] = documents;
  const all: Chunk[] = [];
  for (const chunk of chunksOf(document, chunking)) {
    all.push(chunk);
    await afterPassage();
  }
  const { chunks, flags } = await screenChunks(all, filters);
  const shown = new Set(chunks);
  return {
    document,
    all: all.map((chunk) => ({ chunk, isShown: shown.has(chunk) })),
    flags,
    personalData,
    language: await detectLanguage(document.text),
  };
}

const MOST_NAMED = 3;

function expiredNote(expired: readonly Document[], today: string): string[] {
  if (expired.length === 0) return [];
  const named = expired.slice(0, MOST_NAMED).map(({ id, validUntil }) => `${id} (until ${validUntil})`);
  const more = expired.length - named.length;
  return [
    `left out, as they are no longer valid on ${today}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  ];
}

function restrictedNote(cut: readonly Cut[]): string[] {
  const count = cut.filter(({ restricted }) => restricted.length > 0).length;
  return count === 0
    ? []
    : [
        `${count} ${count === 1 ? 'document that only some groups may read is' : 'documents that only some groups may read are'} taught to no model: filters.restricted`,
      ];
}

/** Rules and embedded models know English: whoever has other documents is told. */
function languageNote(cut: readonly Cut[]): string[] {
  const counts = new Map<string, number>();
  for (const { language, detectedLanguage = 'unknown' } of cut.map(({ document }) => document))
    if (language === undefined) counts.set(detectedLanguage, (counts.get(detectedLanguage) ?? 0) + 1);
  const others = [...counts].filter(([name]) => name !== 'en' && name !== 'unknown');
  if (others.length === 0) return [];
  const shown = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${count} ${name}`);
  return [`languages, as found where no label says: ${shown.join(', ')}`];
}

function partition<T>(all: readonly T[], is: (one: T) => boolean): [T[], T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

/** Every passage that anybody may read, and why a teacher saw none of it, where that is so. */
export async function* passagesOf(input: {
  artifacts: ArtifactStore;
  documents: Pick<DocumentsResult, 'chunks' | 'withheld'>;
}): AsyncGenerator<Passage> {
  const { artifacts, documents } = input;
  yield* artifacts.readJsonLines(documents.chunks, ChunkSchema);
  if (!documents.withheld) return;
  for await (const chunk of artifacts.readJsonLines(documents.withheld, ChunkSchema))
    yield { ...chunk, withheld: 'instruction' };
}

function leftOutOf(documents: readonly Document[]): string[] {
  const counts = new Map<string, number>();
  for (const { leftOut = {} } of documents)
    for (const [kind, count] of Object.entries(leftOut)) counts.set(kind, (counts.get(kind) ?? 0) + count);
  const shown = [...counts].map(([kind, count]) => `${count} ${kind === 'data' || count === 1 ? kind : `${kind}s`}`);
  return shown.length > 0 ? [`left out of the documents: ${shown.join(', ')}`] : [];
}

/** @throws RunError that lists what the config does not allow */
function checkLicences(
  { candidates, licences, teacher }: RunConfig,
  documents: readonly Pick<Document, 'uri' | 'licence'>[],
): void {
  const problems = licenceProblems({ documents, candidates, licences, teacher: teacherTerms(teacher) });
  if (problems.length > 0) throw new RunError('licence', problems.join('\n'));
}

/** Rules write what the documents say: no terms but the documents' licences. */
export const teacherTerms = (teacher: TeacherSpec): { name: string; trainingTerms: string } =>
  teacher.provider === 'builtin'
    ? { name: 'builtin', trainingTerms: 'allowed' }
    : { name: `${teacher.provider}/${teacher.model}`, trainingTerms: teacher.trainingTerms };
