import { sha256Of } from '../../common/hash.ts';
import type { EmbeddingSpec } from '../../configs/retrieval-schema.ts';
import type { EmbeddingModel } from '../../contract/ports.ts';
import { RetrievalError, type Indexer, type Presence } from '../../contract/retrieval.ts';
import type { EmbeddingRef } from '../../schema/retrieval.ts';
import type { IndexStore } from '../store/store.ts';
import { partsOf } from '../store/parts.ts';
import { searchedText } from '../store/text.ts';
import { checked } from './embed.ts';

/** So many texts are lost, at most, to the death of the process. */
const TEXTS_AT_ONCE = 16;
const HASHES_AT_ONCE = 5_000;

export interface IndexerMeans {
  store: IndexStore;
  /** The model of a config, and what is known of it. Its dimensions are those of its vectors where they are not known before. */
  embeddingOf: (spec: EmbeddingSpec) => {
    model: EmbeddingModel;
    ref: Omit<EmbeddingRef, 'dimensions'>;
    dimensions?: number;
  };
}

/** Fills the indexes of a store: texts without a vector are embedded, then one transaction makes the snapshot. */
export function createIndexer({ store, embeddingOf }: IndexerMeans): Indexer {
  return {
    async index({ name, passages, embedding: spec, presence }, { onProgress, signal, paidOnce } = {}) {
      const { model: asked, ref, dimensions } = embeddingOf(spec);
      const model = asked.free || !paidOnce ? asked : paidOnce(asked);
      const embedding: EmbeddingRef = { ...ref, dimensions: dimensions ?? (await dimensionsOf(model, signal)) };
      await store.check(name, embedding);
      const texts = new Map(passages.map((passage) => textOf(passage)));
      const hashes = [...texts.keys()];
      const missing: string[] = [];
      for (const part of partsOf(hashes, HASHES_AT_ONCE)) missing.push(...(await store.missing(embedding, part)));
      // Those of one length together, for models that pad.
      missing.sort((a, b) => texts.get(a)!.length - texts.get(b)!.length || (a < b ? -1 : 1));
      let done = hashes.length - missing.length;
      onProgress?.(done, hashes.length);
      for (const part of partsOf(missing, TEXTS_AT_ONCE)) {
        signal?.throwIfAborted();
        const { vectors } = await model.embed(
          part.map((hash) => texts.get(hash)!),
          signal,
        );
        const kept = part.map((textSha256, at) => ({ textSha256, vector: checked(vectors[at]!, embedding) }));
        await store.keep(embedding, kept);
        onProgress?.((done += part.length), hashes.length);
      }
      signal?.throwIfAborted();
      return store.replace({ name, embedding, passages, seen: presence && (await seenBy(store, name, presence)) });
    },
    async vectors(embedding, passages) {
      const hashes = passages.map((passage) => textOf(passage)[0]);
      const found = await store.vectors(embedding, [...new Set(hashes)]);
      return hashes.map((hash, i) => {
        const vector = found.get(hash);
        if (vector) return vector;
        throw new RetrievalError(`passage ${passages[i]!.id}: its vector is not there. Fix: index again`);
      });
    },
  };
}

/** What became of the documents that the index knows. */
async function seenBy(store: IndexStore, name: string, { present, fateOf }: Presence) {
  const placeOf = ({ location, record = '' }: { location: string; record?: string | undefined }) =>
    `${location}\0${record}`;
  const found = new Set(present.map(placeOf));
  const gone: number[] = [];
  for (const known of await store.documents(name))
    if (!found.has(placeOf(known)) && (await fateOf(known)) === 'gone') gone.push(known.id);
  return { present, gone };
}

function textOf(passage: Parameters<typeof searchedText>[0]): [string, string] {
  const text = searchedText(passage);
  return [sha256Of(text), text];
}

async function dimensionsOf(model: EmbeddingModel, signal?: AbortSignal): Promise<number> {
  const { vectors } = await model.embed(['How long is a vector?'], signal);
  return vectors[0]!.length;
}
