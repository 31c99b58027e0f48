import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sha256Of } from '../../common/hash.ts';
import { ArtifactError } from '../../common/errors.ts';
import type { ArtifactStore, StoredArtifact } from '../../artifacts/store.ts';
import { columnsOf } from '../../tables/schema-columns.ts';
import { readParquet, writeParquet } from '../../tables/parquet.ts';
import type { Columns, ParquetRow } from '../../tables/parquet-columns.ts';
import type { Chunk, DataRef, Document } from '../../schema/data.ts';
import {
  BronzeRowSchema,
  GoldRowSchema,
  LayersManifestSchema,
  SilverRowSchema,
  type BronzeRow,
  type LayersManifest,
} from '../../schema/layers.ts';
import { goldRow, silverRow } from './rows.ts';
import type { Cuts } from './cuts.ts';
import type { Readings } from './readings.ts';
import { readerOf } from '../readers/readers.ts';

export const kindOf = (name: string) => `layers/${name}`;

/** The manifest of a model's documents when they were last read; undefined where there is none that can be read. */
export async function lastLayers(artifacts: ArtifactStore, name: string): Promise<LayersManifest | undefined> {
  let newest: StoredArtifact | undefined;
  for await (const found of artifacts.list(kindOf(name)))
    if (found.state === 'whole' && found.uri.endsWith('.json') && found.writtenAt > (newest?.writtenAt ?? ''))
      newest = found;
  if (!newest) return undefined;
  try {
    return LayersManifestSchema.parse(JSON.parse(await artifacts.readText(newest.uri)));
  } catch {
    // It only says what need not be read again.
    return undefined;
  }
}

/** Keeps what the documents are as bytes, text and passages. What is as it was is named as it was. */
export async function keepLayers(options: {
  name: string;
  artifacts: ArtifactStore;
  /** As they were read, personal data dealt with. */
  documents: readonly Document[];
  /** All that an index may have. */
  chunks: readonly Chunk[];
  readings: Readings;
  cuts?: Pick<Cuts, 'all'>;
  /** Those of before, as `lastLayers` found them. */
  last?: LayersManifest | undefined;
  /** Whether vectors of the passages may be in gold: those of before stay, where the passages are as they were. */
  hasIndex?: boolean;
}): Promise<{ manifest: LayersManifest; ref: DataRef }> {
  const { name, artifacts, documents, chunks, readings, cuts, last, hasIndex = false } = options;
  const kind = kindOf(name);
  const byId = new Map(documents.map((document) => [document.id, document]));
  const table = (columns: Parameters<typeof columnsOf>[0], rows: Iterable<ParquetRow>) =>
    writeTable({ artifacts, kind, columns: columnsOf(columns), rows });
  const gold = chunks.flatMap((chunk) => {
    const document = byId.get(chunk.documentId);
    return document ? [goldRow(chunk, document)] : [];
  });
  const passages = hashOfRows(gold);
  const isAsBefore = last?.passages === passages && (hasIndex || !last.embedding);
  const kept = isAsBefore && (await isThere(artifacts, kind, last.gold)) ? last : undefined;
  const made: LayersManifest = {
    name,
    bronze: await table(BronzeRowSchema, await bronzeRows(documents, readings)),
    silver: await table(SilverRowSchema, documents.map(silverRow)),
    gold: kept?.gold ?? (await table(GoldRowSchema, gold)),
    ...(kept?.embedding && { embedding: kept.embedding }),
    passages,
    readings: await artifacts.writeJsonLines({ kind: `readings/${name}`, rows: await readings.all() }),
    ...(cuts && { cuts: await artifacts.writeJsonLines({ kind: `cuts/${name}`, rows: cuts.all() }) }),
  };
  return keepManifest({ artifacts, made, last, rows: documents.length });
}

/** Keeps a manifest as the newest one. */
export async function keepManifest(options: {
  artifacts: Pick<ArtifactStore, 'addBytes'>;
  made: LayersManifest;
  last: LayersManifest | undefined;
  /** Documents. */
  rows: number;
}): Promise<{ manifest: LayersManifest; ref: DataRef }> {
  const { artifacts, last, rows } = options;
  const { after: _after, ...made } = options.made;
  // Tables that come back after others are the newest all the same.
  const { after, ...before } = last ?? {};
  const isSame = isDeepStrictEqual(before, made);
  const manifest = { ...made, ...(last && { after: isSame ? after : hashOf(last) }) };
  const bytes = bytesOf(manifest);
  return { manifest, ref: await artifacts.addBytes({ kind: kindOf(made.name), bytes, ending: '.json', rows }) };
}

/** In the order of the schema, whoever made it. */
const bytesOf = (manifest: LayersManifest) =>
  Buffer.from(`${JSON.stringify(LayersManifestSchema.parse(manifest), null, 2)}\n`);
async function isThere(artifacts: Pick<ArtifactStore, 'list'>, kind: string, { uri }: DataRef): Promise<boolean> {
  for await (const found of artifacts.list(kind)) if (found.uri === uri) return found.state === 'whole';
  return false;
}

function hashOfRows(rows: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${JSON.stringify(row)}\n`);
  return hash.digest('hex');
}
const hashOf = (manifest: LayersManifest) => sha256Of(bytesOf(manifest));

/** The documents of a manifest, and where their bytes are kept. */
export async function bronzeOf(
  artifacts: Pick<ArtifactStore, 'localFile'>,
  { bronze }: Pick<LayersManifest, 'bronze'>,
): Promise<BronzeRow[]> {
  const path = await artifacts.localFile(bronze);
  const rows: BronzeRow[] = [];
  for await (const row of readParquet({ path, columns: columnsOf(BronzeRowSchema) })) rows.push(row as BronzeRow);
  return rows;
}

async function bronzeRows(documents: readonly Document[], readings: Readings): Promise<BronzeRow[]> {
  const rows: BronzeRow[] = [];
  for (const { id, uri: source, sha256, format = 'markdown' } of documents) {
    const kept = await readings.kept({ sha256, format });
    if (!kept) throw new ArtifactError(`document ${id} was not read here; expected readings of all documents`);
    const { uri, bytes } = kept;
    rows.push({ id, source, uri, sha256, bytes, format, reader: readerOf(format).version });
  }
  return rows;
}

export async function writeTable(options: {
  artifacts: ArtifactStore;
  kind: string;
  columns: Columns;
  rows: Iterable<ParquetRow> | AsyncIterable<ParquetRow>;
}): Promise<DataRef> {
  const { artifacts, kind, columns, rows } = options;
  const folder = await mkdtemp(join(tmpdir(), 'whetstone-layers-'));
  try {
    const path = join(folder, 'table.parquet');
    const count = await writeParquet({ path, columns, rows });
    return await artifacts.addFile({ kind, path, rows: count });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
