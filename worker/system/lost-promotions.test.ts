import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { Promotion } from '../../registry/schema.ts';
import { closeLostPromotions } from './lost-promotions.ts';

const STATUS: Record<string, string> = { open: 'RUNNING', killed: 'TERMINATED', late: 'TIMED_OUT' };

const client = {
  workflow: {
    getHandle: (id: string) => ({
      describe: async () => {
        const name = STATUS[id];
        if (!name) throw new WorkflowNotFoundError('not found', id, undefined);
        return { status: { name } };
      },
    }),
  },
} as unknown as Client;

it('closes promotions whose workflow was terminated or is forgotten, and no other (F31)', async () => {
  const opened = {
    open: '2026-01-01',
    killed: '2026-03-01',
    late: '2026-03-01',
    elsewhere: '2026-03-01',
    old: '2025-01-01',
  };
  const closed: Record<string, string> = {};
  const registry = {
    openPromotions: async () => Object.entries(opened).map(([id, createdAt]) => ({ id, createdAt }) as Promotion),
    closePromotion: async ({ promotionId, why }: { promotionId: string; why: string }) => {
      closed[promotionId] = why;
    },
  };
  const ids = await closeLostPromotions({ client, registry, now: () => '2026-03-02T00:00:00Z' });
  expect(ids).toEqual(['killed', 'late', 'old']);
  expect(closed).toEqual({
    killed: 'its workflow ended: terminated',
    late: 'its workflow ended: timed out',
    old: 'its workflow is not known any more',
  });
});
