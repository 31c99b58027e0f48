import { z } from 'zod';
import { isRecord } from './reply-json.ts';
import { ProviderError, type ChatReply } from './types.ts';

/** Answers of the chat-completions protocol, as servers really send them. */

const MessageSchema = z.object({
  content: z.unknown().optional(),
  refusal: z.string().nullish(),
  reasoning_content: z.unknown().optional(),
  reasoning: z.unknown().optional(),
  tool_calls: z.array(z.unknown()).nullish(),
  function_call: z.unknown().optional(),
});
const ChoiceSchema = z.object({
  finish_reason: z.string().nullish(),
  /** Missing in a completion of the older protocol, which has `text`. */
  message: MessageSchema.nullish(),
  text: z.string().nullish(),
});
const CompletionSchema = z.object({ choices: z.array(ChoiceSchema).min(1) });

/**
 * Reads a chat completion. What ends an answer early is its finish reason, in these words whatever the server's own are: `length`,
 * `refusal` (the text is the refusal's), `content_filter`, `tool_calls`, `reasoning` where there is nothing but thoughts. Counts that
 * the server does not send are 0.
 * @param body as JSON, or its text
 * @throws ProviderError `malformed`, or what an error in the body says
 */
export function toChatReply(body: unknown, subject: string): ChatReply {
  const completion = typeof body === 'string' ? parsed(body) : body;
  const parsedBody = CompletionSchema.safeParse(completion);
  const choice = parsedBody.data?.choices[0];
  if (!parsedBody.success || !choice || (!choice.message && choice.text == null)) {
    const issue = parsedBody.error?.issues[0];
    const where = issue?.path.join('.') || 'body';
    throw new ProviderError(
      'malformed',
      `${subject}: the answer is not a chat completion: ${where}: ${issue?.message ?? 'no message'}. ` +
        'Check that the address is that of a server that speaks the OpenAI chat-completions protocol.',
    );
  }
  return { ...answerOf(choice), ...usageOf(completion) };
}

type Choice = z.infer<typeof ChoiceSchema>;

function answerOf({ message, text, finish_reason }: Choice): Pick<ChatReply, 'text' | 'finishReason'> {
  const finishReason = knownReason(finish_reason);
  if (!message) return { text: text ?? '', finishReason };
  const said = textOf(message.content);
  if (said.trim() !== '') return { text: said, finishReason };
  const refusal = message.refusal ?? refusalIn(message.content);
  if (refusal) return { text: refusal, finishReason: 'refusal' };
  if (finishReason !== 'stop') return { text: said, finishReason };
  if (message.tool_calls?.length || message.function_call) return { text: said, finishReason: 'tool_calls' };
  const thought = [message.reasoning_content, message.reasoning].some((thoughts) => textOf(thoughts).trim() !== '');
  return { text: said, finishReason: thought || hasThoughts(message.content) ? 'reasoning' : finishReason };
}

/** Other words for the same, of servers and gateways to other protocols. */
const REASONS: Readonly<Record<string, string>> = {
  max_tokens: 'length',
  model_length: 'length',
  max_output_tokens: 'length',
  safety: 'content_filter',
  recitation: 'content_filter',
  blocklist: 'content_filter',
  prohibited_content: 'content_filter',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
  function_call: 'tool_calls',
  tool_use: 'tool_calls',
  tool_call: 'tool_calls',
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  end_turn: 'stop',
};

function knownReason(reason: string | null | undefined): string {
  if (!reason) return 'stop';
  const plain = reason.toLowerCase();
  return REASONS[plain] ?? plain;
}

/** Content is a text, or a list of parts: those that are text, joined; thoughts are none. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map((part) => textOf(part)).join('');
  if (!isRecord(content)) return '';
  const { type = 'text', text } = content;
  if (typeof text === 'string' && (type === 'text' || type === 'output_text')) return text;
  // As some give a text with its annotations.
  return isRecord(text) && typeof text['value'] === 'string' ? text['value'] : '';
}

const partsOf = (content: unknown): Record<string, unknown>[] =>
  Array.isArray(content) ? content.filter(isRecord) : [];

function refusalIn(content: unknown): string | undefined {
  const refusals = partsOf(content).map(({ refusal }) => refusal);
  return refusals.find((refusal): refusal is string => typeof refusal === 'string' && refusal !== '');
}

const hasThoughts = (content: unknown): boolean =>
  partsOf(content).some(({ type }) => typeof type === 'string' && /think|reason/.test(type));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What the server says that a call used; zeros where it says nothing. */
export function usageOf(body: unknown): Pick<ChatReply, 'inputTokens' | 'outputTokens'> {
  const usage = isRecord(body) && isRecord(body['usage']) ? body['usage'] : {};
  const inputTokens = tokens(usage['prompt_tokens'] ?? usage['input_tokens']);
  const outputTokens = tokens(usage['completion_tokens'] ?? usage['output_tokens']);
  const total = tokens(usage['total_tokens']);
  return { inputTokens, outputTokens: Math.max(outputTokens, outputTokens === 0 ? total - inputTokens : 0) };
}

/** A count may come as text, as a fraction or below zero. */
function tokens(count: unknown): number {
  const number = typeof count === 'string' ? Number(count) : count;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? Math.ceil(number) : 0;
}
