import { z } from 'zod';
import { kindOfStatus } from './error-mapping.ts';
import { redact } from '../../common/redact.ts';
import { isRecord } from '../../replies/reply-json.ts';
import { allWords, codeIn, errorIn, wordsOf } from './server-words.ts';
import { ProviderError, type ChatReply, type PaidAnyway, type ProviderErrorKind } from '../../contract/ports.ts';

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
  /** As routers say that the provider behind them failed in mid-answer. */
  error: z.unknown().optional(),
});
const CompletionSchema = z.object({ choices: z.array(ChoiceSchema).min(1) });

/**
 * Reads a chat completion. What ends an answer early is its finish reason, in these words whatever the server's own are: `length`,
 * `refusal` (the text is the refusal's), `content_filter`, `tool_calls`, `reasoning` where there is nothing but thoughts. Counts that
 * the server does not send are 0.
 * @param body as JSON, or its text
 * @throws ProviderError with what the call has used: `malformed`, or what an error in the body says
 */
export function toChatReply(body: unknown, subject: string, secrets: readonly string[] = []): ChatReply {
  const completion = parsedBody(body);
  const read = CompletionSchema.safeParse(completion);
  const choice = read.data?.choices[0];
  const failed = choice && (choice.error != null || choice.finish_reason === 'error');
  if (choice && (choice.message || choice.text != null) && !failed)
    return { ...answerOf(choice), ...usageOf(completion) };
  const issue = read.error?.issues[0];
  const problem =
    `the answer is not a chat completion: ${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'no message'}. ` +
    'Check that the address is that of a server that speaks the OpenAI chat-completions protocol.';
  const error = failed ? (choice.error ?? { message: 'it gives no reason' }) : undefined;
  throw unusable(completion, { subject, secrets, problem, error });
}

/** A body as JSON where it is JSON, whatever its headers say. */
export function parsedBody(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/**
 * What is wrong with an answer of status 200 that is not what was asked for: no JSON, an error, or `problem`. With what it has used.
 * @param body as parsedBody gives it
 */
export function unusable(
  body: unknown,
  options: { subject: string; secrets: readonly string[]; problem: string; error?: unknown },
): ProviderError {
  const { subject, secrets, problem, error = errorIn(body) } = options;
  const fail = (
    kind: ProviderErrorKind,
    words: string,
    more: { paid?: PaidAnyway; status?: number | undefined } = {},
  ) => new ProviderError(kind, redact(`${subject}: ${words}`, secrets), { paid: usedBy(body), ...more });
  if (typeof body === 'string') return fail('malformed', noJson(body), brokeOff(body) ? { paid: 'unknown' } : {});
  if (error === undefined) return fail('malformed', problem);
  const [status, said] = [statusIn(error), wordsOf(error) ?? 'it gives no reason'];
  const code = status === undefined ? '' : ` (HTTP ${status}, in a body)`;
  return fail(kindOfError(status, error), `the answer is an error${code}: ${said}`, { status });
}

function kindOfError(status: number | undefined, error: unknown): ProviderErrorKind {
  if (status !== undefined) return kindOfStatus(status, error);
  return /overload|unavailable|timed? ?out/i.test(allWords(error)) ? 'server' : 'malformed';
}

function statusIn(error: unknown): number | undefined {
  // Of the request, whatever the number: it would be refused again.
  if (/content_filter|context_length_exceeded/.test(allWords(error))) return 400;
  const status = Number(codeIn(error));
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}

const brokeOff = (text: string): boolean => /^\s*[{[]/.test(text);

function noJson(text: string): string {
  if (text.trim() === '') return 'the answer is empty';
  if (brokeOff(text))
    return `the answer's JSON breaks off or is broken: it ends with ${JSON.stringify(text.slice(-80))}`;
  const what = /^\s*(?:data|event|id):/.test(text)
    ? 'an event stream, which was not asked for'
    : /^\s*<(?:!doctype|html|[a-z]+[\s>])/i.test(text)
      ? 'a page of HTML, not of a model server: check the address'
      : 'no JSON';
  return `the answer is ${what}: ${JSON.stringify(wordsOf(text) ?? '')}`;
}

/** What is stated; a body that says nothing of it may not have been paid for. */
function usedBy(body: unknown): PaidAnyway | undefined {
  const usage = usageOf(body);
  return usage.inputTokens + usage.outputTokens > 0 ? usage : undefined;
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
