import type { RemoteModelSpec } from '../configs/schema.ts';
import { STRUCTURED_MODES, toCompletionBody, type CompletionBody } from './chat-completion.ts';
import { toChatReply } from './completion-reply.ts';
import { DeadlineError, withDeadline } from './deadline.ts';
import { mapProviderError, statusOf, type FailedCall } from './error-mapping.ts';
import { serverLimits } from './limits/headers.ts';
import { ProviderError, type ChatModel, type ChatReply, type ChatRequest } from './types.ts';

/** What an SDK adds: one request, no retries. `onResponse` reports each response, for what the SDK's errors leave out. */
export type SendCompletion = (
  body: CompletionBody,
  options: { signal: AbortSignal; onResponse: (response: Response) => void },
) => Promise<unknown>;

export interface RemoteChatOptions {
  spec: RemoteModelSpec;
  /** Part of the ledger's key: two servers may call different models by one name. */
  server: string;
  secrets: readonly string[];
  send: SendCompletion;
}

/** The part of an adapter that does not depend on the SDK: the body, structured output, the deadline and the errors. */
export function createRemoteChatModel({ spec, server, secrets, send }: RemoteChatOptions): ChatModel {
  const subject = `${spec.provider} model '${spec.model}' at ${server}`;
  const { model, temperature, maxTokens, timeoutMs } = spec;
  /** Index of the strongest mode not known to be refused by this model's server. */
  let knownMode = 0;

  async function complete(request: ChatRequest, mode: number, signal: AbortSignal): Promise<ChatReply> {
    let response: FailedCall['response'];
    const body = toCompletionBody(request, { model, temperature, maxTokens }, STRUCTURED_MODES[mode] ?? 'prompt');
    try {
      const completion = await send(body, { signal, onResponse: (received) => (response = received) });
      const limits = response && serverLimits(response.headers);
      return { ...toChatReply(completion, subject), ...(limits && { limits }) };
    } catch (error) {
      if (signal.aborted) throw error;
      if (request.responseSchema && refusesFormat(response?.status ?? statusOf(error))) {
        const weaker = mode + 1;
        if (weaker < STRUCTURED_MODES.length) {
          const reply = await complete(request, weaker, signal);
          // Only an answer proves that the format was what the server refused.
          knownMode = Math.max(knownMode, weaker);
          return reply;
        }
      }
      throw mapProviderError({ error, subject, secrets, ...(response && { response }), nowMs: Date.now() });
    }
  }

  return {
    provider: spec.provider,
    model,
    concurrency: spec.concurrency,
    settings: { server, temperature, maxTokens },
    rates: { requestsPerMinute: spec.requestsPerMinute, tokensPerMinute: spec.tokensPerMinute },
    ...(spec.prices && { prices: spec.prices }),
    timeoutMs,
    async chat(request, signal) {
      try {
        const work = (deadline: AbortSignal) => complete(request, knownMode, deadline);
        return await withDeadline({ timeoutMs, signal, work });
      } catch (error) {
        if (error instanceof DeadlineError) throw new ProviderError('network', `${subject}: ${error.message}`);
        throw error;
      }
    },
  };
}

/** 400 by OpenAI and most servers, 422 by those that validate bodies by schema. */
export function refusesFormat(status: number | undefined): boolean {
  return status === 400 || status === 422;
}

/** A server's address for keys and messages: without a user and password, query or trailing slash. */
export function serverName(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}
