import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookSchema } from '../../configs/webhooks/schema.ts';
import type { RegistryEvent } from '../../schema/event.ts';
import { startReceiver, type Received, type Receiver } from '../../test/support/receiver.ts';
import { patienceOf, post } from './post.ts';
import { signedHeaders } from './sign.ts';
import { createWebhook, sendTest } from './webhook.ts';

const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
const env = { OLD: secret(), NEW: secret(), SHORT: 'whsec_c2hvcnQ=', PLAIN: 'hunter2-hunter2-hunter2-hunter2' };

const event: RegistryEvent = {
  seq: 7,
  id: 'evt_0123',
  type: 'approval.wanted',
  model: 'demo',
  alias: 'production',
  at: '2026-11-26T10:00:00.000Z',
  data: {
    version: 3,
    promotionId: 'promote/demo/production/1',
    evidenceSha256: 'e3',
    reasons: ['größer: +0.1 — "gut"'],
  },
};

let receiver: Receiver;
beforeEach(async () => void (receiver = await startReceiver()));
afterEach(() => receiver.close());

const webhookOf = (more: object = {}, gateway?: string) => {
  const webhook = WebhookSchema.parse({ url: receiver.url, secretEnv: 'NEW', events: ['approval.wanted'], ...more });
  return createWebhook({ name: 'team', webhook }, { env, gateway });
};
const deliver = (more: object = {}, signal = new AbortController().signal) => webhookOf(more).deliver(event, signal);
const only = (): Received => {
  expect(receiver.received).toHaveLength(1);
  return receiver.received[0]!;
};
const verify = ({ body, headers }: Received, by = env.NEW) =>
  new Verifier(by).verify(body, headers as Record<string, string>);

describe('a message', () => {
  it('is verified by the standard library of receivers, and says what happened', async () => {
    expect(await webhookOf({}, 'https://gateway.example.com/').deliver(event, new AbortController().signal)).toEqual({
      status: 'delivered',
    });
    expect(verify(only())).toEqual({
      type: 'approval.wanted',
      timestamp: event.at,
      data: {
        model: 'demo',
        alias: 'production',
        ...event.data,
        evidence: 'https://gateway.example.com/evidence/promote/demo/production/1',
      },
    });
    expect(only().headers).toMatchObject({ 'webhook-id': 'evt_0123', 'content-type': 'application/json' });
  });

  it('is refused there where it was changed, replayed, or signed by somebody else', async () => {
    await deliver();
    const { body, headers } = only();
    const refusal =
      (more: object, changed = body) =>
      () =>
        verify({ body: changed, headers: { ...headers, ...more } });
    expect(refusal({})).not.toThrow();
    expect(refusal({}, body.replace('"version":3', '"version":4'))).toThrow(/No matching signature/);
    expect(refusal({ 'webhook-id': 'evt_other' })).toThrow(/No matching signature/);
    const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
    expect(refusal({ 'webhook-timestamp': String(anHourAgo) })).toThrow(/too old/);
    expect(() => verify(only(), env.OLD)).toThrow(/No matching signature/);
  });

  it('that was recorded and is sent again later is refused', async () => {
    await post({ url: receiver.url, keys: [keyOf(env.NEW)], id: 'evt_0123', body: '{}' });
    const late = signedAt(Date.now() - 10 * 60_000);
    expect(() => verify(late)).toThrow(/too old/);
    expect(() => verify(signedAt(Date.now()))).not.toThrow();
  });

  it('is signed by the old secret and the new one while one takes the place of the other', async () => {
    await deliver({ secretEnv: ['OLD', 'NEW'] });
    expect(verify(only(), env.OLD)).toEqual(verify(only(), env.NEW));
  });

  it('sent again has the same id and body', async () => {
    for (const _ of [1, 2]) await deliver();
    const [one, other] = receiver.received;
    expect(other?.body).toBe(one?.body);
    expect(other?.headers['webhook-id']).toBe(one?.headers['webhook-id']);
  });

  it('of a test says so', async () => {
    const webhook = WebhookSchema.parse({ urlEnv: 'WHERE', secretEnv: 'NEW', events: ['budget.reached'] });
    const send = (WHERE?: string) =>
      sendTest({ name: 'team', webhook }, { env: { ...env, WHERE } }, { id: 'test_1', at: event.at });
    expect(await send(receiver.url)).toEqual({ status: 'delivered' });
    expect(verify(only())).toMatchObject({ type: 'webhook.test', data: { webhook: 'team' } });
    await expect(send()).rejects.toThrow('WHERE: not set; expected the address of webhook team');
    await expect(send('ftp://x')).rejects.toThrow('WHERE: found something else, which is not shown');
  });
});

describe('a webhook', () => {
  it('wants the events of its list, and those about no alias whatever aliases it names', () => {
    const { wants } = webhookOf({ events: ['approval.wanted', 'budget.reached'], aliases: ['production'] });
    expect(wants(event)).toBe(true);
    expect(wants({ ...event, alias: 'staging' })).toBe(false);
    expect(wants({ ...event, type: 'promotion.held' })).toBe(false);
    expect(wants({ ...event, type: 'budget.reached', alias: null })).toBe(true);
  });

  it.each(['MISSING', 'SHORT', 'PLAIN'])(
    'without a usable secret sends nothing and shows none (%s)',
    async (secretEnv) => {
      const failure = deliver({ secretEnv });
      await expect(failure).rejects.toThrow(
        new RegExp(`^${secretEnv}: .*expected whsec_ and 24 to 64 bytes in base64`),
      );
      await expect(failure).rejects.not.toThrow(/hunter2|c2hvcnQ/);
      expect(receiver.received).toEqual([]);
    },
  );
});

describe('a receiver', () => {
  const answered = async (answer: (reply: ServerResponse) => void) => {
    receiver.answer = answer;
    return deliver();
  };

  it('that answers with an error is tried again, and what it says is shown in one short line', async () => {
    const said = `bad\n\u001B[31mday ${'x'.repeat(5000)}`;
    expect(await answered((reply) => reply.writeHead(500).end(said))).toEqual({
      status: 'failed',
      why: expect.stringMatching(/^answered 500: bad \[31mday x.{0,200}$/),
    });
  });

  it('says how long to wait, by seconds or by a date', async () => {
    expect(await answered((reply) => reply.writeHead(429, { 'retry-after': '7' }).end())).toMatchObject({
      status: 'failed',
      retryAfterMs: 7000,
    });
    const now = Date.parse('2026-11-26T10:00:00Z');
    expect(patienceOf('Thu, 26 Nov 2026 10:01:00 GMT', now)).toBe(60_000);
    expect(patienceOf('Thu, 26 Nov 2026 09:00:00 GMT', now)).toBeUndefined();
    expect(patienceOf('soon', now)).toBeUndefined();
    expect(patienceOf('999999999', now)).toBe(86_400_000);
  });

  it('that is gone is not asked again', async () => {
    expect(await answered((reply) => reply.writeHead(410).end())).toEqual({ status: 'gone', why: 'answered 410' });
  });

  it('that redirects is not followed', async () => {
    const elsewhere = await startReceiver();
    const answer = (reply: ServerResponse) => void reply.writeHead(307, { location: `${elsewhere.url}?key=1` }).end();
    const place = new URL(elsewhere.url).origin;
    expect(await answered(answer)).toMatchObject({
      status: 'failed',
      why: `answered 307, a redirect to ${place}, which is not followed`,
    });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();
  });

  it('that drops the line, or is not there, is tried again', async () => {
    expect(await answered((reply) => void reply.socket?.destroy())).toMatchObject({ status: 'failed' });
    const gone = await startReceiver();
    await gone.close();
    expect(await deliver({ url: gone.url })).toMatchObject({
      status: 'failed',
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });

  const endless = (status: number) => (reply: ServerResponse) => {
    reply.writeHead(status, { 'content-type': 'text/plain' });
    const timer = setInterval(() => reply.write('x'.repeat(10_000)), 1);
    reply.on('close', () => clearInterval(timer));
  };
  it.each([200, 500])('that never ends its answer holds nothing up (%i)', async (status) => {
    const began = Date.now();
    const delivery = await answered(endless(status));
    expect(delivery).toMatchObject({ status: status === 200 ? 'delivered' : 'failed' });
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('that is slow, or drips an error, is given up', async () => {
    const target = { url: receiver.url, keys: [keyOf(env.NEW)], id: 'evt_1', body: '{}' };
    receiver.answer = () => {};
    expect(await post(target, { timeoutMs: 100 })).toEqual({ status: 'failed', why: 'no answer within 100 ms' });
    receiver.answer = (reply) => {
      reply.writeHead(500);
      const timer = setInterval(() => reply.write('x'), 20);
      reply.on('close', () => clearInterval(timer));
    };
    const began = Date.now();
    expect(await post(target, { timeoutMs: 200 })).toMatchObject({
      status: 'failed',
      why: expect.stringMatching(/^answered 500: x+$/),
    });
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  it('is left at once when the worker stops', async () => {
    receiver.answer = () => {};
    const stopping = new AbortController();
    const delivery = deliver({}, stopping.signal);
    await sleep(50);
    stopping.abort();
    expect(await delivery).toMatchObject({ status: 'failed' });
  });
});

const keyOf = (text: string) => Buffer.from(text.slice('whsec_'.length), 'base64');

/** What a recording of a message would be. */
function signedAt(atMs: number): Received {
  const headers = signedHeaders({ id: 'evt_0123', atMs, body: '{}', keys: [keyOf(env.NEW)] });
  return { body: '{}', headers };
}
