import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { mirrorAgain, mirrorStanding } from './mlflow.ts';

const AT = '2026-11-26T10:00:00.000Z';
const env = { MLFLOW_TRACKING_URI: 'http://127.0.0.1:5000' };
const holder = { sink: 'mlflow', owner: 'me' };

let open: OpenRegistry;
beforeEach(async () => {
  open = await openRegistry({ url: ':memory:' });
  const reached = { model: 'm', workflowId: 'w', runId: 'r', why: 'spent', caps: [], at: AT };
  for (const raises of [0, 1]) await open.registry.outbox.tellBudget({ ...reached, raises });
});
afterEach(() => open.close());

const standing = () => mirrorStanding(open.registry.outbox, env);

it('says how far MLflow is behind, and why', async () => {
  const { outbox } = open.registry;
  expect(await mirrorStanding(outbox, {})).toMatchObject({ state: 'off', url: undefined, behind: 2 });
  expect(await standing()).toMatchObject({ state: 'new', url: env.MLFLOW_TRACKING_URI, behind: 2 });
  await outbox.enter('mlflow', 'start');
  await outbox.claim(holder, 60_000);
  await outbox.toldTo(holder, 1, true);
  expect(await standing()).toMatchObject({
    state: 'catching up',
    behind: 1,
    lastMirroredAt: expect.stringMatching(/Z$/),
  });
  await outbox.failed(holder, { error: 'away', retryMs: 60_000 });
  const nextAttemptAt: unknown = expect.stringMatching(/Z$/);
  expect(await standing()).toMatchObject({
    state: 'failing',
    behind: 1,
    attempts: 1,
    lastError: 'away',
    nextAttemptAt,
  });
  const [event] = await outbox.after(1, 1);
  await outbox.bury(holder, { event: event!, attempts: 1, error: 'reserved' });
  expect(await standing()).toMatchObject({ state: 'up to date', refused: [{ id: event?.id, error: 'reserved' }] });
  await expect(mirrorStanding(outbox, { MLFLOW_TRACKING_URI: './mlruns' })).rejects.toThrow(/^MLFLOW_TRACKING_URI: /);
});

it('has everything mirrored once more, from whom it is mirrored now', async () => {
  const { outbox } = open.registry;
  await expect(mirrorAgain(outbox)).rejects.toThrow(/nothing has been mirrored yet/);
  await outbox.enter('mlflow', 'start');
  await outbox.claim(holder, 60_000);
  await outbox.toldTo(holder, 2, true);
  expect(await mirrorAgain(outbox)).toBe(2);
  expect(await outbox.toldTo(holder, 2, true)).toBe(false);
  expect(await standing()).toMatchObject({ state: 'catching up', behind: 2, refused: [] });
});
