import type { RemoteModelSpec } from '../../configs/schema.ts';
import { bodyInManner, mannerAfter, mannerNotes, usualManner, type SentBody } from './adaptation.ts';
import { toChatReply } from './completion-reply.ts';
import { DeadlineError, withDeadline } from '../../common/deadline.ts';
import { bodyOf, mapProviderError, statusOf } from './error-mapping.ts';
import { serverLimits } from '../limits/headers.ts';
import { ProviderError, type ChatModel, type ChatReply, type ChatRequest } from '../../contract/ports.ts';

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
  const usual = usualManner(server);
  /** What the server is known to take. */
  let known = usual;

  async function complete(request: ChatRequest, manner: typeof usual, signal: AbortSignal): Promise<ChatReply> {
    let response: Response | undefined;
    try {
      const body = bodyInManner(request, { model, temperature, maxTokens }, manner);
      response = await send(body, { signal, onResponse: (received) => (response = received) });
      const limits = serverLimits(response.headers);
      return { ...toChatReply(await response.text(), subject, secrets), ...(limits && { limits }) };
    } catch (error) {
      if (signal.aborted || error instanceof ProviderError) throw error;
      const body = response ? await response.text() : bodyOf(error);
      const other = mannerAfter({ status: response?.status ?? statusOf(error), body }, { request, manner });
      if (other) {
        const reply = await complete(request, other, signal);
        // Only an answer proves what the server refused; what another call has found out meanwhile stays known.
        if (known === usual || manner === known) known = other;
        return { ...reply, notes: reply.notes ?? mannerNotes(other, usual).map((note) => `${subject} ${note}`) };
      }
      throw mapProviderError({ error, subject, secrets, body, ...(response && { response }), nowMs: Date.now() });
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
        const work = (deadline: AbortSignal) => complete(request, known, deadline);
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
