import { costOf } from '../../chat/call-cost.ts';
import type { ChatModel } from '../../../contract/ports.ts';
import type { LedgerStore } from '../store.ts';
import type { Pay } from './call.ts';

/** The end of the chain: asks the model, and writes its answer down. It does not wait for the disk: whoever uses the answer does. */
export function recorded(options: {
  model: ChatModel;
  store: Pick<LedgerStore, 'record'>;
  onNote?: ((note: string) => void) | undefined;
}): Pay {
  const { model, store, onNote } = options;
  return async ({ request, json, key, run, signal, reserved }) => {
    const startedMs = performance.now();
    const reply = await model.chat(request, signal);
    const { limits: _told, notes = [], ...answer } = reply;
    for (const note of notes) onNote?.(note);
    // Begun before the call leaves its place in flight: so a crash costs no more calls than may be in flight.
    const written = store.record({
      key,
      run,
      provider: model.provider,
      model: model.model,
      request: json,
      ...answer,
      latencyMs: Math.round(performance.now() - startedMs),
      created: new Date().toISOString(),
      cost: costOf(model, reply, reserved?.most),
      reservation: reserved?.id,
      batched: model.batched,
    });
    written.catch(() => {}); // Awaited by whoever uses the answer.
    return { reply, written };
  };
}
