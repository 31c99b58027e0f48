import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outbox } from '../registry/outbox/outbox.ts';
import { hasWork, takeTurn } from './turn.ts';
import type { Sink } from './types.ts';

export interface LoopTiming {
  /** How often a sink is looked at that has nothing to be told. */
  pollMs: number;
  /** How long whoever tells a sink may be silent until another worker does. */
  leaseMs: number;
}

const TIMING: LoopTiming = { pollMs: 1_000, leaseMs: 30_000 };

/**
 * Tells all sinks what happens, each by itself, until `stop` is called. Of several workers that do so, one at a time tells a sink. One that is
 * killed has told an event, or another worker tells it again: at least once, in order, with the same id.
 */
export function runSinks(options: {
  outbox: Outbox;
  sinks: readonly Sink[];
  say: (message: string) => void;
  timing?: LoopTiming;
}): { stop: () => Promise<void> } {
  const { sinks } = options;
  const stopping = new AbortController();
  const running = sinks.map((sink) => tell({ ...options, sink, stopping: stopping.signal }));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

interface Telling {
  outbox: Outbox;
  sink: Sink;
  say: (message: string) => void;
  timing?: LoopTiming;
  stopping: AbortSignal;
}

async function tell(telling: Telling): Promise<void> {
  const { outbox, sink, say, timing = TIMING, stopping } = telling;
  const holder = { sink: sink.name, owner: randomUUID() };
  let entered = false;
  let failing = false;
  while (!stopping.aborted) {
    try {
      if (!entered) await outbox.enter(sink.name, sink.from);
      entered = true;
      const [standing] = await outbox.standings(sink.name);
      if (standing && (await hasWork(outbox, standing)) && (await outbox.claim(holder, timing.leaseMs)))
        await whileHeld(telling, holder, timing.leaseMs);
      failing = false;
    } catch (error) {
      // The database is away: it is said once, and tried again for as long as it takes.
      if (!failing) say(`${sink.name}: ${error instanceof Error ? error.message : String(error)}`);
      failing = true;
    }
    await sleep(timing.pollMs, undefined, { signal: stopping }).catch(() => {});
  }
}

/** Takes a turn, renewing the lease all the while; without it what is under way is given up. */
async function whileHeld(telling: Telling, holder: { sink: string; owner: string }, leaseMs: number): Promise<void> {
  const { outbox, sink, say, stopping } = telling;
  const lost = new AbortController();
  const renewing = setInterval(() => {
    outbox.renew(holder, leaseMs).then(
      (held) => held || lost.abort(new Error('another worker tells it')),
      (error: unknown) => lost.abort(error),
    );
  }, leaseMs / 3);
  try {
    await takeTurn({ outbox, sink, holder, signal: AbortSignal.any([stopping, lost.signal]), say });
  } finally {
    clearInterval(renewing);
    await outbox.release(holder);
  }
}
