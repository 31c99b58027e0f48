import { z } from 'zod';
import { withDeadline } from '../../common/deadline.ts';
import type { RemoteModelSpec } from '../../configs/schema.ts';
import { ProviderError, type Reranker } from '../../contract/ports.ts';
import { readApiKey, type Keys } from '../chat/api-key.ts';
import { mapProviderError } from '../chat/error-mapping.ts';
import { serverName } from '../chat/remote-chat.ts';

const HUGGING_FACE = 'https://router.huggingface.co/hf-inference/models';
const OPENAI = 'https://api.openai.com/v1';

const Score = z.number().refine(Number.isFinite);
const Place = z.number().int().min(0);
/** Jina, Cohere, vLLM and llama.cpp answer so; TEI, a list with `score`. */
const AnswerSchema = z
  .union([
    z
      .object({ results: z.array(z.object({ index: Place, relevance_score: Score })) })
      .transform(({ results }) => results),
    z
      .array(z.object({ index: Place, score: Score }))
      .transform((all) => all.map(({ index, score }) => ({ index, relevance_score: score }))),
  ])
  .transform((all) => new Map(all.map(({ index, relevance_score: score }) => [index, score])));
/** Of a model that classifies pairs of texts: a list for each pair, or for all. */
const PairsSchema = z.union([z.array(z.array(z.object({ score: Score })).min(1)), z.array(z.object({ score: Score }))]);

/**
 * A model that says of passages how well they answer a question: over a `/rerank` route, or as a Hugging Face model of pairs of texts.
 * @throws ProviderError `authentication` when a key is missing, or may not go to that server
 */
export function createReranker(spec: RemoteModelSpec, keys: Keys): Reranker {
  const { url, secret, pairs } = placeOf(spec, keys);
  const subject = `reranker '${spec.model}' at ${serverName(url)}`;

  async function post(body: object, signal: AbortSignal): Promise<{ status: number; text: string }> {
    const headers = { 'content-type': 'application/json', ...(secret && { authorization: `Bearer ${secret}` }) };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    return { status: response.status, text: await response.text() };
  }

  async function ask(question: string, texts: readonly string[], signal: AbortSignal): Promise<number[]> {
    if (pairs) {
      const inputs = texts.map((text) => ({ text: question, text_pair: text }));
      const read = PairsSchema.safeParse(parsed(await post({ inputs }, signal)));
      if (!read.success) throw unusable('no list of scores');
      return complete(read.data.map((one) => (Array.isArray(one) ? one[0]!.score : one.score)));
    }
    // Each server wants its own word for the passages, and passes over that of the others.
    const said = { model: spec.model, query: question, documents: texts, texts, top_n: texts.length };
    const read = AnswerSchema.safeParse(parsed(await post({ ...said, return_documents: false }, signal)));
    if (!read.success) throw unusable('no list of results with a place and a score');
    return complete(texts.map((_, at) => read.data.get(at)));

    function complete(scores: (number | undefined)[]): number[] {
      const got = scores.filter((score) => score !== undefined);
      if (got.length !== texts.length) throw unusable(`${got.length} of ${texts.length} passages have a score`);
      return got;
    }
  }

  const unusable = (found: string) =>
    new ProviderError(
      'malformed',
      `${subject}: found ${found}, expected a score for each passage, as a /rerank route gives`,
    );

  function parsed({ status, text }: { status: number; text: string }): unknown {
    if (status >= 400) {
      const kind = status === 429 ? 'rate-limited' : status >= 500 ? 'server' : kindOf(status);
      throw new ProviderError(kind, `${subject}: HTTP ${status}: ${shown(text)}`, { status });
    }
    try {
      return JSON.parse(text);
    } catch {
      throw unusable(`'${shown(text)}'`);
    }
  }
  const shown = (text: string) => (secret ? text.replaceAll(secret, '***') : text).slice(0, 200);

  return {
    provider: spec.provider,
    model: spec.model,
    async rerank(question, texts, signal) {
      if (texts.length === 0) return [];
      try {
        const work = (deadline: AbortSignal) => ask(question, texts, deadline);
        return await withDeadline({ timeoutMs: spec.timeoutMs, signal, work });
      } catch (error) {
        if (signal?.aborted || error instanceof ProviderError) throw error;
        throw mapProviderError({ error, subject, secrets: secret ? [secret] : [], nowMs: Date.now() });
      }
    },
  };
}

function kindOf(status: number): 'authentication' | 'not-found' | 'bad-request' {
  if (status === 401 || status === 403) return 'authentication';
  return status === 404 ? 'not-found' : 'bad-request';
}

function placeOf(spec: RemoteModelSpec, keys: Keys): { url: string; secret: string | undefined; pairs: boolean } {
  const own = spec.provider === 'openai' ? spec.baseUrl : spec.endpointUrl;
  const base = (own ?? (spec.provider === 'openai' ? OPENAI : `${HUGGING_FACE}/${spec.model}`)).replace(/\/+$/, '');
  const pairs = spec.provider === 'huggingface' && own === undefined;
  const url = pairs ? base : `${base}/rerank`;
  const variable = spec.apiKeyEnv ?? (spec.provider === 'openai' ? 'OPENAI_API_KEY' : 'HF_TOKEN');
  const secret = readApiKey({ keys, variable, subject: `reranker '${spec.model}'`, url });
  return { url, secret, pairs };
}
