import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { JobHandle, Trainer } from '../../contract/jobs.ts';
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

it('stops the training of runs that are over or forgotten, and no other', async () => {
  const keys = [`${OPEN}-tiny`, `${CLOSED}-tiny`, `${CLOSED}-large`, `${FORGOTTEN}-tiny`, 'by-hand'];
  const cancelled: string[] = [];
  const trainer = {
    running: async () => keys.map((key) => ({ key, location: `/training/${key}` })),
    cancel: async ({ key }: JobHandle) => void cancelled.push(key),
  } as unknown as Trainer;
  expect(await stopOrphans({ client, trainers: [trainer] })).toEqual(cancelled);
  expect(cancelled).toEqual([`${CLOSED}-tiny`, `${CLOSED}-large`, `${FORGOTTEN}-tiny`]);
});
