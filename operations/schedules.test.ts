import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from '../test/support/temporal.ts';
import { fieldName } from '../common/config-errors.ts';
import { RunConfigSchema } from '../configs/schema.ts';
import { RequestError } from '../common/errors.ts';
import type { PreparedRun } from './load-config.ts';
import { createSchedule, deleteSchedule, listSchedules } from './schedules.ts';

const prepared = (name: string): PreparedRun => ({
  loaded: {
    config: RunConfigSchema.parse({ name, documents: 'docs' }),
    hash: '0123456789',
    source: 'input',
    at: fieldName,
  },
  input: { config: name, fresh: false },
});

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

describe('schedule create', () => {
  const schedule = (expression: string, timezone = 'UTC') =>
    createSchedule({ client: env.client, run: prepared('demo'), when: { expression, timezone } });

  it('makes a schedule that skips overlaps and catches up for an hour', async () => {
    const { created, next } = await schedule('0 3 * * 1');
    expect(created).toBe(true);
    expect([next?.getUTCDay(), next?.getUTCHours(), next?.getUTCMinutes()]).toEqual([1, 3, 0]);
    const { policies, action } = await env.client.schedule.getHandle('retrain/demo').describe();
    expect(policies).toMatchObject({ overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 3_600_000 });
    expect(action).toMatchObject({
      workflowType: 'improveModel',
      taskQueue: 'whetstone',
      args: [{ config: 'demo', fresh: false }],
    });
  });

  it('changes the one that exists, and leaves it paused where someone paused it', async () => {
    const handle = env.client.schedule.getHandle('retrain/demo');
    await handle.pause('a freeze');
    const { created, next } = await schedule('30 4 * * *');
    expect(created).toBe(false);
    expect([next?.getUTCHours(), next?.getUTCMinutes()]).toEqual([4, 30]);
    const { state } = await handle.describe();
    expect(state).toMatchObject({ paused: true, note: 'a freeze' });
    expect((await listSchedules(env.client)).map(({ id }) => id)).toEqual(['retrain/demo']);
  });

  it('starts runs at the wall time of its zone (F26)', async () => {
    const { next } = await schedule('30 4 * * *', 'Asia/Tokyo');
    expect([next?.getUTCHours(), next?.getUTCMinutes()]).toEqual([19, 30]);
  });

  it('refuses a cron expression that is none, and says which', async () => {
    await expect(
      createSchedule({
        client: env.client,
        run: prepared('other'),
        when: { expression: 'every monday', timezone: 'UTC' },
      }),
    ).rejects.toThrow("cron 'every monday'");
  });
});

describe('schedule delete', () => {
  it('deletes the schedule of a model once, and says where the others are listed', async () => {
    await createSchedule({
      client: env.client,
      run: prepared('gone'),
      when: { expression: '@daily', timezone: 'UTC' },
    });
    await deleteSchedule(env.client, 'gone');
    await expect(deleteSchedule(env.client, 'gone')).rejects.toThrow(
      new RequestError("no schedule of 'gone'; npx whetstone schedule list shows them"),
    );
  });
});
