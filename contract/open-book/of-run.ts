import type { RetrievalConfig } from '../../configs/retrieval-schema.ts';
import type { IndexRef, OpenBook } from '../../schema/retrieval.ts';

/** How a run's candidates answer from the documents: by its config, out of the snapshot that it made of them. */
export function openBookOf({ retrieval, index }: { retrieval: RetrievalConfig; index: IndexRef }): OpenBook {
  const { index: _name, embedding: _embedding, reranker, ...asked } = retrieval;
  return { ...asked, index, ...(reranker && { reranker: rerankerOf(reranker) }) };
}

/** Which model, and where it is asked; how it is asked is a chat model's affair. */
function rerankerOf(spec: NonNullable<RetrievalConfig['reranker']>): NonNullable<OpenBook['reranker']> {
  const { model, apiKeyEnv } = spec;
  const key = apiKeyEnv !== undefined && { apiKeyEnv };
  if (spec.provider === 'openai')
    return { provider: 'openai', model, ...(spec.baseUrl !== undefined && { baseUrl: spec.baseUrl }), ...key };
  const { inferenceProvider, endpointUrl } = spec;
  return {
    provider: 'huggingface',
    model,
    inferenceProvider,
    ...(endpointUrl !== undefined && { endpointUrl }),
    ...key,
  };
}
