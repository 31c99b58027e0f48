import { RemoteModelSchema, type RemoteModelSpec } from '../../configs/schema.ts';
import type { EmbeddingSpec } from '../../configs/retrieval-schema.ts';
import type { EmbeddingModel } from '../../contract/ports.ts';
import { BUILTIN_EMBEDDING } from '../../schema/builtin-embedding.ts';
import type { EmbeddingRef } from '../../schema/retrieval.ts';
import type { Keys } from '../chat/api-key.ts';
import { createBuiltinEmbedding, type BuiltinEmbedding } from './builtin/model.ts';
import type { ModelPlace } from './builtin/files.ts';
import { createEmbeddingModel } from './embedding.ts';

/** Where a vector comes from, of a config's model or of an index's. */
export interface Embeddings {
  ofSpec(spec: EmbeddingSpec): { model: EmbeddingModel; ref: Omit<EmbeddingRef, 'dimensions'>; dimensions?: number };
  /** @throws ProviderError `authentication` when a key is missing, or may not go to that server */
  ofRef(ref: EmbeddingRef): EmbeddingModel;
  close(): Promise<void>;
}

export function createEmbeddings({ keys, place }: { keys: Keys; place: ModelPlace }): Embeddings {
  let builtin: BuiltinEmbedding | undefined;
  const embedded = () => (builtin ??= createBuiltinEmbedding(place));
  return {
    ofSpec: (spec) => {
      if (spec === 'builtin') {
        const { dimensions, ...ref } = BUILTIN_EMBEDDING;
        return { model: embedded(), ref, dimensions };
      }
      return { model: createEmbeddingModel(spec, keys), ref: refOf(spec) };
    },
    ofRef: (ref) => (ref.provider === 'builtin' ? embedded() : createEmbeddingModel(specOf(ref), keys)),
    close: async () => builtin?.close(),
  };
}

/** What an index says of the model that made it. */
function refOf(spec: RemoteModelSpec): Omit<EmbeddingRef, 'dimensions'> {
  const { provider, model, apiKeyEnv } = spec;
  const key = apiKeyEnv !== undefined && { apiKeyEnv };
  if (spec.provider === 'openai') return { provider, model, ...(spec.baseUrl && { baseUrl: spec.baseUrl }), ...key };
  const { endpointUrl, inferenceProvider } = spec;
  return {
    provider,
    model,
    ...(endpointUrl !== undefined && { endpointUrl }),
    ...(inferenceProvider !== undefined && { inferenceProvider }),
    ...key,
  };
}

/** The same as a config would say it. */
export function specOf(ref: Omit<EmbeddingRef, 'dimensions' | 'sha256'>): RemoteModelSpec {
  const { provider, model, baseUrl, endpointUrl, inferenceProvider, apiKeyEnv } = ref;
  const said = { provider, model, baseUrl, endpointUrl, inferenceProvider, apiKeyEnv };
  return RemoteModelSchema.parse(Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)));
}
