import { describe, expect, it } from 'vitest';
import { createGroupCommit } from './group-commit.ts';

describe('createGroupCommit', () => {
  it('puts what comes during a commit into the next one, up to the most it may hold', async () => {
    const batches: number[][] = [];
    const submit = createGroupCommit<number, number>({
      maxItems: 3,
      gatherMs: 0,
      commit: async (items) => {
        batches.push(items);
        return items.map((item) => item * 10);
      },
    });
    expect(await Promise.all([1, 2, 3, 4, 5].map(submit))).toEqual([10, 20, 30, 40, 50]);
    expect(await submit(6)).toBe(60);
    expect(batches).toEqual([[1, 2, 3], [4, 5], [6]]);
  });

  it('waits past the first pause while others come, and not for what does not come', async () => {
    const batches: number[][] = [];
    const submit = createGroupCommit<number, number>({
      maxItems: 100,
      gatherMs: 1200,
      commit: async (items) => {
        batches.push(items);
        return items;
      },
    });
    // A third of the time without another is enough.
    const late = setTimeout(() => batches.push([-1]), 1100);
    await submit(0);
    clearTimeout(late);
    expect(batches).toEqual([[0]]);
    const steady: Promise<number>[] = [];
    for (let i = 1; i <= 14; i++) {
      steady.push(submit(i));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await Promise.all(steady);
    // They took longer than one pause, and came within two.
    expect(batches).toHaveLength(2);
  });

  it('fails those of a failed commit only, and goes on', async () => {
    const submit = createGroupCommit<number, number>({
      maxItems: 2,
      gatherMs: 0,
      commit: async (items) => {
        if (items.includes(1)) throw new Error('disk full');
        return items;
      },
    });
    const settled = await Promise.allSettled([1, 2, 3].map(submit));
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(await submit(4)).toBe(4);
  });
});
