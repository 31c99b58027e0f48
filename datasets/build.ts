import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SplitConfig } from '../configs/schema.ts';
import { datasetCard } from './card.ts';
import { dedupeExamples } from './dedupe.ts';
import { canonicalJson } from './canonical-json.ts';
import { sha256Of, sha256OfFile } from './hash.ts';
import { writeExamples } from './parquet.ts';
import { countRejected } from './reject.ts';
import { DatasetManifestSchema, SplitNameSchema, type DataRef, type DatasetManifest, type Example } from './schema.ts';
import { splitExamples } from './split.ts';
import { ArtifactError, DatasetError, type ArtifactStore } from './types.ts';

/** Changes when the same examples would be laid out otherwise: part of a version's hash. */
const LAYOUT = 1;

export interface DatasetInput {
  name: string;
  /** Everything that was generated, judged: kept and rejected. */
  examples: Example[];
  split: SplitConfig;
  seed: number;
  /** Examples wanted over all splits. */
  target: number;
  /** Goes before every chat example; none when empty. */
  systemPrompt: string;
  /** What the examples were made from: counts, the hash of the document set, the documents' licences. */
  source: { documents: number; documentsSha256: string; chunks: number; licences: string[] };
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

/**
 * Removes duplicates, splits, and keeps the dataset as the immutable folder `datasets/<name>/<version>`: Parquet splits,
 * chat-format JSON lines, manifest.json and a card. The same input gives the same version, and finds it when it is there.
 * @throws DatasetError when no example is kept, or two share an id
 */
export async function buildDataset(input: DatasetInput): Promise<BuiltDataset> {
  const { name, examples, split, seed, target, systemPrompt, source, store } = input;
  assertUniqueIds(examples);
  const accepted = examples.filter(({ verdict }) => verdict.decision === 'keep');
  const unique = dedupeExamples({ examples: accepted, nearDuplicate: split.nearDuplicate });
  const { train, validation, test, ...capped } = splitExamples({ examples: unique.kept, split, seed, target });
  const kept = [...train, ...validation, ...test];
  const rejected = examples
    .filter(({ verdict }) => verdict.decision === 'reject')
    .concat(unique.rejected, capped.rejected)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const reasons = countRejected(rejected);
  assertNothingLost({ generated: examples.length, kept: kept.length, reasons });
  if (kept.length === 0) throw new DatasetError(nothingKept(name, examples.length, reasons));

  const folder = await mkdtemp(join(tmpdir(), 'whetstone-dataset-'));
  try {
    const splits = { train, validation, test, rejected };
    const manifest: DatasetManifest = {
      name,
      version: '',
      testDeclares: 'same facts, new wording',
      generated: examples.length,
      kept: kept.length,
      rejected: reasons,
      documents: source.documents,
      chunks: source.chunks,
      chunksCovered: new Set(kept.map(({ chunkId }) => chunkId)).size,
      facts: new Set(kept.map(({ factId }) => factId)).size,
      splits: await writeSplits(folder, splits),
      chat: await writeChats(folder, { train, validation }, systemPrompt),
      madeBy: {
        ...input.madeBy,
        layout: LAYOUT,
        seed,
        target,
        split,
        systemPrompt,
        documentsSha256: source.documentsSha256,
        licences: source.licences.toSorted(),
        movedFromTest: capped.moved,
      },
    };
    manifest.version = contentHash(manifest).slice(0, 12);
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await writeFile(join(folder, 'README.md'), datasetCard(manifest));
    const { uri } = await store.addFolder({ kind: `datasets/${name}`, path: folder, name: manifest.version });
    return await openDataset({ uri, store });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
  return { uri, version, sha256, manifest: { ...manifest, splits: absolute(manifest.splits), chat }, chat };
}

/** Over everything but the version itself. References on disk are relative, so a folder's place doesn't count. */
const contentHash = ({ version: _version, ...content }: DatasetManifest) => sha256Of(canonicalJson(content));

async function writeSplits(folder: string, splits: Record<keyof DatasetManifest['splits'], Example[]>) {
  await mkdir(join(folder, 'data'));
  const refs: Partial<DatasetManifest['splits']> = {};
  for (const split of SplitNameSchema.options) {
    const uri = `data/${split}.parquet`;
    const rows = await writeExamples({ path: join(folder, uri), examples: splits[split] });
    refs[split] = { uri, sha256: await sha256OfFile(join(folder, uri)), rows };
  }
  return refs as DatasetManifest['splits'];
}

async function writeChats(folder: string, splits: Record<'train' | 'validation', Example[]>, systemPrompt: string) {
  await mkdir(join(folder, 'chat'));
  const write = async (split: 'train' | 'validation'): Promise<DataRef> => {
    const uri = `chat/${split}.jsonl`;
    const lines = splits[split].map((example) => `${JSON.stringify(chatOf(example, systemPrompt))}\n`).join('');
    await writeFile(join(folder, uri), lines);
    return { uri, sha256: sha256Of(lines), rows: splits[split].length };
  };
  return { train: await write('train'), validation: await write('validation') };
}

function chatOf({ question, answer }: Example, systemPrompt: string) {
  const system = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return { messages: [...system, { role: 'user', content: question }, { role: 'assistant', content: answer }] };
}

function assertUniqueIds(examples: Example[]): void {
  const seen = new Set<string>();
  for (const { id } of examples) {
    if (seen.has(id))
      throw new DatasetError(`two examples have the id ${id}; expected each once. Was a shard counted twice?`);
    seen.add(id);
  }
}

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
