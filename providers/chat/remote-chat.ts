import type { RemoteModelSpec } from '../../configs/schema.ts';
import { bodyInManner, type SentBody } from './adaptation.ts';
import { adapting, type Put } from './adapting.ts';
import { toChatReply } from './completion-reply.ts';
import { DeadlineError, withDeadline } from '../../common/deadline.ts';
import { bodyOf, mapProviderError, statusOf } from './error-mapping.ts';
import { serverLimits } from '../limits/headers.ts';
import { ProviderError, type ChatModel } from '../../contract/ports.ts';

/** What an SDK adds: one request, no retries. `onResponse` reports each response, for what the SDK's errors leave out. */
export type SendCompletion = (
  body: SentBody,
  options: { signal: AbortSignal; onResponse: (response: Response) => void },
) => Promise<Response>;

export interface RemoteChatOptions {
  spec: RemoteModelSpec;
  /** Part of the ledger's key: two servers may call different models by one name. */
  server: string;
  secrets: readonly string[];
  send: SendCompletion;
}

/** The part of an adapter that does not depend on the SDK: the body, what a server refuses of it, the deadline and the errors. */
export function createRemoteChatModel({ spec, server, secrets, send }: RemoteChatOptions): ChatModel {
  const subject = `${spec.provider} model '${spec.model}' at ${server}`;
  const { model, temperature, maxTokens, timeoutMs } = spec;
  const ask = adapting({ server, subject });

  async function put(sent: SentBody, signal: AbortSignal): Promise<Put> {
    let response: Response | undefined;
    try {
      response = await send(sent, { signal, onResponse: (received) => (response = received) });
      const limits = serverLimits(response.headers);
      const reply = toChatReply(await response.text(), subject, secrets);
      return { status: 'answered', reply: { ...reply, ...(limits && { limits }) } };
    } catch (error) {
      if (signal.aborted || error instanceof ProviderError) throw error;
      const answered = response;
      const body = answered ? await answered.text() : bodyOf(error);
      return {
        status: 'refused',
        refusal: { status: answered?.status ?? statusOf(error), body },
        error: () =>
          mapProviderError({
            error,
            subject,
            secrets,
            body,
            ...(answered && { response: answered }),
            nowMs: Date.now(),
          }),
      };
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
        const work = (deadline: AbortSignal) =>
          ask(request, (manner) => put(bodyInManner(request, { model, temperature, maxTokens }, manner), deadline));
        return await withDeadline({ timeoutMs, signal, work });
      } catch (error) {
        if (error instanceof DeadlineError) throw new ProviderError('network', `${subject}: ${error.message}`);
        throw error;
      }
    },
  };
}

/** A server's address for keys and messages: without a user and password, query or trailing slash. */
export function serverName(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}
