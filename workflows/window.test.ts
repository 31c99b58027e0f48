import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { slidingWindow } from './window.ts';

/** Tasks that end when they are told to. */
function controlled() {
  const ends = new Map<number, { resolve: () => void; reject: (cause: unknown) => void }>();
  const started: number[] = [];
  const run = (item: number) =>
    new Promise<string>((resolve, reject) => {
      started.push(item);
      ends.set(item, { resolve: () => resolve(`done ${item}`), reject });
    });
  const turn = () => sleep(0);
  return {
    run,
    started,
    end: async (item: number) => (ends.get(item)?.resolve(), turn()),
    fail: async (item: number, cause: unknown) => (ends.get(item)?.reject(cause), turn()),
  };
}

describe('slidingWindow', () => {
  it('starts the next as soon as one ends, whichever it is, and keeps the order of results', async () => {
    const tasks = controlled();
    const all = slidingWindow({ items: [1, 2, 3, 4], width: 2, run: tasks.run });
    expect(tasks.started).toEqual([1, 2]);
    await tasks.end(2);
    expect(tasks.started).toEqual([1, 2, 3]);
    await tasks.end(3);
    expect(tasks.started).toEqual([1, 2, 3, 4]);
    await tasks.end(4);
    await tasks.end(1);
    expect(await all).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
  });

  it('starts nothing after an error, and throws the first one once what was under way has settled', async () => {
    const tasks = controlled();
    let settled = false;
    const all = slidingWindow({ items: [1, 2, 3, 4], width: 3, run: tasks.run }).finally(() => (settled = true));
    all.catch(() => {});
    await tasks.fail(3, new Error('first'));
    await tasks.fail(1, new Error('second'));
    expect(settled).toBe(false);
    await tasks.end(2);
    await expect(all).rejects.toThrow('first');
    expect(tasks.started).toEqual([1, 2, 3]);
  });

  it('runs everything, one by one, for a width below one, and nothing for no items', async () => {
    expect(await slidingWindow({ items: ['a', 'b'], width: 0, run: async (item) => item.toUpperCase() })).toEqual([
      'A',
      'B',
    ]);
    expect(await slidingWindow({ items: [], width: 3, run: async () => 1 })).toEqual([]);
  });

  it('throws what was thrown, even when it is no error', async () => {
    await expect(slidingWindow({ items: [1], width: 1, run: () => Promise.reject(undefined) })).rejects.toBe(undefined);
  });
});
