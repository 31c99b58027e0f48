import { setTimeout as sleep } from 'node:timers/promises';
import { BatchQueues } from './batch-model.ts';
import type { BatchTiming } from './batch-queue.ts';
import { costOf, likelyTokens, mostOf } from '../chat/call-cost.ts';
import { BudgetError } from '../../contract/budget-error.ts';
import { asCalls, asEmbeddings } from './embeddings.ts';
import { callJson, keyOf, ledgerKey } from './key.ts';
import { openLedgerStore, type LedgerStore, type UsualCall } from './store.ts';
import { Limits } from '../limits/limits.ts';
import { MalformedAnswers } from './malformed-answers.ts';
import { SharedCalls } from './shared-calls.ts';
import {
  ProviderError,
  type Amount,
  type Budget,
  type ChatModel,
  type ChatReply,
  type ChatRequest,
  type EmbeddingModel,
  type LedgerCounts,
} from '../../contract/ports.ts';

export interface LedgerOptions {
  /** Whose hits and misses are counted. A run that goes on after a crash keeps its id, and so its answers. */
  runId: string;
  /** Pay again for what other runs have paid for. What this run has paid for is still never paid twice. */
  fresh?: boolean | undefined;
  /** The most that the run may pay, over all its calls. */
  budget?: Budget | undefined;
  /** Told what a model's server does not take of a request, and what was done about it. */
  onNote?: ((note: string) => void) | undefined;
}

type Identity = Pick<ChatModel, 'provider' | 'model' | 'settings'>;

/** The record of every model call: no call is paid twice. */
export interface Ledger {
  /**
   * The same model, with answers from the ledger where it has them. A new answer is written before it is returned, so that
   * the death of the process costs only the calls in flight. Identical calls at the same time are one call. Calls that are
   * made are kept within the limits of the model's server, tried again when they fail, and kept within the budget.
   */
  wrap(model: ChatModel, options: LedgerOptions): ChatModel;
  /** The same for a model that gives vectors: each text is one call. */
  wrapEmbedding(model: EmbeddingModel, options: LedgerOptions): EmbeddingModel;
  /** Distinct calls of a run that were answered by an earlier run (`hits`) and that it paid itself (`misses`). */
  counts(runId: string): Promise<LedgerCounts>;
  /** The newest answers that any run has paid for, in the requests' order; changes nothing. */
  peek(model: Identity, requests: readonly ChatRequest[]): Promise<(ChatReply | undefined)[]>;
  /** What calls to a model with this schema usually take, by its last 500; undefined when there was none. */
  usual(model: Identity, schema: string): Promise<UsualCall | undefined>;
  /** Where calls of models in batch mode gather. */
  batches: BatchQueues;
  /** For when no call is in flight: an answer that comes later can't be written. */
  close(): Promise<void>;
}

/**
 * Opens the ledger, made when missing; several processes may have it open. A commit survives the process's death; a power
 * cut may lose the last ones, which are then paid again.
 * @param timing of batches, for tests
 * @param url a file path or `file://` URL of a SQLite database
 */
export async function openLedger(url: string, timing?: BatchTiming): Promise<Ledger> {
  const store = await openLedgerStore(url);
  const inFlight = new SharedCalls<{ reply: ChatReply; run: string }>();
  const limits = new Limits();
  const malformed = new MalformedAnswers();
  const wrap: Ledger['wrap'] = (model, options) => wrapModel({ model, options, store, inFlight, limits, malformed });
  return {
    wrap,
    wrapEmbedding: (model, options) => asEmbeddings(wrap(asCalls(model), options)),
    peek: (model, requests) => store.peek(requests.map((request) => ledgerKey(model, request))),
    usual: (model, schema) => store.usual({ provider: model.provider, model: model.model, schema }),
    counts: (runId) => store.counts(runId),
    batches: new BatchQueues(store.batches, timing),
    close: () => store.close(),
  };
}

interface WrapContext {
  model: ChatModel;
  options: LedgerOptions;
  store: LedgerStore;
  inFlight: SharedCalls<{ reply: ChatReply; run: string }>;
  limits: Limits;
  malformed: MalformedAnswers;
}

function wrapModel(context: WrapContext): ChatModel {
  const { model, options, store, inFlight } = context;
  const { runId: run, fresh = false } = options;
  return {
    ...model,
    async chat(request, signal) {
      const call = callJson(model, request);
      const key = keyOf(call);
      const ask = () =>
        inFlight.join({
          // A fresh run shares only with itself: another run's call may be answered by an old answer.
          id: fresh ? `${key} ${run}` : key,
          ...(signal && { signal }),
          start: async (sharedSignal) => {
            const known = await store.find({ key, run, fresh });
            if (known) return { reply: known, run };
            sharedSignal.throwIfAborted();
            const reply = await pay({ ...context, key, call, request, signal: sharedSignal });
            return { reply, run };
          },
        });
      const answered = await ask().catch((error: unknown) => {
        // The call that was joined was another run's, and that run may pay no more: this one pays for itself.
        if (error instanceof BudgetError && error.run !== run) return ask();
        throw error;
      });
      if (answered.run === run) return answered.reply;
      // Another run's call was joined: its answer is in the ledger now, and is noted as this run's hit.
      return (await store.find({ key, run, fresh })) ?? answered.reply;
    },
  };
}

/** Waiting for money that calls in flight may give back. */
const BUDGET_POLL_MS = 50;
const BATCH_BUDGET_POLL_MS = 5_000;
/** Beyond the call's own deadline: its answer is written well before that. */
const RESERVATION_MARGIN_MS = 15_000;
const DEFAULT_TIMEOUT_MS = 120_000;

/** Makes one call that the ledger has no answer for. */
async function pay(
  options: WrapContext & { key: string; call: string; request: ChatRequest; signal: AbortSignal },
): Promise<ChatReply> {
  const { model, store, limits, malformed, key, call, request, signal } = options;
  const { runId: run, budget, onNote } = options.options;
  const asked = `${run} ${key}`;
  malformed.check(asked);
  const capped = !model.free && (budget?.usd !== undefined || budget?.tokens !== undefined);
  const most = mostOf(model, request);
  let written: Promise<ChatReply> | undefined;
  await limits.of(model).run({
    kind: request.responseSchema?.name ?? '',
    tokens: likelyTokens(model, request),
    signal,
    call: async () => {
      const reservation = capped ? await reserve({ store, run, key, budget, most, model, signal }) : undefined;
      const startedMs = performance.now();
      let reply: ChatReply;
      try {
        reply = await model.chat(request, signal);
      } catch (error) {
        const cost = paidAnyway(model, error, most);
        if (reservation !== undefined || cost) await store.settle({ run, reservation, ...(cost ?? NOTHING) });
        throw malformed.add(asked, error);
      }
      malformed.answered(asked);
      const { limits: _told, notes = [], ...answer } = reply;
      for (const note of notes) onNote?.(note);
      // Safe before the call leaves its place in flight: so a crash costs no more calls than may be in flight.
      written = store.record({
        key,
        run,
        provider: model.provider,
        model: model.model,
        request: call,
        latencyMs: Math.round(performance.now() - startedMs),
        created: new Date().toISOString(),
        ...answer,
        cost: costOf(model, reply, capped ? most : undefined),
        reservation,
        batched: model.batched,
      });
      written.catch(() => {}); // Awaited below.
      return reply;
    },
  });
  return written as Promise<ChatReply>;
}

const NOTHING: Amount = { costNanoUsd: 0, tokens: 0 };

/** What a call has cost whose answer can't be used: as its server says, else the most where the answer broke off. */
function paidAnyway(model: ChatModel, error: unknown, most: Amount): Amount | undefined {
  if (!(error instanceof ProviderError) || error.paid === undefined || model.free) return undefined;
  return error.paid === 'unknown' ? most : costOf(model, { text: '', finishReason: '', ...error.paid });
}

/** Reserves what a call may cost, waiting while calls in flight may still give back enough. @throws BudgetError */
async function reserve(options: {
  store: LedgerStore;
  run: string;
  key: string;
  budget: Budget;
  most: Amount;
  model: ChatModel;
  signal: AbortSignal;
}): Promise<number> {
  const { store, run, key, budget, most, model, signal } = options;
  for (;;) {
    const nowMs = Date.now();
    const expiresMs = nowMs + (model.timeoutMs ?? DEFAULT_TIMEOUT_MS) + RESERVATION_MARGIN_MS;
    const reserved = await store.reserve({
      run,
      ...(model.batched && { key }),
      budget,
      estimate: most,
      nowMs,
      expiresMs,
    });
    if (reserved.status === 'reserved') return reserved.id;
    if (reserved.status === 'exhausted') throw new BudgetError({ run, spent: reserved.spent, budget, estimate: most });
    // Thousands of calls wait together in batch mode, for hours.
    await sleep(model.batched ? BATCH_BUDGET_POLL_MS : BUDGET_POLL_MS, undefined, { signal });
  }
}
