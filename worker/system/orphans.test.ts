import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { JobHandle, RunningJob } from '../../contract/jobs.ts';
import { stopOrphans } from './orphans.ts';

const OPEN = '0198a0b4-0000-7000-8000-000000000001';
const CLOSED = '0198a0b4-0000-7000-8000-000000000002';
const FORGOTTEN = '0198a0b4-0000-7000-8000-000000000003';

/** A server that knows an open run and a closed one. */
const client = {
  workflow: {
    async *list({ query }: { query: string }) {
      if (query === `RunId = "${OPEN}"`) yield { status: { name: 'RUNNING' } };
      if (query === `RunId = "${CLOSED}"`) yield { status: { name: 'TERMINATED' } };
    },
  },
} as unknown as Client;

/** What is cancelled of these jobs, and what is said. */
async function look(jobs: RunningJob[], times: { hearingSinceMs: number; nowMs: number }) {
  const cancelled: string[] = [];
  const trainer = { running: async () => jobs, cancel: async ({ key }: JobHandle) => void cancelled.push(key) };
  return { said: await stopOrphans({ client, trainers: [trainer], ...times }), cancelled };
}

const running = (key: string, askedAtMs?: number): RunningJob => ({
  provider: 'trl',
  key,
  location: `/training/${key}`,
  askedAtMs,
});
const MINUTE = 60_000;

it('stops the training of runs that are over or forgotten, and no other', async () => {
  const keys = [`${OPEN}-tiny`, `${CLOSED}-tiny`, `${CLOSED}-large`, `${FORGOTTEN}-tiny`, 'by-hand'];
  const { said, cancelled } = await look(
    keys.map((key) => running(key)),
    { hearingSinceMs: 0, nowMs: 60 * MINUTE },
  );
  expect(cancelled).toEqual([`${CLOSED}-tiny`, `${CLOSED}-large`, `${FORGOTTEN}-tiny`]);
  expect(said).toEqual(cancelled.map((key) => `stopped training job ${key}: its run is over`));
});

it('stops training that its run does not ask for any more: another machine has it', async () => {
  const jobs = [running(`${OPEN}-late`, 0), running(`${OPEN}-asked`, 4 * MINUTE), running(`${OPEN}-of-before`)];
  const { said, cancelled } = await look(jobs, { hearingSinceMs: 0, nowMs: 6 * MINUTE });
  expect(cancelled).toEqual([`${OPEN}-late`]);
  expect(said[0]).toContain('another machine has it');
});

it('leaves training alone that could not be asked for: no worker heard it', async () => {
  const times = { hearingSinceMs: 4 * MINUTE, nowMs: 6 * MINUTE };
  expect((await look([running(`${OPEN}-late`, 0)], times)).cancelled).toEqual([]);
});
