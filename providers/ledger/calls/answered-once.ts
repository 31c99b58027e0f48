import { BudgetError } from '../../../contract/budget-error.ts';
import type { ChatModel, ChatReply } from '../../../contract/ports.ts';
import { callJson, keyOf } from '../key.ts';
import type { LedgerStore } from '../store.ts';
import type { Pay } from './call.ts';
import type { SharedCalls } from './shared-calls.ts';

/** Calls under way, of all runs of a process. */
export type InFlight = SharedCalls<{ reply: ChatReply; run: string }>;

/** The beginning of the chain: an answer of the ledger, or of the same call under way; only what has neither is paid for. */
export function answeredOnce(
  options: { model: ChatModel; store: Pick<LedgerStore, 'find'>; inFlight: InFlight; run: string; fresh: boolean },
  pay: Pay,
): ChatModel['chat'] {
  const { model, store, inFlight, run, fresh } = options;
  return async (request, signal) => {
    const json = callJson(model, request);
    const key = keyOf(json);
    const ask = () =>
      inFlight.join({
        // A fresh run shares only with itself: another run's call may be answered by an old answer.
        id: fresh ? `${key} ${run}` : key,
        ...(signal && { signal }),
        start: async (sharedSignal) => {
          const known = await store.find({ key, run, fresh });
          if (known) return { reply: known, run };
          sharedSignal.throwIfAborted();
          const { written } = await pay({ request, json, key, run, signal: sharedSignal });
          return { reply: await written, run };
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
  };
}
