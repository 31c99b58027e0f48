import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenerationConfig, SplitConfig } from '../configs/schema.ts';
import { canonicalJson } from './canonical-json.ts';
import { datasetCard } from './card.ts';
import { leaveOutContaminated, type SuiteWordings } from './contamination.ts';
import { createDatasetFiles } from './dataset-files.ts';
import { dedupe } from './dedupe.ts';
import { sha256Of } from './hash.ts';
import { kindQuotas } from './plan-tasks.ts';
import { IMPORTED } from './import-pairs.ts';
import { rejected, type LeftOut } from './reject.ts';
import { DatasetManifestSchema, type DataRef, type DatasetManifest, type Example, type Wording } from './schema.ts';
import { leaveOutSemantic, type SemanticFilter } from './semantic-duplicates.ts';
import type { SourceQuota } from './source-quotas.ts';
import { splitWordings } from './split.ts';
import { ArtifactError, DatasetError, type ArtifactStore } from './types.ts';

/** Changes when the same examples would be laid out otherwise: part of a version's hash. */
const LAYOUT = 4;

export interface DatasetInput {
  name: string;
  /** Everything that was generated, judged: kept and rejected. Read twice, so that no more than wordings is held in memory. */
  examples: () => AsyncIterable<Example>;
  split: SplitConfig;
  seed: number;
  /** How many examples are wanted over all splits, and of which kinds. */
  generation: Pick<GenerationConfig, 'target' | 'kinds'>;
  /** Goes before every chat example; none when empty. */
  systemPrompt: string;
  /** Finds questions that ask the same in other words; without it only wordings are compared. */
  semantic?: SemanticFilter | undefined;
  /** Files of imported pairs, and how many of each may be kept. */
  sources?: readonly SourceQuota[];
  /** Suite files, which the dataset must not teach, and from what similarity on it would. */
  suites: readonly SuiteWordings[];
  contamination: number;
  /** What the examples were made from: counts, the hash of the document set, licences and what was found in the documents. */
  source: { documents: number; documentsSha256: string; chunks: number } & Pick<
    DatasetManifest,
    'licences' | 'personalData' | 'instructions'
  >;
  /** What else made it (config, teacher, judges' versions, Whetstone's version): no clock, no paths, it is hashed. */
  madeBy: Record<string, unknown>;
  store: ArtifactStore;
}

export interface BuiltDataset {
  /** The version's folder. */
  uri: string;
  version: string;
  /** Over all splits and the recipe; `version` is its first 12 digits. */
  sha256: string;
  /** References in it are absolute. */
  manifest: DatasetManifest;
  /** Chat-format JSON lines for a trainer; either may have no rows. */
  chat: Record<'train' | 'validation', DataRef>;
}

/** What becomes of everything that was generated. */
export interface DecidedDataset {
  generated: number;
  kept: Wording[];
  /** By id: a side, or why it is left out. What the judges rejected is not among them. */
  fates: Map<string, Side | LeftOut<Wording>>;
  reasons: Record<string, number>;
  judges: Map<string, string>;
  moved: number;
  /** Examples that the target lacks: in all, or of kinds that are asked for in shares. */
  missing: number;
  kinds: DatasetManifest['kinds'];
  corrections: DatasetManifest['corrections'];
}

/**
 * Reads everything once and decides: duplicates, the target, the splits.
 * @throws DatasetError when two examples share an id, or one is rejected without a reason
 */
export async function decideDataset(
  input: Pick<
    DatasetInput,
    'examples' | 'split' | 'seed' | 'generation' | 'suites' | 'contamination' | 'sources' | 'semantic'
  >,
): Promise<DecidedDataset> {
  const { split, seed, generation, suites, contamination, sources = [], semantic } = input;
  const { nearDuplicate } = split;
  const read = await readWordings(input.examples());
  const unique = dedupe({ rows: read.accepted, nearDuplicate });
  const clean = leaveOutContaminated({ rows: unique.kept, suites, contamination, nearDuplicate });
  const meant = semantic
    ? await leaveOutSemantic({ rows: clean.kept, filter: semantic })
    : { kept: clean.kept, leftOut: [] };
  const { train, validation, test, ...capped } = splitWordings({ rows: meant.kept, split, seed, generation, sources });
  const kept = [...train, ...validation, ...test];
  const leftOut = [...unique.leftOut, ...clean.leftOut, ...meant.leftOut, ...capped.leftOut];
  const reasons = countReasons(read.rejected, leftOut);
  assertNothingLost({ generated: read.generated, kept: kept.length, reasons });
  return {
    generated: read.generated,
    kept,
    fates: fatesOf({ train, validation, test }, leftOut),
    reasons,
    judges: read.judges,
    moved: capped.moved,
    ...countKinds(generation, kept),
    corrections: read.corrections,
  };
}

/**
 * Keeps a dataset as the immutable folder `datasets/<name>/<version>`: Parquet splits, chat-format JSON lines, manifest.json and
 * a card. The same input gives the same version, and finds it when it is there.
 * @throws DatasetError when no example is kept
 */
export async function writeDataset(input: DatasetInput & { decided: DecidedDataset }): Promise<BuiltDataset> {
  const { name, split, seed, generation, suites, systemPrompt, source, store, decided } = input;
  const { generated, kept, fates, reasons } = decided;
  if (kept.length === 0) throw new DatasetError(nothingKept(name, generated, reasons));

  const fill = async (folder: string): Promise<string> => {
    const { splits, chat, preferences } = await writeFiles({ folder, examples: input.examples(), fates, systemPrompt });
    const manifest: DatasetManifest = {
      name,
      version: '',
      testDeclares: 'same facts, new wording',
      generated,
      kept: kept.length,
      rejected: reasons,
      documents: source.documents,
      chunks: source.chunks,
      chunksCovered: new Set(kept.flatMap(({ chunkId }) => (chunkId.startsWith(IMPORTED) ? [] : [chunkId]))).size,
      facts: new Set(kept.map(({ factId }) => factId)).size,
      ...(decided.kinds && { kinds: decided.kinds }),
      ...(decided.corrections && { corrections: decided.corrections }),
      personalData: source.personalData,
      instructions: source.instructions,
      suites: Object.fromEntries(suites.map(({ name, questions }) => [name, sha256Of(canonicalJson(questions))])),
      licences: { ...source.licences, documents: source.licences.documents.toSorted() },
      splits,
      chat,
      ...(preferences && { preferences }),
      madeBy: {
        ...input.madeBy,
        judges: Object.fromEntries([...decided.judges].sort(([one], [other]) => (one < other ? -1 : 1))),
        layout: LAYOUT,
        seed,
        target: generation.target,
        split,
        systemPrompt,
        documentsSha256: source.documentsSha256,
        movedFromTest: decided.moved,
      },
    };
    manifest.version = contentHash(manifest).slice(0, 12);
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await writeFile(join(folder, 'README.md'), datasetCard(manifest));
    return manifest.version;
  };
  const { uri } = await store.writeFolder({ kind: `datasets/${name}`, fill });
  return await openDataset({ uri, store });
}

interface ReadWordings {
  generated: number;
  accepted: Wording[];
  /** Counts of those that the judges rejected, by first reason. */
  rejected: Map<string, number>;
  /** Versions of the judges that judged. */
  judges: Map<string, string>;
  corrections: DatasetManifest['corrections'];
}

async function readWordings(examples: AsyncIterable<Example>): Promise<ReadWordings> {
  const read: ReadWordings = {
    generated: 0,
    accepted: [],
    rejected: new Map(),
    judges: new Map(),
    corrections: undefined,
  };
  const seen = new Set<string>();
  for await (const example of examples) {
    const { id, factId, chunkId, kind, verdict, correctionOf } = example;
    if (seen.has(id))
      throw new DatasetError(`two examples have the id ${id}; expected each once. Was a shard counted twice?`);
    seen.add(id);
    read.generated += 1;
    for (const { judge, version } of verdict.judgements) read.judges.set(judge, version);
    if (correctionOf !== undefined) {
      read.corrections ??= { asked: 0, saved: 0 };
      // A second try corrects the first one's correction: one example went back, however often.
      if (!correctionOf.includes('~')) read.corrections.asked += 1;
      if (verdict.decision === 'keep') read.corrections.saved += 1;
    }
    if (verdict.decision === 'keep') read.accepted.push({ id, factId, chunkId, kind, question: wordingOf(example) });
    else count(read.rejected, verdict.reasons[0] ?? missingReason(id));
  }
  return read;
}

/** All that the person says: a last question such as "and for how long?" says little by itself. */
const wordingOf = ({ question, history }: Example): string =>
  [...history.filter(({ role }) => role === 'user').map(({ content }) => content), question].join(' ');

/** How many are kept of what was wanted: of each kind where the config says shares, else in all. */
function countKinds(
  generation: Pick<GenerationConfig, 'target' | 'kinds'>,
  kept: readonly Pick<Wording, 'kind'>[],
): Pick<DecidedDataset, 'missing' | 'kinds'> {
  const wanted = kindQuotas(generation);
  if (!wanted) return { missing: Math.max(0, generation.target - kept.length), kinds: undefined };
  const counts = Map.groupBy(kept, ({ kind }) => kind);
  const kinds = [...wanted].map(([kind, n]) => [kind, { wanted: n, kept: counts.get(kind)?.length ?? 0 }] as const);
  const missing = kinds.reduce((sum, [, { wanted: n, kept: have }]) => sum + Math.max(0, n - have), 0);
  return { missing, kinds: Object.fromEntries(kinds) };
}

type Side = 'train' | 'validation' | 'test';

/** What becomes of each accepted example, by id: a side, or the reason why it is left out. */
function fatesOf(sides: Record<Side, Wording[]>, leftOut: LeftOut<Wording>[]): Map<string, Side | LeftOut<Wording>> {
  const fates = new Map<string, Side | LeftOut<Wording>>();
  for (const side of ['train', 'validation', 'test'] as const) for (const { id } of sides[side]) fates.set(id, side);
  for (const left of leftOut) fates.set(left.row.id, left);
  return fates;
}

async function writeFiles(options: {
  folder: string;
  examples: AsyncIterable<Example>;
  fates: Map<string, Side | LeftOut<Wording>>;
  systemPrompt: string;
}) {
  const { folder, examples, fates, systemPrompt } = options;
  const files = await createDatasetFiles(folder, systemPrompt);
  try {
    for await (const example of examples) {
      const fate = fates.get(example.id);
      if (fate === undefined) await files.append('rejected', example);
      else if (typeof fate === 'string') await files.append(fate, example);
      else await files.append('rejected', rejected(example, fate));
    }
    return await files.close();
  } catch (error) {
    await files.abandon();
    throw error;
  }
}

/** Rejects by their first reason, so that the counts add up to the rejects. Sorted by reason. */
function countReasons(judged: Map<string, number>, leftOut: LeftOut<Wording>[]): Record<string, number> {
  const counts = new Map(judged);
  for (const { reason } of leftOut) count(counts, reason);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const count = (counts: Map<string, number>, reason: string) => void counts.set(reason, (counts.get(reason) ?? 0) + 1);

function missingReason(id: string): never {
  throw new DatasetError(`example ${id} is rejected without a reason; expected one in verdict.reasons`);
}

/**
 * Reads a version's manifest. Its files are checked against their hashes when they are read.
 * @throws ArtifactError when the manifest is missing, malformed or not what its version says
 */
export async function openDataset({ uri, store }: { uri: string; store: ArtifactStore }): Promise<BuiltDataset> {
  const path = join(store.pathOf(uri), 'manifest.json');
  let manifest: DatasetManifest;
  try {
    manifest = DatasetManifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new ArtifactError(`dataset manifest ${path} can't be read; build the dataset again`, { cause });
  }
  const sha256 = contentHash(manifest);
  const version = sha256.slice(0, 12);
  if (manifest.version !== version) {
    throw new ArtifactError(
      `${path} was changed after it was written: its content is version ${version}, it says ${manifest.version}`,
    );
  }
  const absolute = <Name extends string>(refs: Record<Name, DataRef>) =>
    Object.fromEntries(
      Object.entries<DataRef>(refs).map(([name, ref]) => [name, { ...ref, uri: `${uri}/${ref.uri}` }]),
    ) as Record<Name, DataRef>;
  if (!manifest.chat) throw new ArtifactError(`${path}: no chat files; build the dataset again`);
  const chat = absolute(manifest.chat);
  const preferences = manifest.preferences && absolute({ all: manifest.preferences }).all;
  return {
    uri,
    version,
    sha256,
    manifest: { ...manifest, ...(preferences && { preferences }), splits: absolute(manifest.splits), chat },
    chat,
  };
}

/** Over everything but the version itself. References on disk are relative, so a folder's place doesn't count. */
const contentHash = ({ version: _version, ...content }: DatasetManifest) => sha256Of(canonicalJson(content));

function assertNothingLost(counts: { generated: number; kept: number; reasons: Record<string, number> }): void {
  const { generated, kept, reasons } = counts;
  const rejected = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  if (generated === kept + rejected) return;
  throw new DatasetError(
    `${generated} examples were generated, but ${kept} kept and ${rejected} rejected: some were lost`,
  );
}

function nothingKept(name: string, generated: number, reasons: Record<string, number>): string {
  if (generated === 0)
    return `dataset ${name}: no example was generated. Fix: give documents with plain sentences, or another teacher.`;
  const counts = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return (
    `dataset ${name}: none of ${generated} generated examples was kept; rejected by ${counts.join(', ')}. ` +
    `Fix: read some rejects, then correct the documents, the teacher or the judges.`
  );
}
