import type { Weights } from '../schema/model-ref.ts';

/** The ports to models that answer, and to servers that serve them. Tools that make models are jobs: see jobs.ts. */

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatRequest {
  messages: ChatMessage[];
  temperature?: number;
  maxTokens?: number;
  seed?: number;
  /** Ask for JSON of this schema. The caller still parses the reply: a model may not obey. */
  responseSchema?: { name: string; schema: Record<string, unknown> };
  /** Which of several samples of the same request: part of the ledger's key. */
  sample?: number;
}

export interface ChatReply {
  text: string;
  finishReason: string;
  inputTokens: number;
  outputTokens: number;
  /** How long the model took when it was asked; the ledger tells. */
  latencyMs?: number;
  /** What the server's headers say of its limits, where they do. */
  limits?: ServerLimits;
  /** What was left out of the request or sent otherwise, because the server refuses it: for a person to know. */
  notes?: string[];
}

/** Of `limit` requests or tokens `remaining` are left; all are there again after `resetMs`. */
export interface ServerLimit {
  limit: number;
  remaining: number;
  resetMs: number;
}
export interface ServerLimits {
  requests?: ServerLimit;
  tokens?: ServerLimit;
}

/** A model that is asked: what the ledger, the limits and the budget know of it. Adapters retry nothing: Temporal and the limiter own retrying. */
export interface AskedModel {
  /** `builtin`, `openai`, `huggingface`, `local`. */
  readonly provider: string;
  /** What the ledger keys by: the model's id at its provider, or the content hash of our own weights. */
  readonly model: string;
  /** Calls that may be in flight at once. */
  readonly concurrency: number;
  /** What else decides an answer: the server asked and the defaults of a request. Part of the ledger's key. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** What the config allows a minute. */
  readonly rates?: { requestsPerMinute?: number | undefined; tokensPerMinute?: number | undefined };
  /** Runs on our own machines: nothing is paid for it. */
  readonly free?: boolean;
  /** US dollars for a million tokens. */
  readonly prices?: { inputPerMillion: number; outputPerMillion: number };
  /** Its calls go out in batches, which outlive the worker. */
  readonly batched?: boolean;
  /** When one call is given up. */
  readonly timeoutMs?: number;
}

/** One model that answers chat messages. */
export interface ChatModel extends AskedModel {
  /** @throws ProviderError */
  chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatReply>;
}

export interface Embeddings {
  /** As the model gives them, one for each text: of any length. */
  vectors: Float32Array[];
  inputTokens: number;
}

/** One model that turns texts into vectors. */
export interface EmbeddingModel extends AskedModel {
  /** @throws ProviderError */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Embeddings>;
}

/** A model that says of passages how well each answers a question. */
export interface Reranker {
  readonly provider: string;
  readonly model: string;
  /** A score for each text, in their order: of one call only, the higher the better. @throws ProviderError */
  rerank(question: string, texts: readonly string[], signal?: AbortSignal): Promise<number[]>;
}

/** Why a call to a provider failed, classified once, for failure.ts to turn into a Temporal failure. */
export type ProviderErrorKind =
  | 'authentication' // 401, 403: the key is wrong or missing
  | 'not-found' // 404: no such model or route
  | 'bad-request' // other 4xx: the same request fails again
  | 'rate-limited' // 429
  | 'server' // 5xx
  | 'network' // refused, reset, timed out
  | 'malformed'; // an answer that is not what the protocol says

/** What a call that failed has used all the same; `unknown` where its answer broke off. */
export type PaidAnyway = Pick<ChatReply, 'inputTokens' | 'outputTokens'> | 'unknown';

export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  /** From Retry-After, where the server sent one. */
  readonly retryAfterMs: number | undefined;
  /** Of HTTP, where there was an answer. */
  readonly status: number | undefined;
  /** The answer can't be used, and was paid for. */
  readonly paid: PaidAnyway | undefined;
  readonly #final: boolean;

  /** @param options.final tried often enough */
  constructor(
    kind: ProviderErrorKind,
    message: string,
    options: {
      retryAfterMs?: number;
      status?: number | undefined;
      paid?: PaidAnyway | undefined;
      final?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ProviderError';
    this.kind = kind;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.paid = options.paid;
    this.#final = options.final ?? false;
  }

  /** True when the same request may succeed later. */
  get retryable(): boolean {
    if (this.#final) return false;
    return (['rate-limited', 'server', 'network', 'malformed'] as ProviderErrorKind[]).includes(this.kind);
  }
}

/** What something costs, or may cost at most. */
export interface Amount {
  /** Billionths of a US dollar: whole numbers, so that sums are exact. */
  costNanoUsd: number;
  tokens: number;
}

/** The most that a run may pay; without a field there is no cap. */
export interface Budget {
  usd?: number | undefined;
  tokens?: number | undefined;
}

/** What the ledger says of a run. */
export interface LedgerCounts {
  /** Distinct calls that an earlier run had paid for. */
  hits: number;
  /** Distinct calls that this run paid for itself. */
  misses: number;
  /** What this run has paid: input and output. */
  tokens: number;
  costUsd: number;
}

/** Answers for models we have the weights of. */
export interface ModelServer {
  /** A ChatModel for these weights; its `model` is the weights' hash. */
  chatModel(model: Weights, concurrency: number): ChatModel;
}
