import { Worker } from 'node:worker_threads';
import { sha256OfFile } from '../../../common/hash.ts';
import { BUILTIN_EMBEDDING } from '../../../schema/builtin-embedding.ts';
import { ProviderError, type EmbeddingModel, type Embeddings } from '../../../contract/ports.ts';
import { bringModel, type ModelPlace } from './files.ts';
import type { Asked, Told } from './thread.ts';

export interface BuiltinEmbedding extends EmbeddingModel {
  /** Ends its thread; a later call starts another. */
  close(): Promise<void>;
}

interface Waiting {
  resolve: (embeddings: Embeddings) => void;
  reject: (error: Error) => void;
}

/**
 * all-MiniLM-L6-v2 on this machine's processor, in a thread of its own that starts with the first text. Vectors have length one. Of a
 * long text the first 256 tokens count. An idle one keeps no process alive.
 */
export function createBuiltinEmbedding(place: ModelPlace): BuiltinEmbedding {
  const { provider, model, sha256 } = BUILTIN_EMBEDDING;
  const waiting = new Map<number, Waiting>();
  let started: Promise<Worker> | undefined;
  let current: Worker | undefined;
  let asked = 0;

  const failAll = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  async function start(): Promise<Worker> {
    const file = await bringModel(place);
    const found = await sha256OfFile(file);
    if (found !== sha256) {
      const problem = `embedding model builtin: ${file}: expected SHA-256 ${sha256}, found ${found}`;
      throw new ProviderError(
        'not-found',
        `${problem}. Fix: ${place.file === undefined ? 'delete the file; the next use brings it anew' : 'name another file in WHETSTONE_EMBEDDING_FILE, or unset it'}`,
      );
    }
    const worker = new Worker(new URL('thread.ts', import.meta.url), { workerData: file });
    worker.on('message', (told: Told) => {
      const one = waiting.get(told.id);
      waiting.delete(told.id);
      if (waiting.size === 0) worker.unref();
      if ('error' in told) one?.reject(failed(told.error));
      else one?.resolve({ vectors: told.vectors, inputTokens: told.tokens });
    });
    const ended = (problem: string) => {
      if (current !== worker) return; // Another one has taken its place.
      current = started = undefined;
      failAll(failed(problem));
    };
    worker.on('error', (error) => ended((error as Error).message));
    worker.on('exit', () => ended('its thread ended'));
    return (current = worker);
  }

  async function embed(texts: readonly string[], signal?: AbortSignal): Promise<Embeddings> {
    signal?.throwIfAborted();
    if (texts.length === 0) return { vectors: [], inputTokens: 0 };
    const worker = await (started ??= start().catch((error: unknown) => {
      started = undefined;
      throw error;
    }));
    signal?.throwIfAborted();
    const id = asked++;
    const stop = () => {
      worker.postMessage({ cancel: id });
      waiting.get(id)?.reject(signal?.reason as Error);
      waiting.delete(id);
    };
    try {
      return await new Promise<Embeddings>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.ref();
        signal?.addEventListener('abort', stop, { once: true });
        worker.postMessage({ id, texts } satisfies Asked);
      });
    } finally {
      signal?.removeEventListener('abort', stop);
      if (waiting.size === 0) worker.unref();
    }
  }

  return {
    provider,
    model,
    concurrency: 1,
    settings: { sha256, kind: 'embedding' },
    free: true,
    embed,
    close: async () => {
      const worker = await started?.catch(() => undefined);
      current = started = undefined;
      failAll(failed('it was closed'));
      await worker?.terminate();
    },
  };
}

const failed = (message: string) => new ProviderError('server', `embedding model builtin: ${message}`);
