import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from '../../test/support/temporal.ts';
import { fieldName } from '../../common/config-errors.ts';
import { RunConfigSchema } from '../../configs/schema.ts';
import type { PreparedRun } from '../load-config.ts';
import { createSchedule, deleteSchedule, listSchedules, pauseSchedule, unpauseSchedule } from './schedules.ts';
import { triggerSchedule } from './trigger.ts';
import { timeIn } from './wall-time.ts';

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

/** Long before any of the days that are looked at below. */
const now = new Date('2026-11-26T08:00:00Z');
const schedule = (expression: string, timezone = 'UTC', more: { name?: string; jitterMs?: number } = {}) =>
  createSchedule({
    client: env.client,
    run: prepared(more.name ?? 'demo'),
    when: { expression, timezone },
    jitterMs: more.jitterMs ?? 0,
    now,
  });

describe('schedule create', () => {
  it('makes a schedule that skips overlaps and catches up for an hour, and says its next five times', async () => {
    const { created, next, notes } = await schedule('0 3 * * 1');
    expect({ created, notes }).toEqual({ created: true, notes: [] });
    expect(next.map((at) => [at.getUTCDay(), at.getUTCHours(), at.getUTCMinutes()])).toEqual(Array(5).fill([1, 3, 0]));
    const { policies, action } = await env.client.schedule.getHandle('retrain/demo').describe();
    expect(policies).toMatchObject({ overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 3_600_000 });
    expect(action).toMatchObject({
      workflowType: 'improveModel',
      taskQueue: 'whetstone',
      args: [{ config: 'demo', fresh: false }],
    });
  });

  it('changes the one that exists, leaves it paused where someone paused it, and says so', async () => {
    const handle = env.client.schedule.getHandle('retrain/demo');
    await pauseSchedule(env.client, 'demo', 'a freeze');
    const { created, next, notes } = await schedule('30 4 * * *');
    expect(created).toBe(false);
    expect([next[0]?.getUTCHours(), next[0]?.getUTCMinutes()]).toEqual([4, 30]);
    expect(notes).toEqual(['it is paused (a freeze): no run starts until you unpause it']);
    expect((await handle.describe()).state).toMatchObject({ paused: true, note: 'a freeze' });
    const listed = async () => (await listSchedules(env.client))[0];
    await expect.poll(listed).toMatchObject({ model: 'demo', paused: true, note: 'a freeze', next: [] });
    await unpauseSchedule(env.client, 'demo', 'over');
    await expect.poll(async () => (await listed())?.paused).toBe(false);
  });

  it('starts runs at the wall time of its zone, a little later where it is asked to (F26)', async () => {
    const { next } = await schedule('30 4 * * *', 'Asia/Tokyo', { jitterMs: 60_000 });
    expect([next[0]?.getUTCHours(), next[0]?.getUTCMinutes()]).toEqual([19, 30]);
    expect(new Set(next.map((at) => at.getTime() % 60_000)).size).toBeGreaterThan(1);
  });

  it('refuses a cron expression that is none, and says which', async () => {
    await expect(schedule('every monday', 'UTC', { name: 'other' })).rejects.toThrow("cron 'every monday'");
  });
});

/** The server decides, and not alike in all zones: what is noted is what it says that it will do. */
describe('a change of the clocks', () => {
  it.each([
    ['30 2 * * *', 'Europe/Berlin', ['on 2027-03-28 there is no 02:30 in Europe/Berlin, where the clocks go forward']],
    ['0 2 * * 0', 'America/New_York', ['on 2027-03-14 there is no 02:00']],
    // The clocks change on a Sunday.
    ['30 2 * * 1-5', 'Europe/Berlin', []],
    ['30 3 * * *', 'Europe/Berlin', []],
    [
      '30 1 * * *',
      'America/New_York',
      [
        'on 2027-11-07 01:30 comes twice in America/New_York, where the clocks go back: two runs start, at 05:30 and 06:30 UTC',
      ],
    ],
    [
      '0 * * * *',
      'Europe/Berlin',
      ['on 2027-10-31 02:00 comes twice in Europe/Berlin, where the clocks go back: one run starts, and two hours'],
    ],
    ['0 3 * * *', 'UTC', []],
    ['@every 6h', 'Europe/Berlin', []],
    // By half an hour.
    ['45 1 * * *', 'Australia/Lord_Howe', []],
  ])('%s in %s', async (expression, timezone, expected) => {
    const { notes } = await schedule(expression, timezone, { jitterMs: 10 * 60_000 });
    expect(notes.map((note, i) => note.slice(0, expected[i]?.length ?? 0))).toEqual(expected);
  });

  it('is told by times that the server keeps to', async () => {
    await schedule('30 1 * * *', 'America/New_York');
    const { startTime } = await env.client.workflowService.listScheduleMatchingTimes({
      namespace: env.client.options.namespace,
      scheduleId: 'retrain/demo',
      startTime: { seconds: Date.parse('2027-11-07T00:00:00Z') / 1000 } as never,
      endTime: { seconds: Date.parse('2027-11-08T00:00:00Z') / 1000 } as never,
    });
    expect(startTime.map(({ seconds }) => timeIn(new Date(Number(seconds) * 1000), 'America/New_York'))).toEqual([
      'Sun 2027-11-07 01:30:00 America/New_York (05:30:00 UTC)',
      'Sun 2027-11-07 01:30:00 America/New_York (06:30:00 UTC)',
    ]);
  });
});

describe('schedule trigger', () => {
  it('starts a run, and says where one is open: Temporal would say nothing', async () => {
    await schedule('@daily', 'UTC', { name: 'now' });
    const trigger = (anyway: boolean) => triggerSchedule({ client: env.client, model: 'now', anyway, by: 'ada', now });
    const workflowId = await trigger(false);
    expect(workflowId).toMatch(/^improve\/now\/01234567-\d{4}-/);
    const open = env.client.workflow.getHandle(workflowId);
    await expect.poll(() => trigger(false).catch(String)).toContain(`a run of this schedule is open: ${workflowId}`);
    await open.terminate('a test');
    await expect.poll(() => trigger(true).catch(String)).toBe('improve/now/01234567-2026-11-26T08:00:00Z-anyway');
    const anyway = env.client.workflow.getHandle('improve/now/01234567-2026-11-26T08:00:00Z-anyway');
    const { events } = await anyway.fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(JSON.parse(Buffer.from(payload?.data ?? '').toString())).toEqual({
      config: 'now',
      fresh: false,
      anyway: true,
    });
    expect((await anyway.describe()).memo).toMatchObject({ startedBy: { by: 'ada', how: 'command line' } });
    expect(await (await anyway.describe()).staticSummary()).toBe('Improve now from input, though nothing changed');
    await anyway.terminate('a test');
  });
});

describe('schedule delete', () => {
  it('deletes the schedule of a model once, and says which others there are', async () => {
    await schedule('@daily', 'UTC', { name: 'gone' });
    await deleteSchedule(env.client, 'gone');
    await expect(deleteSchedule(env.client, 'gone')).rejects.toThrow(
      /^no schedule of 'gone'; of these models there is one: .*demo/,
    );
    await expect(triggerSchedule({ client: env.client, model: 'gone', anyway: false, by: 'ada', now })).rejects.toThrow(
      /^no schedule of 'gone'/,
    );
  });
});
