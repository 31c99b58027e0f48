import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import {
  addFailures,
  countItem,
  failureLines,
  noFailures,
  tooManyFailed,
  tooManyMessage,
  type FailedItem,
  type FailureCount,
} from './failures.ts';

const item = (n: number, reason: FailedItem['reason'] = 'refused'): FailedItem => ({
  where: `document d, passage d#${n}`,
  reason,
  why: `HTTP 400: no, ${n}`,
});
/** `failed` of `tried`, the failures first. */
function counted(failed: number, tried: number): FailureCount {
  const count = noFailures('passages');
  for (let i = 0; i < tried; i++) countItem(count, i < failed ? item(i) : undefined);
  return count;
}
const tooMany = (failed: number, tried: number, items?: number, maxFailed = 0.05) =>
  tooManyFailed(counted(failed, tried), { maxFailed, items, whole: true });

describe('too many failures', () => {
  it('are never one alone, however few were tried (F9)', () => {
    expect(tooMany(1, 1, 1)).toBe(false);
    expect(tooMany(1, 2, 2)).toBe(false);
  });

  it('are a share above the limit once all were tried', () => {
    expect(tooMany(2, 8, 8)).toBe(true);
    expect(tooMany(5, 100, 100)).toBe(false);
    expect(tooMany(6, 100, 100)).toBe(true);
  });

  it('are told before that where the rest can not make up for them', () => {
    expect(tooMany(5, 60, 100)).toBe(false);
    expect(tooMany(6, 60, 100)).toBe(true);
  });

  it('are not those of one document, which come together, of a run that goes well (F27)', () => {
    // As seen: 4 of the first 20 passages, and 18 of all 1,357.
    expect(tooMany(4, 20, 1357)).toBe(false);
    expect(tooMany(40, 40, 1357)).toBe(false);
    expect(tooMany(18, 1357, 1357)).toBe(false);
  });

  it('are nearly all of the first hundred of a stage, but not of one activity of many', () => {
    expect(tooMany(95, 100, 100_000)).toBe(true);
    expect(tooMany(95, 100)).toBe(true);
    expect(tooMany(50, 100, 100_000)).toBe(false);
    expect(tooManyFailed(counted(100, 100), { maxFailed: 0.05, items: 100_000 })).toBe(false);
  });

  it('can be allowed, all of them, and none', () => {
    expect(tooMany(50, 50, 50, 1)).toBe(false);
    expect(tooMany(2, 50, 50, 0)).toBe(true);
  });

  it('name the first of them, the share, the limit and the fix', () => {
    const message = tooManyMessage(counted(6, 60), 0.05);
    expect(message).toContain('6 of 60 passages failed (10%), more than limits.maxFailed allows (5%): 6 refused.');
    expect(message).toContain('The first were document d, passage d#0 (refused: HTTP 400: no, 0);');
    expect(message).toContain('raise limits.maxFailed');
    const alike = noFailures('pairs');
    for (const n of [1, 2]) countItem(alike, { ...item(n), why: 'HTTP 400: filtered' });
    expect(tooManyMessage(alike, 0.05).split('HTTP 400: filtered')).toHaveLength(2);
  });
});

describe('counts of failures', () => {
  it('add up, however they are cut into shards', () => {
    const outcomes = fc.array(fc.option(fc.constantFrom<FailedItem['reason']>('failed', 'refused', 'filtered')), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 8 }), (shards) => {
        const all: FailureCount[] = [];
        for (const shard of shards) {
          const count = noFailures('pairs');
          shard.forEach((reason, i) => countItem(count, reason ? item(i, reason) : undefined));
          addFailures(all, [count]);
        }
        const [sum = noFailures('pairs')] = all;
        const failed = shards.flat().filter(Boolean).length;
        expect(sum).toMatchObject({ tried: shards.flat().length, failed });
        expect(Object.values(sum.reasons).reduce((a, b) => a + b, 0)).toBe(failed);
        expect(sum.first).toHaveLength(Math.min(3, failed));
      }),
    );
  });

  it('are a line for each kind of item that has some, with bounded words', () => {
    const long = noFailures('pairs');
    countItem(long, { ...item(1), why: 'x\n'.repeat(2000) });
    const [line = '', ...more] = failureLines([noFailures('passages'), long]);
    expect(more).toEqual([]);
    expect(line).toMatch(/^1 of 1 pairs failed: 1 refused\. It was document d, passage d#1 \(refused: x x/);
    expect(line.length).toBeLessThan(500);
  });
});
