import { isFinal, whyUnread, type ReplyCause } from './reply-cause.ts';
import type { Read } from './reply-json.ts';
import { withoutThoughts } from './thoughts.ts';
import type { ChatMessage, ChatModel, ChatReply, ChatRequest } from '../contract/ports.ts';

/** The first try, and twice more with the error shown to the model. */
const MAX_TRIES = 3;

/** A reading, or why there is none, by name. */
export type Answer<T> = { status: 'read'; value: T } | { status: 'unread'; cause: ReplyCause; problem: string };

export interface Asked<T> {
  /** The reply that was read, or the last one. */
  reply: ChatReply;
  result: Answer<T>;
  tries: number;
}

/**
 * Asks a model for structured output. A reply that can't be read, or only in part, is sent back with what was wrong, at most twice;
 * of replies that are usable in part the best is taken. What no try made readable is given back with the last reply and its cause:
 * the caller makes a reject of it, so that nothing is lost.
 * @param again how to reply, said with what was wrong
 * @param limitField of the config that says how long a reply may be
 * @throws what the model's adapter throws
 */
export async function askStructured<T>(options: {
  model: ChatModel;
  request: ChatRequest;
  read: (text: string) => Read<T>;
  again?: string;
  limitField?: string;
  signal?: AbortSignal | undefined;
}): Promise<Asked<T>> {
  const {
    model,
    request,
    read,
    signal,
    again = 'with JSON only',
    limitField: field = 'maxTokens of its model',
  } = options;
  const { maxTokens = model.settings?.['maxTokens'] } = request;
  const limit = typeof maxTokens === 'number' ? maxTokens : undefined;
  let messages: ChatMessage[] = request.messages;
  let best: { asked: Asked<T>; good: number } | undefined;
  for (let tries = 1; ; tries++) {
    const reply = await model.chat(tries === 1 ? request : { ...request, messages }, signal);
    const found = read(reply.text);
    let result: Answer<T>;
    let wrong: string;
    if (found.status === 'read') {
      const { value, flaw } = found;
      result = { status: 'read', value };
      if (!flaw) return { reply, result, tries };
      if (!best || flaw.good > best.good) best = { asked: { reply, result, tries }, good: flaw.good };
      wrong = flaw.problem;
    } else {
      const why = whyUnread(reply, { problem: found.problem, limit, field });
      result = { status: 'unread', ...why };
      wrong = why.cause === 'cut-off' ? 'it was cut off at its token limit: be shorter' : found.problem;
    }
    if (tries === MAX_TRIES || isFinal(reply)) return best ? { ...best.asked, tries } : { reply, result, tries };
    messages = [
      ...messages,
      { role: 'assistant', content: withoutThoughts(reply.text).text || '(no answer)' },
      {
        role: 'user',
        content: `That reply cannot be used: ${wrong}. Reply again to the same request, ${again}.`,
      },
    ];
  }
}
