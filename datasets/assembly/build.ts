import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../common/canonical-json.ts';
import { datasetCard } from '../files/card.ts';
import { Coverage } from './coverage.ts';
import { createDatasetFiles } from '../files/dataset-files.ts';
import type { DatasetInput, DecidedDataset } from './decide.ts';
import { sha256Of } from '../../common/hash.ts';
import { rejected } from '../../schema/reject.ts';
import type { DataRef, Example } from '../../schema/data.ts';
import { DatasetManifestSchema, type DatasetManifest } from '../../schema/manifest.ts';
import { writeSkipped } from './skipped-file.ts';
import { ArtifactError, ArtifactsUnreachableError, DatasetError } from '../../common/errors.ts';
import { shownUri } from '../../artifacts/place.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

/** Changes when the same examples would be laid out otherwise: part of a version's hash. */
const LAYOUT = 6;

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
 * Keeps a dataset as the immutable folder `datasets/<name>/<version>`: Parquet splits, chat-format JSON lines, manifest.json and
 * a card. The same input gives the same version, and finds it when it is there.
 * @throws DatasetError when no example is kept
 */
export async function writeDataset(input: DatasetInput & { decided: DecidedDataset }): Promise<BuiltDataset> {
  const { name, split, seed, generation, suites, systemPrompt, source, store, decided } = input;
  const { generated, kept, reasons } = decided;
  const { panels, cascades } = decided.judging;
  if (kept.length === 0) {
    const rejects =
      generated > 0 ? await store.writeJsonLines({ kind: 'rejects', rows: allRejected(input) }) : undefined;
    throw new DatasetError(nothingKept({ name, generated, reasons, rejects: rejects && shownUri(rejects.uri) }));
  }

  const imports: Record<string, number> = {};
  for (const { importedFrom } of kept)
    if (importedFrom !== undefined) imports[importedFrom] = (imports[importedFrom] ?? 0) + 1;

  const fill = async (folder: string): Promise<string> => {
    const { splits, chat, preferences, skipped, counts } = await writeFiles({ folder, input });
    const manifest: DatasetManifest = {
      name,
      version: '',
      testDeclares: 'same facts, new wording',
      generated,
      kept: kept.length,
      rejected: reasons,
      documents: source.documents,
      chunks: source.chunks,
      chunksCovered: new Set(kept.flatMap(({ chunkId, importedFrom }) => (importedFrom === undefined ? [chunkId] : [])))
        .size,
      facts: new Set(kept.map(({ factId }) => factId)).size,
      ...counts,
      skipped,
      ...(decided.kinds && { kinds: decided.kinds }),
      ...(Object.keys(imports).length > 0 && { imports }),
      ...(decided.corrections && { corrections: decided.corrections }),
      ...(Object.keys(panels).length > 0 && { panels }),
      ...(Object.keys(cascades).length > 0 && { cascades }),
      personalData: source.personalData,
      ...(source.personalDataRule && { personalDataRule: source.personalDataRule }),
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

/** Writes every example to its file, and every statement of the documents that no kept one rests on. */
async function writeFiles({ folder, input }: { folder: string; input: DatasetInput & { decided: DecidedDataset } }) {
  const { examples, passages, teacherSkips, systemPrompt, decided } = input;
  const coverage = new Coverage();
  for await (const passage of passages()) coverage.addPassage(passage);
  const files = await createDatasetFiles(folder, systemPrompt);
  try {
    for await (const example of examples()) {
      const fate = decided.fates.get(example.id);
      const side = typeof fate === 'string' ? fate : 'rejected';
      await files.append(side, typeof fate === 'object' ? rejected(example, fate) : example);
      const reason = typeof fate === 'object' ? fate.reason : example.verdict.reasons[0];
      coverage.addExample(example, side === 'rejected' ? reason : undefined);
    }
    for await (const skip of teacherSkips()) coverage.addSkip(skip);
    const skipped = await writeSkipped({ folder, passages: passages(), coverage });
    return { ...(await files.close()), skipped, counts: coverage.counts() };
  } catch (error) {
    await files.abandon();
    throw error;
  }
}

/**
 * Reads a version's manifest. Its files are checked against their hashes when they are read.
 * @throws ArtifactError when the manifest is missing, malformed or not what its version says
 */
export async function openDataset({ uri, store }: { uri: string; store: ArtifactStore }): Promise<BuiltDataset> {
  const place = `${uri}/manifest.json`;
  const path = shownUri(place);
  let raw: DatasetManifest;
  let manifest: DatasetManifest;
  try {
    raw = JSON.parse(await store.readText(place)) as DatasetManifest;
  } catch (cause) {
    if (cause instanceof ArtifactsUnreachableError) throw cause;
    throw unreadable(path, cause);
  }
  const sha256 = contentHash(raw);
  const version = sha256.slice(0, 12);
  if (raw.version !== version) {
    throw new ArtifactError(
      `${path} was changed after it was written: its content is version ${version}, it says ${raw.version}`,
    );
  }
  try {
    manifest = DatasetManifestSchema.parse(raw);
  } catch (cause) {
    throw unreadable(path, cause);
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
    manifest: {
      ...manifest,
      ...(preferences && { preferences }),
      splits: absolute(manifest.splits),
      chat,
      skipped: absolute({ all: manifest.skipped }).all,
    },
    chat,
  };
}

const unreadable = (path: string, cause: unknown) =>
  new ArtifactError(`dataset manifest ${path} can't be read; build the dataset again`, { cause });

/** Over everything but the version itself. References on disk are relative, so a folder's place doesn't count. */
const contentHash = ({ version: _version, ...content }: DatasetManifest) => sha256Of(canonicalJson(content));

async function* allRejected({
  examples,
  decided,
}: DatasetInput & { decided: DecidedDataset }): AsyncGenerator<Example> {
  for await (const example of examples()) {
    const fate = decided.fates.get(example.id);
    yield typeof fate === 'object' ? rejected(example, fate) : example;
  }
}

function nothingKept(input: {
  name: string;
  generated: number;
  reasons: Record<string, number>;
  rejects: string | undefined;
}): string {
  const { name, generated, reasons, rejects } = input;
  if (generated === 0)
    return `dataset ${name}: no example was generated. Fix: give documents with plain sentences, or another teacher.`;
  const counts = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return (
    `dataset ${name}: none of ${generated} generated examples was kept; rejected by ${counts.join(', ')}. ` +
    `Fix: read some of them in ${rejects}, then correct the documents, the teacher or the judges.`
  );
}
