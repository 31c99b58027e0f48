import type { Letter } from '../registry/outbox/letters.ts';
import type { Outbox } from '../registry/outbox/outbox.ts';
import type { Holder, SinkStanding } from '../registry/outbox/standing.ts';
import type { RegistryEvent } from '../schema/event.ts';
import type { Delivery, Sink, SinkTiming } from './types.ts';

/** What one worker tells a sink while it holds its lease. */

/** Events that are read at once. */
const MOST = 100;

/** Whether there is anything to be told to a sink now; asked without its lease. */
export async function hasWork(outbox: Outbox, { behind, disabledWhy, nextMs, nowMs, name }: SinkStanding) {
  if (disabledWhy !== null) return false;
  return (behind > 0 && nextMs <= nowMs) || (await outbox.hasAgain(name));
}

/** Tells a sink all that there is, until an attempt fails, the lease is lost or `signal` aborts. */
export async function takeTurn(options: {
  outbox: Outbox;
  sink: Sink;
  holder: Holder;
  signal: AbortSignal;
  /** What a person should know. */
  say: (message: string) => void;
}): Promise<void> {
  const { outbox, sink, signal } = options;
  for (const letter of await outbox.letters({ sink: sink.name, state: 'again' })) {
    if (signal.aborted) return;
    await tellAgain(options, letter);
  }
  while (!signal.aborted) {
    const [standing] = await outbox.standings(sink.name);
    if (!standing || !(await hasWork(outbox, standing)) || standing.nextMs > standing.nowMs) return;
    const events = await outbox.after(standing.position, MOST);
    const wanted = events.find((event) => sink.wants(event));
    const before = wanted ? wanted.seq - 1 : events.at(-1)?.seq;
    if (before !== undefined && before > standing.position && !(await outbox.toldTo(options.holder, before, false)))
      return;
    if (wanted && !(await tellNext(options, standing, wanted))) return;
    if (events.length === 0) return;
  }
}

/** @returns whether the sink goes on with the next event */
async function tellNext(
  options: Parameters<typeof takeTurn>[0],
  standing: SinkStanding,
  event: RegistryEvent,
): Promise<boolean> {
  const { outbox, sink, holder, signal, say } = options;
  const delivery = await attempt(sink, event, signal);
  if (signal.aborted && delivery.status !== 'delivered') return false;
  const attempts = standing.attempts + 1;
  const what = `${sink.name}: ${event.type} ${event.id}`;
  switch (delivery.status) {
    case 'delivered':
      return outbox.toldTo(holder, event.seq, true);
    case 'gone':
      say(`${what}: ${delivery.why}; nothing is sent there until somebody enables it`);
      await outbox.disable(holder, delivery.why);
      return false;
    case 'refused':
      say(`${what}: ${delivery.why}; set aside`);
      return outbox.bury(holder, { event, attempts, error: delivery.why });
    case 'failed': {
      if (isDead(sink.timing, standing, event)) {
        say(`${what}: ${delivery.why}; given up after ${attempts} attempts, and set aside`);
        return outbox.bury(holder, { event, attempts, error: delivery.why });
      }
      if (attempts === 1) say(`${what}: ${delivery.why}; it is tried again`);
      await outbox.failed(holder, { error: delivery.why, retryMs: retryMs(sink.timing, attempts, delivery) });
      return false;
    }
    default:
      return delivery satisfies never;
  }
}

/** What somebody asked for again is tried once: that person looks at what comes of it. */
async function tellAgain(options: Parameters<typeof takeTurn>[0], letter: Letter): Promise<void> {
  const { outbox, sink, holder, signal, say } = options;
  const delivery = await attempt(sink, letter.event, signal);
  if (signal.aborted && delivery.status !== 'delivered') return;
  if (delivery.status === 'gone') await outbox.disable(holder, delivery.why);
  if (delivery.status === 'delivered') return outbox.settle(letter, 'delivered', '');
  say(`${sink.name}: ${letter.event.id}, sent again: ${delivery.why}`);
  await outbox.settle(letter, 'dead', delivery.why);
}

async function attempt(sink: Sink, event: RegistryEvent, signal: AbortSignal): Promise<Delivery> {
  try {
    return await sink.deliver(event, signal);
  } catch (error) {
    return { status: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

/** An event that has waited for as long as it may while attempts failed: a worker that was away does not make it old. */
function isDead({ deadAfterMs }: SinkTiming, { failingSinceMs, nowMs }: SinkStanding, { at }: RegistryEvent): boolean {
  if (deadAfterMs === undefined || failingSinceMs === null) return false;
  const happenedMs = Date.parse(at);
  return nowMs - Math.max(failingSinceMs, Number.isNaN(happenedMs) ? 0 : happenedMs) >= deadAfterMs;
}

/** Twice as long after each attempt, not in step with other senders, and never sooner than it is asked. */
export function retryMs(
  { firstRetryMs, mostRetryMs }: SinkTiming,
  attempts: number,
  { retryAfterMs = 0 }: { retryAfterMs?: number | undefined },
): number {
  const backoff = Math.min(mostRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 30)) * (0.8 + 0.4 * Math.random());
  return Math.max(backoff, retryAfterMs);
}
