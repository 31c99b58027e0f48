import { z } from 'zod';
import type { ChatMessage } from '../contract/ports.ts';
import type { ModelVersion } from '../registry/schema.ts';
import { afterSystem } from '../retrieval/answering/answer.ts';
import type { PromptReader } from './context-length.ts';
import type { OpenAiError } from './openai-errors.ts';
import type { Upstream } from './router.ts';

const PartSchema = z.looseObject({ type: z.string() });

const MessageSchema = z
  .looseObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
    content: z.union([z.string(), z.array(PartSchema)], 'expected a text or a list of parts').nullish(),
  })
  // An assistant that called a tool says nothing.
  .refine(({ role, content }) => role === 'assistant' || (content !== undefined && content !== null), {
    path: ['content'],
    message: 'expected a text or a list of parts, found nothing',
  });

/** What the gateway must understand of a request. */
export const ChatBodySchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(MessageSchema).min(1),
  stream: z.boolean().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  max_tokens: z.number().int().positive().nullish(),
  max_completion_tokens: z.number().int().positive().nullish(),
  n: z.number().int().positive().nullish(),
});
export type ChatBody = z.infer<typeof ChatBodySchema>;

/** Fields that a text model behind the project's model server would pass over in silence, and the values that ask for nothing. */
const ASKS_NOTHING: Record<string, (value: unknown) => boolean> = {
  n: (value) => value === 1,
  response_format: (value) => z.object({ type: z.literal('text') }).safeParse(value).success,
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  presence_penalty: (value) => value === 0,
  frequency_penalty: (value) => value === 0,
  logit_bias: (value) => z.strictObject({}).safeParse(value).success,
  tool_choice: (value) => value === 'none' || value === 'auto',
  modalities: (value) => z.tuple([z.literal('text')]).safeParse(value).success,
  audio: never,
  functions: never,
  function_call: (value) => value === 'none' || value === 'auto',
  reasoning_effort: (value) => value === 'none',
  web_search_options: never,
  prediction: never,
};

/** Notes that change no answer: they need not travel. */
const NOTES = ['user', 'metadata', 'store', 'service_tier', 'safety_identifier', 'prompt_cache_key', 'stream_options'];

/**
 * What a request asks for and a text model can't do: refused by name, for an answer without it would look like one with it.
 * A server of another kind is trusted to refuse what it can't do; its answers are checked (`ignored`).
 */
export function cannotDo(
  body: ChatBody,
  upstream: Upstream,
  reader: PromptReader | undefined,
): OpenAiError | undefined {
  if (upstream.kind === 'openai') return undefined;
  const refuse = (param: string, what: string): OpenAiError => ({
    status: 400,
    code: 'unsupported_parameter',
    param,
    message: `${param}: ${what}; leave it out, or serve with a model server that can and set WHETSTONE_MODEL_SERVER_KIND=openai`,
  });
  for (const [i, { content, role }] of body.messages.entries()) {
    const other = Array.isArray(content) ? content.findIndex(({ type }) => type !== 'text') : -1;
    if (Array.isArray(content) && other >= 0)
      return refuse(`messages.${i}.content.${other}`, `the model takes text only, found '${content[other]?.type}'`);
    if ((role === 'tool' || role === 'function') && !takesTools(reader))
      return refuse(`messages.${i}.role`, `the model's chat template has no place for role '${role}'`);
  }
  for (const [field, nothing] of Object.entries(ASKS_NOTHING)) {
    const value = body[field];
    if (value === undefined || value === null || nothing(value)) continue;
    return refuse(field, `the model server can't do ${JSON.stringify(value).slice(0, 80)}`);
  }
  const { tools } = body;
  if (Array.isArray(tools) && tools.length > 0 && !takesTools(reader))
    return refuse('tools', "the model's chat template has no place for tools");
  return undefined;
}

/** What a rule that quotes can't do: it asks nobody, and its answer has one form. */
export function ruleCannotDo(body: ChatBody): OpenAiError | undefined {
  const asked = Object.entries({ ...ASKS_NOTHING, tools: isEmpty, stop: isEmpty }).find(
    ([field, nothing]) => body[field] !== undefined && body[field] !== null && !nothing(body[field]),
  );
  return (
    asked && {
      status: 400,
      code: 'unsupported_parameter',
      param: asked[0],
      message: `${asked[0]}: this version quotes the documents, and can't do ${JSON.stringify(body[asked[0]]).slice(0, 80)}; leave it out`,
    }
  );
}

/** The text of a message, whatever else is in it. */
export function textOf({ content }: Pick<ChatBody['messages'][number], 'content'>): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).join('\n');
}

/** The request with another text in place of its last question's, and a version's examples before the conversation. */
export function withQuestion(body: ChatBody, text: string, examples: readonly ChatMessage[] = []): ChatBody {
  const at = body.messages.findLastIndex((message) => message.role === 'user' && textOf(message).trim() !== '');
  const messages = body.messages.map((message, i) => {
    if (i !== at) return message;
    const { content } = message;
    const others = Array.isArray(content) ? content.filter(({ type }) => type !== 'text') : [];
    return { ...message, content: others.length > 0 ? [{ type: 'text', text }, ...others] : text };
  });
  return {
    ...body,
    messages: afterSystem<ChatBody['messages'][number]>(
      messages,
      examples.map((turn) => ({ ...turn })),
    ),
  };
}

const takesTools = (reader: PromptReader | undefined): boolean => /\btools?\b/.test(reader?.template ?? '');

/**
 * The request as the model server gets it: its own name for the weights, the version's system prompt where the client
 * sent none, and the version's sampling where the client set none.
 */
export function toUpstreamBody(body: ChatBody, version: ModelVersion, upstream: Upstream): Record<string, unknown> {
  const hasSystem = body.messages.some(({ role }) => role === 'system' || role === 'developer');
  const system = version.systemPrompt && !hasSystem ? [{ role: 'system', content: version.systemPrompt }] : [];
  const text = upstream.kind === 'text';
  const dropped = text ? [...NOTES, ...Object.keys(ASKS_NOTHING)] : [];
  const set = Object.fromEntries(
    Object.entries(body).filter(([field, value]) => value !== null && !dropped.includes(field)),
  );
  // Chat templates of open models know the older name only.
  const messages = body.messages.map((message) =>
    text && message.role === 'developer' ? { ...message, role: 'system' } : message,
  );
  return {
    temperature: version.sampling.temperature,
    ...(!('max_completion_tokens' in set) && { max_tokens: version.sampling.maxTokens }),
    ...set,
    model: upstream.model,
    messages: [...system, ...messages],
  };
}

/**
 * Fits the answer's limit into what the prompt leaves of the context. A limit that the client set is kept or refused; the version's
 * own is made smaller.
 */
export function fitContext(
  sent: Record<string, unknown>,
  { body, reader }: { body: ChatBody; reader: PromptReader | undefined },
): { body: Record<string, unknown> } | { error: OpenAiError } {
  if (!reader) return { body: sent };
  const { contextTokens } = reader;
  const count = reader.count(sent.messages as object[]);
  const asked = body.max_completion_tokens ?? body.max_tokens;
  const left = count === 'above' ? 0 : contextTokens - count;
  if (left >= (asked ?? 1))
    return { body: asked ? sent : { ...sent, max_tokens: Math.min(Number(sent.max_tokens), left) } };
  const held = count === 'above' ? 'far more than that' : `${count} tokens`;
  const wanted = asked ? ` and the answer may take ${asked}` : '';
  const message = `the model takes in ${contextTokens} tokens, the messages with the system prompt hold ${held}${wanted}; send fewer or shorter messages${asked ? ', or ask for a shorter answer' : ''}`;
  return { error: { status: 400, code: 'context_length_exceeded', param: 'messages', message } };
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function never(): boolean {
  return false;
}
