import type { z } from 'zod';
import type { ChatMessage, ChatModel, ChatReply, ChatRequest } from './types.ts';

/** The first try, and twice more with the error shown to the model. */
const MAX_TRIES = 3;

export type Read<T> = { status: 'read'; value: T } | { status: 'unread'; problem: string };

/**
 * Asks a model for structured output. A reply that can't be read is sent back with what was wrong, at most twice. What no
 * try made readable is given back with the last reply and its problem: the caller makes a reject of it, so that nothing is lost.
 * @throws what the model's adapter throws
 */
export async function askStructured<T>(options: {
  model: ChatModel;
  request: ChatRequest;
  read: (text: string) => Read<T>;
  signal?: AbortSignal | undefined;
}): Promise<{ reply: ChatReply; result: Read<T>; tries: number }> {
  const { model, request, read, signal } = options;
  let messages: ChatMessage[] = request.messages;
  for (let tries = 1; ; tries++) {
    const reply = await model.chat(tries === 1 ? request : { ...request, messages }, signal);
    const result = read(reply.text);
    if (result.status === 'read' || tries === MAX_TRIES) return { reply, result, tries };
    const cut = reply.finishReason === 'length' ? ' It was cut off at its token limit: be shorter.' : '';
    messages = [
      ...messages,
      { role: 'assistant', content: reply.text },
      {
        role: 'user',
        content: `That reply cannot be used: ${result.problem}.${cut} Reply again to the same request, with JSON only.`,
      },
    ];
  }
}

/** Reads JSON of a schema out of a reply: as it stands, out of a code fence, or with words around it. */
export function readJson<T>(reply: string, schema: z.ZodType<T>): Read<T> {
  const fenced = /```(?:json)?[^\S\n]*\n([\s\S]*?)\n[^\S\n]*```/.exec(reply)?.[1];
  const braces = reply.slice(reply.indexOf('{'), reply.lastIndexOf('}') + 1);
  let problem = 'the reply is empty';
  for (const text of [reply, fenced, braces]) {
    if (!text?.trim()) continue;
    try {
      const parsed = schema.safeParse(JSON.parse(text));
      if (parsed.success) return { status: 'read', value: parsed.data };
      problem = issuesOf(parsed.error);
    } catch (error) {
      problem = `the reply is no JSON: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { status: 'unread', problem };
}

/** What a value is not, each issue with its field. */
export const issuesOf = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.') || 'reply'}: ${issue.message}`).join('; ');
