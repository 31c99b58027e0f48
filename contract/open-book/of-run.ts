import type { PromptCandidate, RunConfig } from '../../configs/schema.ts';
import type { RetrievalConfig } from '../../configs/retrieval-schema.ts';
import type { IndexRef, OpenBook } from '../../schema/retrieval.ts';
import type { ServedAs } from '../../schema/served-as.ts';

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

/** How a candidate would serve: as the config says, unless it has a prompt of its own. Undefined where it answers by itself, so. */
export function candidateServing(
  { candidates, serving }: Pick<RunConfig, 'candidates' | 'serving'>,
  name: string,
  openBook: OpenBook | undefined,
): ServedAs | undefined {
  if (!openBook) return undefined;
  const candidate = candidates.find((one) => one.name === name);
  return candidate?.provider === 'prompt'
    ? promptServing({ ...serving, openBook }, candidate.prompt)
    : { ...serving, openBook };
}

/** A way to serve under a prompt: its instructions in place of the system prompt, its examples before the conversation. */
export function promptServing(
  servedAs: ServedAs & { openBook: OpenBook },
  prompt: PromptCandidate['prompt'],
): ServedAs {
  if (typeof prompt === 'string') throw new Error(`prompt ${prompt} was not read in`);
  const { systemPrompt, examples } = prompt;
  const { examples: _before, ...openBook } = servedAs.openBook;
  return { ...servedAs, systemPrompt, openBook: { ...openBook, ...(examples.length > 0 && { examples }) } };
}
