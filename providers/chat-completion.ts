import { z } from 'zod';
import { ProviderError, type ChatMessage, type ChatReply, type ChatRequest } from './types.ts';

/** The chat-completions protocol, as both remote adapters speak it. */

/** How structured output is asked for, from the strongest way to the one that any server takes. */
export const STRUCTURED_MODES = ['json_schema', 'json_object', 'prompt'] as const;
export type StructuredMode = (typeof STRUCTURED_MODES)[number];

/** Types, not interfaces: one SDK's parameter types have index signatures, which an interface does not fit. */
export type CompletionMessage = Pick<ChatMessage, 'role' | 'content'>;
export type CompletionBody = {
  model: string;
  messages: CompletionMessage[];
  temperature: number;
  max_tokens: number;
  seed?: number;
  response_format?:
    | { type: 'json_schema'; json_schema: { name: string; strict: true; schema: Record<string, unknown> } }
    | { type: 'json_object' };
};

export interface CompletionDefaults {
  model: string;
  temperature: number;
  /** Tokens of the answer. */
  maxTokens: number;
}

export function toCompletionBody(
  request: ChatRequest,
  defaults: CompletionDefaults,
  mode: StructuredMode,
): CompletionBody {
  const body: CompletionBody = {
    model: defaults.model,
    messages: request.messages,
    temperature: request.temperature ?? defaults.temperature,
    max_tokens: request.maxTokens ?? defaults.maxTokens,
    ...(request.seed !== undefined && { seed: request.seed }),
  };
  const { responseSchema } = request;
  if (!responseSchema) return body;
  if (mode === 'json_schema') {
    return {
      ...body,
      response_format: {
        type: 'json_schema',
        json_schema: { name: responseSchema.name, strict: true, schema: responseSchema.schema },
      },
    };
  }
  return {
    ...body,
    messages: withSchemaInPrompt(request.messages, responseSchema.schema),
    ...(mode === 'json_object' && { response_format: { type: 'json_object' as const } }),
  };
}

/** In the last user message: some models' chat templates take no system message. */
function withSchemaInPrompt(messages: CompletionMessage[], schema: Record<string, unknown>): CompletionMessage[] {
  const instruction =
    'Answer with one JSON value that is valid against this JSON schema, and nothing before or after it:\n' +
    JSON.stringify(schema);
  const last = messages.findLastIndex(({ role }) => role === 'user');
  if (last < 0) return [...messages, { role: 'user', content: instruction }];
  return messages.map((message, i) =>
    i === last ? { ...message, content: `${message.content}\n\n${instruction}` } : message,
  );
}

const CompletionSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() }).nullish(),
});

/**
 * Reads a chat completion. A refusal is an answer: its text, with the finish reason `refusal`. Counts that the server does
 * not send are 0.
 * @throws ProviderError `malformed`
 */
export function toChatReply(completion: unknown, subject: string): ChatReply {
  const parsed = CompletionSchema.safeParse(completion);
  const choice = parsed.data?.choices[0];
  if (!parsed.success || !choice) {
    const issue = parsed.error?.issues[0];
    const where = issue?.path.join('.') || 'body';
    throw new ProviderError(
      'malformed',
      `${subject}: the answer is not a chat completion: ${where}: ${issue?.message ?? 'no choices'}. ` +
        'Check that the address is that of a server that speaks the OpenAI chat-completions protocol.',
    );
  }
  const { content, refusal } = choice.message;
  return {
    text: content ?? refusal ?? '',
    finishReason: content == null && refusal ? 'refusal' : (choice.finish_reason ?? 'stop'),
    inputTokens: parsed.data.usage?.prompt_tokens ?? 0,
    outputTokens: parsed.data.usage?.completion_tokens ?? 0,
  };
}
