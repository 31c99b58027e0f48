import { canonicalJson } from '../datasets/canonical-json.ts';
import { ledgerKey } from './ledger-key.ts';
import { openLedgerStore, type LedgerStore } from './ledger-store.ts';
import { SharedCalls } from './shared-calls.ts';
import type { ChatModel, ChatReply } from './types.ts';

export interface LedgerOptions {
  /** Whose hits and misses are counted. A run that goes on after a crash keeps its id, and so its answers. */
  runId: string;
  /** Pay again for what other runs have paid for. What this run has paid for is still never paid twice. */
  fresh?: boolean;
}

/** The record of every model call: no call is paid twice. */
export interface Ledger {
  /**
   * The same model, with answers from the ledger where it has them. A new answer is written before it is returned, so that
   * the death of the process costs only the calls in flight. Identical calls at the same time are one call.
   */
  wrap(model: ChatModel, options: LedgerOptions): ChatModel;
  /** Distinct calls of a run that were answered by an earlier run (`hits`) and that it paid itself (`misses`). */
  counts(runId: string): Promise<{ hits: number; misses: number }>;
  /** For when no call is in flight: an answer that comes later can't be written. */
  close(): Promise<void>;
}

/**
 * Opens the ledger, made when missing; several processes may have it open. A commit survives the process's death; a power
 * cut may lose the last ones, which are then paid again.
 * @param url a file path or `file://` URL of a SQLite database
 */
export async function openLedger(url: string): Promise<Ledger> {
  const store = await openLedgerStore(url);
  const inFlight = new SharedCalls<{ reply: ChatReply; run: string }>();
  return {
    wrap: (model, options) => wrapModel({ model, options, store, inFlight }),
    counts: (runId) => store.counts(runId),
    close: () => store.close(),
  };
}

interface WrapContext {
  model: ChatModel;
  options: LedgerOptions;
  store: LedgerStore;
  inFlight: SharedCalls<{ reply: ChatReply; run: string }>;
}

function wrapModel({ model, options, store, inFlight }: WrapContext): ChatModel {
  const { runId: run, fresh = false } = options;
  return {
    provider: model.provider,
    model: model.model,
    concurrency: model.concurrency,
    ...(model.settings && { settings: model.settings }),
    async chat(request, signal) {
      const key = ledgerKey(model, request);
      const answered = await inFlight.join({
        // A fresh run shares only with itself: another run's call may be answered by an old answer.
        id: fresh ? `${key} ${run}` : key,
        ...(signal && { signal }),
        start: async (sharedSignal) => {
          const known = await store.find({ key, run, fresh });
          if (known) return { reply: known, run };
          sharedSignal.throwIfAborted();
          const startedMs = performance.now();
          const answer = await model.chat(request, sharedSignal);
          const reply = await store.record({
            key,
            run,
            provider: model.provider,
            model: model.model,
            request: canonicalJson(request),
            latency_ms: Math.round(performance.now() - startedMs),
            created: new Date().toISOString(),
            ...answer,
          });
          return { reply, run };
        },
      });
      if (answered.run === run) return answered.reply;
      // Another run's call was joined: its answer is in the ledger now, and is noted as this run's hit.
      return (await store.find({ key, run, fresh })) ?? answered.reply;
    },
  };
}
