import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookSchema } from '../../configs/webhooks/schema.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { startReceiver } from '../../test/support/receiver.ts';
import { enableWebhook, listWebhooks, redeliver, testWebhook } from './webhooks.ts';

const AT = '2026-11-26T10:00:00.000Z';
const webhookOf = (url: string) => WebhookSchema.parse({ url, secretEnv: 'SECRET', events: ['budget.reached'] });
const webhooks = { team: webhookOf('http://127.0.0.1:9/x'), other: webhookOf('http://127.0.0.1:9/y') };
const env = { SECRET: `whsec_${Buffer.alloc(32).toString('base64')}` };
const holder = { sink: 'webhook/team', owner: 'me' };

let open: OpenRegistry;
let id: string;
beforeEach(async () => {
  open = await openRegistry({ url: ':memory:' });
  const { outbox } = open.registry;
  await outbox.enter('webhook/team', 'now');
  await outbox.tellBudget({ model: 'm', workflowId: 'w', runId: 'r', raises: 0, why: 'spent', caps: [], at: AT });
  id = (await outbox.after(0, 1))[0]!.id;
  await outbox.claim(holder, 60_000);
});
afterEach(() => open.close());

const list = () => listWebhooks(open.registry.outbox, webhooks);
const standing = async () => (await list())[0];
const bury = async () => {
  const [event] = await open.registry.outbox.after(0, 1);
  await open.registry.outbox.bury(holder, { event: event!, attempts: 3, error: 'answered 500' });
};

describe('the list of webhooks', () => {
  it('says how far each has been told', async () => {
    expect(await list()).toMatchObject([
      { name: 'team', to: 'http://127.0.0.1:9/x', state: 'sending', behind: 1, letters: [] },
      { name: 'other', state: 'new', behind: 0 },
    ]);
    await open.registry.outbox.failed(holder, { error: 'answered 500', retryMs: 60_000 });
    expect(await standing()).toMatchObject({
      state: 'failing',
      attempts: 1,
      lastError: 'answered 500',
      nextAttemptAt: expect.stringMatching(/^\d{4}-/),
      lastDeliveredAt: undefined,
    });
    await open.registry.outbox.toldTo(holder, 1, true);
    expect(await standing()).toMatchObject({ state: 'up to date', lastDeliveredAt: expect.stringMatching(/Z$/) });
  });

  it('names what was given up, until it is delivered', async () => {
    await bury();
    const letter = { id, type: 'budget.reached', model: 'm', happenedAt: AT, attempts: 3, error: 'answered 500' };
    expect((await standing())?.letters).toEqual([{ ...letter, state: 'dead' }]);
    expect(await redeliver({ outbox: open.registry.outbox, webhooks, id })).toMatchObject({ to: ['team'] });
    expect((await standing())?.letters).toMatchObject([{ id, state: 'again' }]);
    const [asked] = await open.registry.outbox.letters();
    await open.registry.outbox.settle(asked!, 'delivered', '');
    expect((await standing())?.letters).toEqual([]);
  });
});

describe('an event', () => {
  const again = (more: { id?: string; to?: string } = {}) =>
    redeliver({ outbox: open.registry.outbox, webhooks, id, ...more });

  it('that was delivered is sent again to whom one names', async () => {
    await open.registry.outbox.toldTo(holder, 1, true);
    await expect(again()).rejects.toThrow(/no webhook has it among its dead letters; say which one gets it: --to NAME/);
    expect(await again({ to: 'other' })).toMatchObject({ to: ['other'] });
    expect(await open.registry.outbox.letters()).toMatchObject([{ sink: 'webhook/other', state: 'again' }]);
  });

  it('that is none, or is for nobody, is refused by name', async () => {
    await expect(again({ id: 'evt_none' })).rejects.toThrow(/no event 'evt_none'/);
    await expect(again({ to: 'taem' })).rejects.toThrow(/unknown webhook 'taem'; did you mean 'team'/);
  });
});

it('a test message is sent from here, and says what came of it', async () => {
  const receiver = await startReceiver();
  const place = { env, gateway: undefined };
  const test = (name: string, url: string) => testWebhook({ name, webhooks: { team: webhookOf(url) }, place, at: AT });
  expect(await test('team', receiver.url)).toMatchObject({ delivery: { status: 'delivered' } });
  await receiver.close();
  expect(await test('team', receiver.url)).toMatchObject({ delivery: { status: 'failed' } });
  await expect(testWebhook({ name: 'x', webhooks: {}, place, at: AT })).rejects.toThrow(
    /configs\/webhooks.yaml names none/,
  );
});

it('a webhook that was gone is told again from where it stood', async () => {
  await open.registry.outbox.disable(holder, 'answered 410');
  expect(await standing()).toMatchObject({ state: 'disabled', lastError: 'answered 410', behind: 1 });
  await enableWebhook(open.registry.outbox, webhooks, 'team');
  expect(await standing()).toMatchObject({ state: 'sending', behind: 1 });
  await expect(enableWebhook(open.registry.outbox, webhooks, 'other')).rejects.toThrow(
    /no worker has seen this webhook/,
  );
});
