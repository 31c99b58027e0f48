import type { ChatMessage, ChatRequest } from '../../contract/ports.ts';

/** Requests of the chat-completions protocol, as both remote adapters send them. */

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
