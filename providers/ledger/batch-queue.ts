import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../../contract/ports.ts';
import {
  lineOf,
  MAX_BYTES,
  MAX_REQUESTS,
  type BatchClient,
  type BatchLine,
  type BatchRequest,
} from './batch-client.ts';
import type { BatchStore, OpenBatch } from './batch-store.ts';

export interface BatchTiming {
  /** Calls that come within this time of the last one go into the same batch. */
  gatherMs: number;
  /** Between two looks at a batch. */
  pollMs: number;
}
export const BATCH_TIMING: BatchTiming = { gatherMs: 3_000, pollMs: 15_000 };

interface Waiting {
  request: BatchRequest;
  bytes: number;
  resolve: (line: BatchLine) => void;
  reject: (error: unknown) => void;
  /** Whether the caller has gone. */
  left: () => boolean;
}

/** Failed looks at a batch, in a row, before its calls are given up to Temporal's retry. */
const MAX_POLL_FAILURES = 20;
const MAX_POLL_MS = 300_000;

/**
 * Gathers calls into batches and waits for their answers. What was sent before a crash is found by the calls' keys, and waited
 * for, not sent again; what a batch left unanswered is given back as an error that may be tried again.
 */
export class BatchQueue {
  readonly #client: BatchClient;
  readonly #store: BatchStore;
  readonly #server: string;
  readonly #timing: BatchTiming;
  #gathered: Waiting[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Our ids of batches that this process sends now. */
  readonly #sending = new Set<string>();

  constructor(options: { client: BatchClient; store: BatchStore; server: string; timing?: BatchTiming }) {
    this.#client = options.client;
    this.#store = options.store;
    this.#server = options.server;
    this.#timing = options.timing ?? BATCH_TIMING;
  }

  /** @throws ProviderError where the batch gave no answer; the caller's abort reason */
  ask(request: BatchRequest, signal?: AbortSignal): Promise<BatchLine> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      const bytes = Buffer.byteLength(lineOf(request));
      if (this.#bytes + bytes > MAX_BYTES) this.#flush();
      this.#gathered.push({ request, bytes, resolve, reject, left: () => signal?.aborted ?? false });
      this.#bytes += bytes;
      if (this.#gathered.length >= MAX_REQUESTS) return this.#flush();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#flush(), this.#timing.gatherMs);
    });
  }

  /** An answer that can't be used is as good as none: its call may be sent again. */
  forget(key: string): Promise<void> {
    return this.#store.forget([key]);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    // Nobody waits for a call whose run was cancelled meanwhile: it is not paid for.
    const gathered = this.#gathered.filter(({ left }) => !left());
    this.#gathered = [];
    this.#bytes = 0;
    if (gathered.length === 0) return;
    // Two runs may ask the same at once: a key stands once in a batch.
    const batch = [...Map.groupBy(gathered, ({ request }) => request.key).values()].map(together);
    this.#run(batch).catch((error: unknown) => batch.forEach(({ reject }) => reject(error)));
  }

  async #run(calls: Waiting[]): Promise<void> {
    const known = await this.#store.find(calls.map(({ request }) => request.key));
    const groups = Map.groupBy(calls, ({ request }) => known.get(request.key)?.id);
    await Promise.all(
      [...groups].map(([id, group]) => {
        const open = id === undefined ? undefined : known.get(group[0]!.request.key);
        return open ? this.#adopt(open, group) : this.#send(group);
      }),
    );
  }

  /** A worker that died sent these calls, or was about to. */
  async #adopt(open: OpenBatch, calls: Waiting[]): Promise<void> {
    const remoteId = open.remoteId ?? (await this.#created(open, calls));
    if (remoteId === undefined) {
      await this.#store.forget(calls.map(({ request }) => request.key));
      return this.#send(calls);
    }
    await this.#collect(remoteId, calls);
  }

  /** What the server calls a batch whose creation was not noted; undefined where there is none and none is on its way. */
  async #created(open: OpenBatch, calls: readonly Waiting[]): Promise<string | undefined> {
    const { id } = open;
    const [first] = calls;
    for (;;) {
      // A file of many megabytes takes its time: while its sender lives, nothing is known yet.
      const sending = this.#sending.has(id) || (await this.#store.isSentElsewhere(open));
      const noted = first && (await this.#store.find([first.request.key])).get(first.request.key);
      if (noted?.id !== id || noted.remoteId !== undefined) return noted?.remoteId;
      const remoteId = await this.#client.find(id);
      if (remoteId !== undefined) await this.#store.sent({ id, remoteId });
      if (remoteId !== undefined || !sending) return remoteId;
      await sleep(this.#timing.pollMs);
    }
  }

  async #send(calls: Waiting[]): Promise<void> {
    const id = randomUUID();
    const keys = calls.map(({ request }) => request.key);
    const requests = calls.map(({ request }) => request);
    this.#sending.add(id);
    const remoteId = await this.#store
      .open({ id, server: this.#server, keys })
      .then(() => this.#client.create(id, requests))
      .catch(async (error: unknown) => {
        // The answer may have been lost on its way, and the batch be there. Where even that can't be told, the note stays: the
        // next try looks again before it sends.
        const found = await this.#client.find(id);
        if (found !== undefined) return found;
        await this.#store.forget(keys);
        throw error;
      })
      .finally(() => this.#sending.delete(id));
    await this.#store.sent({ id, remoteId });
    await this.#collect(remoteId, calls);
  }

  async #collect(remoteId: string, calls: Waiting[]): Promise<void> {
    const keys = calls.map(({ request }) => request.key);
    // A batch, or its files, that the server no longer has will never answer.
    const forgetGone = async (error: unknown): Promise<never> => {
      if (!(error instanceof Error && 'status' in error && error.status === 404)) throw error;
      await this.#store.forget(keys);
      throw new ProviderError('server', `batch ${remoteId} is no longer at the server: its calls are sent again`);
    };
    const ended = await this.#ended(remoteId, calls).catch(forgetGone);
    if (!ended) return; // Nobody waits any more; what it holds stays noted.
    if (ended.status === 'refused') {
      await this.#store.forget(keys);
      const kind = ended.later ? 'rate-limited' : 'bad-request';
      throw new ProviderError(kind, `batch ${remoteId} was refused: ${ended.reason}`);
    }
    const lines = new Map<string, BatchLine>();
    for (const file of ended.outputs)
      for (const line of await this.#client.lines(file).catch(forgetGone)) lines.set(line.key, line);
    // An answer stays noted until it is in the ledger; what has none may be sent again.
    const unanswered = calls.filter(({ request }) => lines.get(request.key)?.status !== 200);
    await this.#store.forget(unanswered.map(({ request }) => request.key));
    for (const { request, resolve, reject } of calls) {
      const line = lines.get(request.key);
      if (line && line.status !== 0) resolve(line);
      else reject(new ProviderError('server', `batch ${remoteId} ${ended.how} without an answer to a request`));
    }
  }

  async #ended(remoteId: string, calls: readonly Waiting[]) {
    let failures = 0;
    for (let pollMs = this.#timing.pollMs; ; pollMs = Math.min(MAX_POLL_MS, pollMs * 1.1)) {
      try {
        const state = await this.#client.state(remoteId);
        if (state.status !== 'pending') return state;
        failures = 0;
      } catch (error) {
        if (++failures >= MAX_POLL_FAILURES) throw error;
      }
      await sleep(pollMs);
      if (calls.every(({ left }) => left())) return undefined;
    }
  }
}

/** Callers of one key as one: each gets the answer. */
function together(callers: Waiting[]): Waiting {
  const [first] = callers;
  if (!first) throw new Error('no caller');
  return {
    ...first,
    resolve: (line) => callers.forEach(({ resolve }) => resolve(line)),
    reject: (error) => callers.forEach(({ reject }) => reject(error)),
    left: () => callers.every(({ left }) => left()),
  };
}
