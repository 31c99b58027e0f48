import OpenAI from 'openai';
import { toCompletionBody } from './chat-completion.ts';
import { toChatReply } from './completion-reply.ts';
import { DeadlineError, withDeadline } from './deadline.ts';
import { mapProviderError } from './error-mapping.ts';
import { localPath } from './model-folder.ts';
import { ProviderError, type ChatModel, type ModelRef, type ModelServer } from './types.ts';

export interface ServeCommandOptions {
  /** Python of an environment with transformers[serving] and torch. */
  python: string;
  port: number;
  device?: 'auto' | 'cpu' | 'cuda' | 'mps';
  /** Threads of one answer's arithmetic. One is the fastest for tiny-llama; a model of the hub on a CPU wants all cores. */
  threads?: number;
}

/**
 * What starts `transformers serve` on this machine alone. It is up when GET /health answers; models load when first asked.
 * Without --continuous-batching, which answers up to four times as many but hangs as soon as two models are asked in turn.
 */
export function transformersServeCommand({ python, port, device = 'auto', threads = 1 }: ServeCommandOptions): {
  command: string;
  args: string[];
  env: Record<string, string>;
} {
  const serve = ['serve', '--host', '127.0.0.1', '--port', String(port), '--device', device, '--log-level', 'error'];
  return {
    command: python,
    args: ['-m', 'transformers.cli.transformers', ...serve, '--dtype', 'auto', '--model-timeout', '86400'],
    env: {
      // Models are folders here; without this, start-up waits for a hub that may not be reachable.
      HF_HUB_OFFLINE: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
      DO_NOT_TRACK: '1',
      PYTHONUNBUFFERED: '1',
      OMP_NUM_THREADS: String(threads),
      OMP_WAIT_POLICY: 'PASSIVE',
    },
  };
}

export interface ModelServerOptions {
  /** Of the server, with or without /v1. */
  baseUrl: string;
  /** How long one answer may take, in milliseconds; the first one of a model includes its loading. */
  timeoutMs?: number;
}

/** Answers for local weights by a server that speaks the OpenAI protocol and takes a model's folder as its name. */
export function createModelServer({ baseUrl, timeoutMs = 120_000 }: ModelServerOptions): ModelServer {
  const baseURL = `${baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`;
  const client = new OpenAI({
    baseURL,
    apiKey: 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: timeoutMs,
  });
  return { chatModel: (model, concurrency) => localChatModel({ client, model, concurrency, timeoutMs, baseURL }) };
}

/** Greedy: the same question gets the same answer. */
const DEFAULTS = { temperature: 0, maxTokens: 96 };

interface LocalChatOptions {
  client: OpenAI;
  model: ModelRef;
  concurrency: number;
  timeoutMs: number;
  baseURL: string;
}

function localChatModel({ client, model, concurrency, timeoutMs, baseURL }: LocalChatOptions): ChatModel {
  const folder = modelFolder(model);
  const subject = `local model ${folder} at ${baseURL}`;
  return {
    provider: 'local',
    free: true,
    model: model.sha256,
    concurrency,
    settings: { ...DEFAULTS },
    async chat(request, signal) {
      // Whether the reply is JSON of a schema is the caller's to check: this server can't be made to obey one.
      const body = toCompletionBody(request, { model: folder, ...DEFAULTS }, 'prompt');
      try {
        const work = (deadline: AbortSignal) => client.chat.completions.create(body, { signal: deadline });
        return toChatReply(await withDeadline({ timeoutMs, signal, work }), subject);
      } catch (error) {
        if (signal?.aborted) throw error;
        if (error instanceof DeadlineError) throw new ProviderError('network', `${subject}: ${error.message}`);
        throw mapProviderError({ error, subject, secrets: [], nowMs: Date.now() });
      }
    },
  };
}

function modelFolder({ uri, sha256 }: ModelRef): string {
  const folder = localPath(uri, `model ${sha256.slice(0, 12)}`);
  if (folder.includes('@')) {
    throw new ProviderError(
      'bad-request',
      `model folder ${folder}: has an '@' in its path, which transformers serve reads as a revision; keep models elsewhere`,
    );
  }
  return folder;
}
