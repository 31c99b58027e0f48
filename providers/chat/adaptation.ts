import { STRUCTURED_MODES, toCompletionBody, type CompletionBody, type CompletionDefaults } from './completion.ts';
import { allWords } from './server-words.ts';
import type { ChatRequest } from '../../contract/ports.ts';

/** What a model's server takes of a request, found out by asking: it is asked again without what it refuses. */

/** Fields that a model may refuse, and that can be sent otherwise or not at all. */
type Field = 'max_tokens' | 'max_completion_tokens' | 'temperature' | 'seed';
const FIELDS: readonly Field[] = ['max_completion_tokens', 'max_tokens', 'temperature', 'seed'];

export type SentBody = Omit<CompletionBody, 'max_tokens' | 'temperature'> & {
  max_tokens?: number;
  max_completion_tokens?: number;
  temperature?: number;
};

/** How a request is put; each refusal of a field or format leads to the next. */
export interface Manner {
  /** Index into the ways to ask for structured output, from the strongest. */
  mode: number;
  limitField: 'max_tokens' | 'max_completion_tokens';
  /** Whether the other field was refused: one that refuses both has said something else. */
  swapped: boolean;
  omitted: readonly ('temperature' | 'seed')[];
}

/** OpenAI's newer models, on Azure too, refuse max_tokens; most other servers know nothing else. */
export const usualManner = (server: string): Manner => ({
  mode: 0,
  limitField: /(^|\.)(openai|openai\.azure|services\.ai\.azure)\.com$/.test(hostOf(server))
    ? 'max_completion_tokens'
    : 'max_tokens',
  swapped: false,
  omitted: [],
});

/** A server may be named in words, too. */
const hostOf = (server: string): string => (URL.canParse(server) ? new URL(server).hostname : '');

export function bodyInManner(request: ChatRequest, defaults: CompletionDefaults, manner: Manner): SentBody {
  const { mode, limitField, omitted } = manner;
  const { max_tokens, temperature, seed, ...body } = toCompletionBody(
    request,
    defaults,
    STRUCTURED_MODES[mode] ?? 'prompt',
  );
  return {
    ...body,
    ...(!omitted.includes('temperature') && { temperature }),
    [limitField]: max_tokens,
    ...(seed !== undefined && !omitted.includes('seed') && { seed }),
  };
}

const REFUSED =
  /unsupported|not (?:be )?support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|extra (?:fields|inputs)|does ?n[o']t support|only the default|deprecated|invalid (?:field|parameter|argument)|use '?max_/i;
const FINAL = /content_filter|context_length_exceeded|content management policy/;

/**
 * How to put a request that was refused, where the refusal names a field that can be left out, or may mean the format of its answer.
 * Undefined where there is no other way.
 * @param status 400 by OpenAI and most servers, 422 by those that validate bodies by schema
 */
export function mannerAfter(
  refusal: { status: number | undefined; body: unknown },
  { request, manner }: { request: ChatRequest; manner: Manner },
): Manner | undefined {
  if (refusal.status !== 400 && refusal.status !== 422) return undefined;
  const words = allWords(refusal.body);
  const named = REFUSED.test(words)
    ? FIELDS.find((field) => sends(field, request, manner) && names(words, field))
    : undefined;
  switch (named) {
    case 'max_tokens':
      return { ...manner, limitField: 'max_completion_tokens', swapped: true };
    case 'max_completion_tokens':
      return { ...manner, limitField: 'max_tokens', swapped: true };
    case 'temperature':
    case 'seed':
      return { ...manner, omitted: [...manner.omitted, named] };
  }
  const weaker = manner.mode + 1;
  if (!request.responseSchema || weaker >= STRUCTURED_MODES.length || FINAL.test(words)) return undefined;
  return { ...manner, mode: weaker };
}

const names = (words: string, field: Field): boolean => new RegExp(`(?<![\\w-])${field}(?![\\w-])`).test(words);

function sends(field: Field, request: ChatRequest, { limitField, swapped, omitted }: Manner): boolean {
  if (field === 'temperature') return !omitted.includes(field);
  if (field === 'seed') return request.seed !== undefined && !omitted.includes(field);
  return field === limitField && !swapped;
}

/** What a server does not take, in words for people. */
export function mannerNotes(manner: Manner, usual: Manner): string[] {
  return [
    ...(manner.limitField === usual.limitField ? [] : [`takes ${manner.limitField}, not ${usual.limitField}`]),
    ...manner.omitted.map((field) => `takes no ${field}: its own default counts`),
    ...(manner.mode === usual.mode ? [] : [`takes no response_format ${STRUCTURED_MODES[manner.mode - 1]}`]),
  ];
}
