import { sha256Of } from '../../common/hash.ts';
import type OpenAI from 'openai';
import type { OpenAiModelSpec } from '../../configs/schema.ts';
import { bodyInManner, type SentBody } from '../chat/adaptation.ts';
import { adapting, type Put } from '../chat/adapting.ts';
import type { Keys } from '../chat/api-key.ts';
import { createOpenAiModel, openAiServer } from '../chat/openai.ts';
import { toChatReply } from '../chat/completion-reply.ts';
import { mapProviderError } from '../chat/error-mapping.ts';
import { ledgerKey } from './key.ts';
import type { ChatModel } from '../../contract/ports.ts';
import { createBatchClient, MAX_REQUESTS } from './batch-client.ts';
import { BatchQueue, type BatchTiming } from './batch-queue.ts';
import type { BatchStore } from './batch-store.ts';

/** A day for the batch, and what it may take to send and to read. */
const BATCH_TIMEOUT_MS = 26 * 60 * 60_000;

/** The queues of one worker: calls of all its batches of work gather in one for each model. */
export class BatchQueues {
  readonly #store: BatchStore;
  readonly #timing: BatchTiming | undefined;
  readonly #queues = new Map<string, BatchQueue>();

  constructor(store: BatchStore, timing?: BatchTiming) {
    this.#store = store;
    this.#timing = timing;
  }

  of(id: string, server: string, client: () => OpenAI): BatchQueue {
    let queue = this.#queues.get(id);
    if (!queue) {
      const timing = this.#timing && { timing: this.#timing };
      queue = new BatchQueue({ client: createBatchClient(client()), store: this.#store, server, ...timing });
      this.#queues.set(id, queue);
    }
    return queue;
  }
}

/**
 * The same model over the Batch protocol: half the price at most providers, answers within a day. A call is the same call in the
 * ledger, however it was made.
 * @throws ProviderError `authentication` as the model itself
 */
export function createBatchModel(options: { spec: OpenAiModelSpec; keys: Keys; queues: BatchQueues }): ChatModel {
  const { spec, keys, queues } = options;
  const direct = createOpenAiModel(spec, keys);
  const { server, apiKey, client } = openAiServer(spec, keys);
  // A queue of its own for each key: calls are paid for by whose key they carry.
  const id = JSON.stringify([server, spec.model, apiKey && sha256Of(apiKey)]);
  const queue = queues.of(id, server, client);
  const subject = `openai model '${spec.model}' at ${server} (batch)`;
  const secrets = apiKey ? [apiKey] : [];
  const { model, temperature, maxTokens } = spec;
  const ask = adapting({ server, subject });

  async function put(sent: { key: string; body: SentBody }, signal?: AbortSignal): Promise<Put> {
    const line = await queue.ask(sent, signal);
    if (line.status === 200) {
      try {
        return { status: 'answered', reply: toChatReply(line.body, subject, secrets) };
      } catch (error) {
        await queue.forget(sent.key);
        throw error;
      }
    }
    const error = Object.assign(new Error(JSON.stringify(line.body)), { status: line.status });
    return {
      status: 'refused',
      refusal: line,
      error: () => mapProviderError({ error, subject, secrets, body: line.body, nowMs: Date.now() }),
    };
  }

  return {
    ...direct,
    batched: true,
    concurrency: MAX_REQUESTS,
    rates: {},
    timeoutMs: BATCH_TIMEOUT_MS,
    async chat(request, signal) {
      try {
        const key = ledgerKey(direct, request);
        return await ask(request, (manner) =>
          put({ key, body: bodyInManner(request, { model, temperature, maxTokens }, manner) }, signal),
        );
      } catch (error) {
        if (signal?.aborted) throw error;
        throw mapProviderError({ error, subject, secrets, nowMs: Date.now() });
      }
    },
  };
}
