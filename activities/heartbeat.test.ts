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

  it('sends where the work stands each second, from its start on, and stops when the work ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let end = (_result: string) => {};
    const { beats, result } = run((report) => {
      report(1, 10);
      report(3, 10, 'a third');
      return new Promise<string>((resolve) => (end = resolve));
    });
    await sleep(0);
    vi.advanceTimersByTime(2_000);
    expect(beats).toEqual([
      { ...about, done: 0, total: 1 },
      { ...about, done: 3, total: 10, text: 'a third' },
      { ...about, done: 3, total: 10, text: 'a third' },
    ]);
    end('all');
    expect(await result).toBe('all');
    vi.advanceTimersByTime(3_000);
    expect(beats).toHaveLength(3);
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
