import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withHeartbeat } from './heartbeat.ts';

const about = { stage: 'generation', label: 'questions' } as const;

/** Runs work as an activity; `beats` are the heartbeats it sent. */
function run<T>(work: Parameters<typeof withHeartbeat<T>>[1]) {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const beats: unknown[] = [];
  environment.on('heartbeat', (beat) => beats.push(beat));
  return { environment, beats, result: environment.run(() => withHeartbeat(about, work)) as Promise<T> };
}

describe('withHeartbeat', () => {
  afterEach(() => void vi.useRealTimers());

  it('sends where the work stands, from its start on, and returns what came of it', async () => {
    const { beats, result } = run(async (report) => {
      report(3, 10);
      report(10, 10, 'done');
      return 'all';
    });
    expect(await result).toBe('all');
    expect(beats).toEqual([
      { ...about, done: 0, total: 1 },
      { ...about, done: 3, total: 10, text: undefined },
      { ...about, done: 10, total: 10, text: 'done' },
    ]);
  });

  it('repeats the last one while a slow call is awaited, and stops when the work ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let end = () => {};
    const { beats, result } = run(
      (report) =>
        new Promise<void>((resolve) => {
          report(1, 2);
          end = resolve;
        }),
    );
    await sleep(0);
    vi.advanceTimersByTime(3_000);
    expect(beats).toHaveLength(5);
    expect(beats.at(-1)).toMatchObject({ done: 1, total: 2 });
    end();
    await result;
    vi.advanceTimersByTime(3_000);
    expect(beats).toHaveLength(5);
  });

  it('stops beating when the work fails', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { beats, result } = run(() => Promise.reject(new Error('broken')));
    await expect(result).rejects.toThrow('broken');
    vi.advanceTimersByTime(3_000);
    expect(beats).toHaveLength(1);
  });

  it('passes a cancellation on', async () => {
    const { environment, result } = run(
      (_report, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    environment.cancel();
    await expect(result).rejects.toMatchObject({ name: 'CancelledFailure' });
  });
});
