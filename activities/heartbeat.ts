import { Context } from '@temporalio/activity';
import type { Heartbeat, StageName } from '../contract/messages.ts';

/** Often enough that 10 s of silence can only mean a dead worker. */
const BEAT_MS = 1_000;

export type Report = (done: number, total: number, text?: string, unreadable?: number) => void;

/**
 * Runs long work with heartbeats: each carries where the work stands, and the last one is repeated while a slow call
 * is awaited. Heartbeats also bring the cancellation that `signal` passes on. The first is `first`, for work that goes on from there.
 */
export async function withHeartbeat<T>(
  about: { stage: StageName; label: string },
  work: (report: Report, signal: AbortSignal) => Promise<T>,
  first: Omit<Heartbeat, keyof typeof about> = { done: 0, total: 1 },
): Promise<T> {
  const context = Context.current();
  let beat: Heartbeat = { ...first, ...about };
  // Said with the next beat: work may report thousands of times a second.
  const report: Report = (done, total, text, unreadable) =>
    void (beat = { ...about, done, total, text, ...(unreadable && { unreadable }) });
  context.heartbeat(beat);
  const timer = setInterval(() => context.heartbeat(beat), BEAT_MS);
  try {
    return await work(report, context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
