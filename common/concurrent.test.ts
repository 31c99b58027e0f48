import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapConcurrent } from './concurrent.ts';

describe('mapConcurrent', () => {
  it('keeps the items’ order, stays within the limit and reports progress', async () => {
    let active = 0;
    let most = 0;
    const progress: number[] = [];
    const results = await mapConcurrent({
      items: [30, 5, 20, 1, 10],
      concurrency: 2,
      onProgress: (done, total) => progress.push(done / total),
      fn: async (ms, index) => {
        most = Math.max(most, ++active);
        await sleep(ms);
        active--;
        return `${index}:${ms}`;
      },
    });
    expect(results).toEqual(['0:30', '1:5', '2:20', '3:1', '4:10']);
    expect(most).toBe(2);
    expect(progress).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
  });

  it('starts nothing after the first error, and rejects with it once those under way have settled', async () => {
    const started: number[] = [];
    const settled: number[] = [];
    const mapping = mapConcurrent({
      items: [0, 1, 2, 3, 4, 5],
      concurrency: 3,
      fn: async (item) => {
        started.push(item);
        await sleep(item === 1 ? 5 : 40);
        settled.push(item);
        if (item > 0) throw new Error(`item ${item}`);
      },
    });
    await expect(mapping).rejects.toThrow('item 1');
    expect(started).toEqual([0, 1, 2]);
    expect(settled).toEqual([1, 0, 2]);
  });

  it('stops with the caller’s reason when it is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const started: number[] = [];
    const mapping = mapConcurrent({
      items: [0, 1, 2, 3],
      concurrency: 1,
      signal: controller.signal,
      fn: async (item) => {
        started.push(item);
        if (item === 1) controller.abort(reason);
      },
    });
    await expect(mapping).rejects.toBe(reason);
    expect(started).toEqual([0, 1]);
  });

  it('gives no results for no items', async () => {
    expect(await mapConcurrent({ items: [], concurrency: 4, fn: async () => 1 })).toEqual([]);
  });
});
