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
import type { ChatModel } from '../../contract/ports.ts';

const HUGGING_FACE = 'https://router.huggingface.co';
const VectorSchema = z.array(z.number()).min(1);
const EmbeddingsSchema = z.object({ data: z.tuple([z.object({ embedding: VectorSchema })], z.unknown()) });

/**
 * A model that turns a text into a vector, as a model that is called like any other: so the ledger, the limits and the budget hold
 * for it too. It is asked with the text as one message; the reply's text is the vector, which `vectorOf` reads.
 * @throws ProviderError `authentication` when a key is missing, or may not go to that server
 */
export function createEmbeddingModel(spec: RemoteModelSpec, keys: Keys): ChatModel {
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
    async chat({ messages }, signal) {
      const text = messages[0]?.content ?? '';
      try {
        const work = (deadline: AbortSignal) => embed(text, deadline);
        const { vector, tokens } = await withDeadline({ timeoutMs: spec.timeoutMs, signal, work });
        const bytes = Buffer.from(Float32Array.from(VectorSchema.parse(vector)).buffer);
        return { text: bytes.toString('base64'), finishReason: 'stop', inputTokens: tokens, outputTokens: 0 };
      } catch (error) {
        if (signal?.aborted) throw error;
        throw mapProviderError({ error, subject, secrets, nowMs: Date.now() });
      }
    },
  };
}

/** The vector of a reply, scaled to length 1, so that a product of two is their cosine. */
export function vectorOf({ text }: { text: string }): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  const vector = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

interface Embedder {
  server: string;
  secrets: string[];
  embed: (text: string, signal: AbortSignal) => Promise<{ vector: unknown; tokens: number }>;
}

function openAi(spec: Extract<RemoteModelSpec, { provider: 'openai' }>, keys: Keys): Embedder {
  const { server, apiKey, client: connect } = openAiServer(spec, keys);
  const client = connect({ fetch: lightFetch });
  const secrets = apiKey ? [apiKey] : [];
  return {
    server,
    secrets,
    embed: async (input, signal) => {
      const body = { model: spec.model, input, encoding_format: 'float' as const };
      const answer = parsedBody(await (await client.embeddings.create(body, { signal }).asResponse()).text());
      const read = EmbeddingsSchema.safeParse(answer);
      if (!read.success) {
        const problem =
          'the answer is no list of embeddings: check that the address is that of a server that makes them';
        throw unusable(answer, { subject: `embedding model '${spec.model}' at ${server}`, secrets, problem });
      }
      return { vector: read.data.data[0].embedding, tokens: usageOf(answer).inputTokens };
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
    embed: async (inputs, signal) => {
      const provider = spec.endpointUrl ? {} : { provider: spec.inferenceProvider as 'auto' };
      const found = await client.featureExtraction({ model: spec.model, inputs, ...provider }, { signal });
      // One text's vector, or a list with one.
      return { vector: Array.isArray(found[0]) ? found[0] : found, tokens: 0 };
    },
  };
}
