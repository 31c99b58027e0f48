import { InferenceClient } from '@huggingface/inference';
import { z } from 'zod';
import type { RemoteModelSpec } from '../../configs/schema.ts';
import { readApiKey, type Keys } from '../chat/api-key.ts';
import { openAiServer } from '../chat/openai.ts';
import { parsedBody, unusable, usageOf } from '../chat/completion-reply.ts';
import { withDeadline } from '../../common/deadline.ts';
import { mapProviderError } from '../chat/error-mapping.ts';
import { lightFetch } from '../chat/light-fetch.ts';
import { serverName } from '../chat/remote-chat.ts';
import type { EmbeddingModel } from '../../contract/ports.ts';

const HUGGING_FACE = 'https://router.huggingface.co';
const VectorSchema = z.array(z.number()).min(1);
const EmbeddingsSchema = z.object({ data: z.array(z.object({ embedding: VectorSchema })).min(1) });

/**
 * A model that turns texts into vectors, over the OpenAI protocol or Hugging Face's.
 * @throws ProviderError `authentication` when a key is missing, or may not go to that server
 */
export function createEmbeddingModel(spec: RemoteModelSpec, keys: Keys): EmbeddingModel {
  const { server, secrets, embed } = spec.provider === 'openai' ? openAi(spec, keys) : huggingFace(spec, keys);
  const subject = `${spec.provider} embedding model '${spec.model}' at ${server}`;
  return {
    provider: spec.provider,
    model: spec.model,
    concurrency: spec.concurrency,
    settings: { server, kind: 'embedding' },
    rates: { requestsPerMinute: spec.requestsPerMinute, tokensPerMinute: spec.tokensPerMinute },
    ...(spec.prices && { prices: spec.prices }),
    timeoutMs: spec.timeoutMs,
    async embed(texts, signal) {
      try {
        const work = (deadline: AbortSignal) => embed(texts, deadline);
        const { vectors: found, tokens } = await withDeadline({ timeoutMs: spec.timeoutMs, signal, work });
        const vectors = z.array(VectorSchema).length(texts.length).parse(found);
        return { vectors: vectors.map((vector) => Float32Array.from(vector)), inputTokens: tokens };
      } catch (error) {
        if (signal?.aborted) throw error;
        throw mapProviderError({ error, subject, secrets, nowMs: Date.now() });
      }
    },
  };
}

/** One text goes as it is: some servers know no lists. */
const oneOrMany = ([first = '', ...rest]: readonly string[]) => (rest.length > 0 ? [first, ...rest] : first);

interface Embedder {
  server: string;
  secrets: string[];
  embed: (texts: readonly string[], signal: AbortSignal) => Promise<{ vectors: unknown; tokens: number }>;
}

function openAi(spec: Extract<RemoteModelSpec, { provider: 'openai' }>, keys: Keys): Embedder {
  const { server, apiKey, client: connect } = openAiServer(spec, keys);
  const client = connect({ fetch: lightFetch });
  const secrets = apiKey ? [apiKey] : [];
  return {
    server,
    secrets,
    embed: async (texts, signal) => {
      const body = { model: spec.model, input: oneOrMany(texts), encoding_format: 'float' as const };
      const answer = parsedBody(await (await client.embeddings.create(body, { signal }).asResponse()).text());
      const read = EmbeddingsSchema.safeParse(answer);
      if (!read.success) {
        const problem =
          'the answer is no list of embeddings: check that the address is that of a server that makes them';
        throw unusable(answer, { subject: `embedding model '${spec.model}' at ${server}`, secrets, problem });
      }
      return { vectors: read.data.data.map(({ embedding }) => embedding), tokens: usageOf(answer).inputTokens };
    },
  };
}

function huggingFace(spec: Extract<RemoteModelSpec, { provider: 'huggingface' }>, keys: Keys): Embedder {
  const url = spec.endpointUrl ?? HUGGING_FACE;
  const server = serverName(url);
  const subject = `huggingface embedding model '${spec.model}' at ${server}`;
  const token = readApiKey({ keys, variable: spec.apiKeyEnv ?? 'HF_TOKEN', subject, url });
  const client = new InferenceClient(token, spec.endpointUrl ? { endpointUrl: spec.endpointUrl } : {});
  return {
    server,
    secrets: token ? [token] : [],
    embed: async (texts, signal) => {
      const provider = spec.endpointUrl ? {} : { provider: spec.inferenceProvider as 'auto' };
      const asked = { model: spec.model, inputs: oneOrMany(texts), ...provider };
      const found = await client.featureExtraction(asked, { signal });
      // One text's vector, or a list of them.
      return { vectors: Array.isArray(found[0]) ? found : [found], tokens: 0 };
    },
  };
}
