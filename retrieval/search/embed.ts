import { ofLengthOne } from '../../common/vectors.ts';
import type { EmbeddingModel } from '../../contract/ports.ts';
import { RetrievalError } from '../../contract/retrieval.ts';
import type { EmbeddingRef } from '../../schema/retrieval.ts';

/** Sentences and questions come again: some megabytes of them are kept. */
const MOST_KEPT = 4096;

/** Vectors of length one, of the length that an index has; those of the last texts are kept. */
export type Embed = (texts: readonly string[], signal?: AbortSignal) => Promise<Float32Array[]>;

/** @throws RetrievalError where the model gives vectors of another length than it did for the index */
export function rememberingEmbed(model: EmbeddingModel, ref: EmbeddingRef): Embed {
  const kept = new Map<string, Float32Array>();
  return async (texts, signal) => {
    const missing = [...new Set(texts)].filter((text) => !kept.has(text));
    const vectors = missing.length > 0 ? (await model.embed(missing, signal)).vectors : [];
    const fresh = new Map(missing.map((text, at) => [text, checked(vectors[at]!, ref)]));
    return texts.map((text) => {
      const vector = fresh.get(text) ?? kept.get(text)!;
      kept.delete(text);
      kept.set(text, vector);
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
      return vector;
    });
  };
}

/** A vector at length one. */
export function checked(vector: Float32Array, { provider, model, dimensions }: EmbeddingRef): Float32Array {
  if (vector.length !== dimensions)
    throw new RetrievalError(
      `embedding model ${provider} ${model}: found vectors of ${vector.length} numbers, expected ${dimensions}, as it gave before. Fix: see which model its server has under that name now`,
    );
  return ofLengthOne(vector);
}
