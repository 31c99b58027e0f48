import type { ArtifactStore } from '../../artifacts/store.ts';
import { LayersManifestSchema, GoldRowSchema, type GoldRow, type LayersManifest } from '../../schema/layers.ts';
import type { DataRef } from '../../schema/data.ts';
import { sameModel, type EmbeddingRef, type IndexedPassage } from '../../schema/retrieval.ts';
import { readParquet } from '../../tables/parquet.ts';
import type { ParquetRow } from '../../tables/parquet-columns.ts';
import { columnsOf } from '../../tables/schema-columns.ts';
import { keepManifest, kindOf, writeTable } from './keep-layers.ts';

const ROWS_AT_ONCE = 256;

/**
 * Adds to the table of passages the vectors that an index has of them. What has those of this model already stays as it is.
 * @param vectorsOf of passages, in their order; nothing is embedded for it
 */
export async function addVectors(options: {
  artifacts: ArtifactStore;
  layers: DataRef;
  embedding: EmbeddingRef;
  vectorsOf: (passages: readonly IndexedPassage[]) => Promise<Float32Array[]>;
}): Promise<DataRef> {
  const { artifacts, layers, embedding, vectorsOf } = options;
  const before = LayersManifestSchema.parse(JSON.parse(await artifacts.readText(layers.uri)));
  if (before.embedding && sameModel(before.embedding, embedding)) return layers;
  const columns = columnsOf(GoldRowSchema);
  const path = await artifacts.localFile(before.gold);
  async function* rows(): AsyncGenerator<ParquetRow> {
    let part: GoldRow[] = [];
    async function* withVectors() {
      const vectors = await vectorsOf(part.map(passageIn));
      for (const [i, row] of part.entries()) yield { ...row, embedding: vectors[i]! };
      part = [];
    }
    for await (const row of readParquet({ path, columns })) {
      part.push(row as GoldRow);
      if (part.length === ROWS_AT_ONCE) yield* withVectors();
    }
    yield* withVectors();
  }
  const gold = await writeTable({
    artifacts,
    kind: kindOf(before.name),
    columns: { ...columns, embedding: { type: 'float', list: true } },
    rows: rows(),
  });
  const made: LayersManifest = { ...before, gold, embedding };
  return (await keepManifest({ artifacts, made, last: before, rows: layers.rows })).ref;
}

const passageIn = ({ tokens: _tokens, groups, places, ...row }: GoldRow): IndexedPassage => ({
  ...row,
  ...(groups.length > 0 && { groups }),
  ...(places.length > 0 && { places }),
});
