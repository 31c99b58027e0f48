import type { Rewriter } from '../retrieval/answering/rewrite.ts';
import type { ChatBody } from './chat-body.ts';
import { postUpstream, readAnswer, refusal } from './upstream.ts';
import type { Upstream } from './router.ts';

/** A question is no longer. */
const MAX_TOKENS = 64;

/** Asks the version's own model for a question that stands alone. @param call on whose behalf, and how long it is waited for */
export const rewriterOf =
  (upstream: Upstream, call: { gone: AbortSignal; patience: AbortSignal; timeoutMs: number }): Rewriter =>
  async (messages) => {
    const body: ChatBody = {
      model: upstream.model,
      messages: messages.map((message) => ({ ...message })),
      temperature: 0,
      max_tokens: MAX_TOKENS,
    };
    const sent = await postUpstream({ upstream, body, ...call });
    if ('error' in sent) throw new Error(sent.error.code);
    if (!sent.reply.ok) throw new Error((await refusal(sent.reply, upstream.model, upstream)).code);
    const read = await readAnswer(sent.reply, { upstream, body, asked: upstream.model, opened: false });
    if ('error' in read) throw new Error(read.error.code);
    const { choices, usage } = read.answer;
    const content = choices[0]?.message['content'];
    return { text: typeof content === 'string' ? content : '', tokens: completionTokens(usage) };
  };

/** What a server says that it wrote. */
export function completionTokens(usage: unknown): number | undefined {
  const tokens =
    typeof usage === 'object' && usage !== null ? (usage as Record<string, unknown>)['completion_tokens'] : undefined;
  return typeof tokens === 'number' ? tokens : undefined;
}
