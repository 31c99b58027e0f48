import { BatchQueues } from './batch-model.ts';
import type { BatchTiming } from './batch-queue.ts';
import { answeredOnce, type InFlight } from './calls/answered-once.ts';
import { countingMalformed, MalformedAnswers, unlessGivenUp } from './calls/malformed-answers.ts';
import { recorded } from './calls/recorded.ts';
import { SharedCalls } from './calls/shared-calls.ts';
import { withinBudget } from './calls/within-budget.ts';
import { withinLimits } from './calls/within-limits.ts';
import { asCalls, asEmbeddings } from './embeddings.ts';
import { ledgerKey } from './key.ts';
import { openLedgerStore, type LedgerFiles, type LedgerStore, type UsualCall } from './store.ts';
import { Limits } from '../limits/limits.ts';
import type { Budget, ChatModel, ChatReply, ChatRequest, EmbeddingModel, LedgerCounts } from '../../contract/ports.ts';

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
 * @param url a file path or `file://` URL of a SQLite database, or a `postgres://` URL
 */
export async function openLedger(url: string, options: LedgerFiles & { timing?: BatchTiming } = {}): Promise<Ledger> {
  const store = await openLedgerStore(url, options);
  const inFlight: InFlight = new SharedCalls();
  const shared = { store, inFlight, limits: new Limits(store.takeShared), malformed: new MalformedAnswers() };
  const wrap: Ledger['wrap'] = (model, options) => paidOnce(model, options, shared);
  return {
    wrap,
    wrapEmbedding: (model, options) => asEmbeddings(wrap(asCalls(model), options)),
    peek: (model, requests) => store.peek(requests.map((request) => ledgerKey(model, request))),
    usual: (model, schema) => store.usual({ provider: model.provider, model: model.model, schema }),
    counts: (runId) => store.counts(runId),
    batches: new BatchQueues(store.batches, options.timing),
    close: () => store.close(),
  };
}

/** What one call goes through, from the ledger's answer to the model's. */
function paidOnce(
  model: ChatModel,
  { runId: run, fresh = false, budget, onNote }: LedgerOptions,
  shared: { store: LedgerStore; inFlight: InFlight; limits: Limits; malformed: MalformedAnswers },
): ChatModel {
  const { store, inFlight, limits, malformed } = shared;
  const paid = recorded({ model, store, onNote });
  const counted = countingMalformed(malformed, withinBudget({ model, store, budget }, paid));
  const limited = withinLimits({ model, limiter: limits.of(model) }, counted);
  return { ...model, chat: answeredOnce({ model, store, inFlight, run, fresh }, unlessGivenUp(malformed, limited)) };
}
