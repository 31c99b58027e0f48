import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { RunError } from '../common/errors.ts';
import { toFailure } from './failure.ts';
import { strike } from './strikes.ts';
import { ProviderError } from '../contract/ports.ts';

const what = 'writing and judging questions';

/** What Temporal is told after each attempt at work that throws, the last heartbeat of one handed to the next. */
async function attempts(error: unknown, most: number): Promise<unknown[]> {
  const told: unknown[] = [];
  let heartbeatDetails: unknown;
  for (let attempt = 1; attempt <= most; attempt++) {
    const environment = new MockActivityEnvironment({ attempt, heartbeatDetails });
    environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
    told.push(await environment.run(() => Promise.resolve(strike(what, toFailure(error)))));
  }
  return told;
}

describe('an attempt that ends in an error which nobody can wait out', () => {
  it('is made twice more, and not a fourth time, whatever the error (F27)', async () => {
    for (const error of [new TypeError("reading 'tags'"), new RangeError('x'), new Error('odd'), 'text']) {
      const told = (await attempts(error, 3)) as ApplicationFailure[];
      expect(told.map(({ nonRetryable }) => nonRetryable)).toEqual([false, false, true]);
    }
  });

  it('says in plain words what was done, how often, and what kind of error it was', async () => {
    const [first, , last] = (await attempts(new TypeError("reading 'tags'"), 3)) as ApplicationFailure[];
    expect(first?.message).toMatch(/^writing and judging questions failed \(try 1 of 3\): TypeError: reading 'tags'/);
    expect(last?.message).toMatch(
      /failed 3 times, and is not tried again: TypeError: .*This is a mistake of Whetstone/,
    );
  });

  it.each([
    ['a failure that was classified', toFailure(new RunError('suite', 'no questions'))],
    ['a cancellation', new CancelledFailure('stop')],
    ['a full disk, until somebody makes room (F26)', Object.assign(new Error('x'), { code: 'ENOSPC' })],
  ])('leaves alone %s', async (_what, error) => {
    expect(await attempts(error, 4)).toEqual([error, error, error, error]);
  });

  it('leaves a server that may come back to its own count of tries', async () => {
    const told = (await attempts(new ProviderError('network', 'away'), 5)) as ApplicationFailure[];
    expect(told.every(({ nonRetryable }) => !nonRetryable)).toBe(true);
  });
});
