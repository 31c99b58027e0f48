import path from 'node:path';
import OpenAI from 'openai';
import { toCompletionBody } from '../chat/completion.ts';
import { toChatReply } from '../chat/completion-reply.ts';
import { DeadlineError, withDeadline } from '../../common/deadline.ts';
import { mapProviderError } from '../chat/error-mapping.ts';
import { localPath } from '../training/model-folder.ts';
import { ProviderError, type ChatModel, type ModelServer } from '../../contract/ports.ts';
import type { Weights } from '../../schema/model-ref.ts';

export interface ServeCommandOptions {
  /** Python of an environment with transformers[serving] and torch. */
  python: string;
  port: number;
  device?: 'auto' | 'cpu' | 'cuda' | 'mps';
}

const SERVE_SCRIPT = path.join(import.meta.dirname, '../python', 'serve_models.py');

/**
 * What starts the model server on this machine alone. It is up when GET /health answers; models load when first asked, and what waits
 * for one of them is answered in one batch.
 */
export function modelServerCommand({ python, port, device = 'auto' }: ServeCommandOptions): {
  command: string;
  args: string[];
  env: Record<string, string>;
} {
  return {
    command: python,
    args: [SERVE_SCRIPT, '--host', '127.0.0.1', '--port', String(port), '--device', device],
    env: {
      // Models are folders here; without this, start-up waits for a hub that may not be reachable.
      HF_HUB_OFFLINE: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
      DO_NOT_TRACK: '1',
      PYTHONUNBUFFERED: '1',
      OMP_WAIT_POLICY: 'PASSIVE',
      TOKENIZERS_PARALLELISM: 'false',
    },
  };
}

export interface ModelServerOptions {
  /** Of the server, with or without /v1. */
  baseUrl: string;
  /** How long one answer may take, in milliseconds: its model's loading and the batch before it count. fetch itself waits for 300 s. */
  timeoutMs?: number;
}

/** Answers for local weights by a server that speaks the OpenAI protocol and takes a model's folder as its name. */
export function createModelServer({ baseUrl, timeoutMs = 290_000 }: ModelServerOptions): ModelServer {
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

/** What answers: raised when it would answer the same question otherwise, so that no ledger mixes both. */
const ENGINE = 'generate-1';
/** Greedy: the same question gets the same answer. */
const DEFAULTS = { temperature: 0, maxTokens: 96 };

interface LocalChatOptions {
  client: OpenAI;
  model: Weights;
  concurrency: number;
  timeoutMs: number;
  baseURL: string;
}

function localChatModel({ client, model, concurrency, timeoutMs, baseURL }: LocalChatOptions): ChatModel {
  const folder = localPath(model.uri, `model ${model.sha256.slice(0, 12)}`);
  const subject = `local model ${folder} at ${baseURL}`;
  return {
    provider: 'local',
    free: true,
    model: model.sha256,
    concurrency,
    settings: { ...DEFAULTS, engine: ENGINE },
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
