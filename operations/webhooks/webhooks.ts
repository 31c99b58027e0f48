import { randomUUID } from 'node:crypto';
import { RequestError } from '../../common/errors.ts';
import { unknownName } from '../../common/unknown-name.ts';
import type { Webhook } from '../../configs/webhooks/schema.ts';
import type { Letter } from '../../registry/outbox/letters.ts';
import type { Outbox } from '../../registry/outbox/outbox.ts';
import type { SinkStanding } from '../../registry/outbox/standing.ts';
import type { RegistryEvent } from '../../schema/event.ts';
import type { Delivery } from '../../sinks/types.ts';
import { sendTest, webhookSink, type WebhookPlace } from '../../sinks/webhooks/webhook.ts';

/** Webhooks, as a person looks after them. */

export type Webhooks = Readonly<Record<string, Webhook>>;

export interface WebhookStanding {
  name: string;
  /** The address, or the variable that holds it. */
  to: string;
  events: string[];
  aliases: string[] | undefined;
  /** `new`: no worker has seen it yet. */
  state: 'new' | 'up to date' | 'sending' | 'failing' | 'disabled';
  /** Events that it may yet be told of, whether or not it wants them. */
  behind: number;
  attempts: number;
  lastError: string | undefined;
  /** ISO 8601. */
  lastDeliveredAt: string | undefined;
  nextAttemptAt: string | undefined;
  letters: WebhookLetter[];
}

/** What could not be told in time, or was asked for again. */
export interface WebhookLetter {
  id: string;
  type: string;
  model: string;
  happenedAt: string;
  state: Letter['state'];
  attempts: number;
  error: string;
}

/** Every webhook of configs/webhooks.yaml, with how far it has been told. */
export async function listWebhooks(outbox: Outbox, webhooks: Webhooks): Promise<WebhookStanding[]> {
  const standings = await outbox.standings();
  const letters = await outbox.letters();
  return Object.entries(webhooks).map(([name, { url, urlEnv, events, aliases }]) => {
    const sink = webhookSink(name);
    const standing = standings.find((one) => one.name === sink);
    const own = letters.filter((letter) => letter.sink === sink && letter.state !== 'delivered');
    return {
      name,
      to: url ?? `(${urlEnv})`,
      events,
      aliases,
      ...standingOf(standing),
      letters: own.map(({ event: { id, type, model, at }, state, attempts, error }) => ({
        id,
        type,
        model,
        happenedAt: at,
        state,
        attempts,
        error,
      })),
    };
  });
}

function standingOf(standing: SinkStanding | undefined) {
  const at = (ms: number | null | undefined) => (ms ? new Date(ms).toISOString() : undefined);
  const { behind = 0, attempts = 0, lastError, disabledWhy, deliveredMs, nextMs } = standing ?? {};
  return {
    state: stateOf(standing),
    behind,
    attempts,
    lastError: disabledWhy ?? lastError ?? undefined,
    lastDeliveredAt: at(deliveredMs),
    nextAttemptAt: attempts > 0 ? at(nextMs) : undefined,
  };
}

function stateOf(standing: SinkStanding | undefined): WebhookStanding['state'] {
  if (!standing) return 'new';
  if (standing.disabledWhy !== null) return 'disabled';
  if (standing.attempts > 0) return 'failing';
  return standing.behind > 0 ? 'sending' : 'up to date';
}

/** Sends a message of type `webhook.test` from here, once. @throws RequestError where it is not known, or its secret is not set here */
export async function testWebhook(options: {
  name: string;
  webhooks: Webhooks;
  place: WebhookPlace;
  at: string;
}): Promise<{ id: string; delivery: Delivery }> {
  const { name, webhooks, place, at } = options;
  const id = `test_${randomUUID().replaceAll('-', '')}`;
  const delivery = await sendTest({ name, webhook: named(webhooks, name) }, place, { id, at });
  return { id, delivery };
}

/**
 * Has an event sent once more, by a worker: to one webhook, or to all that have it among their dead letters.
 * @throws RequestError where there is no such event, or nobody to send it to
 */
export async function redeliver(options: {
  outbox: Outbox;
  webhooks: Webhooks;
  id: string;
  to?: string | undefined;
}): Promise<{ event: RegistryEvent; to: string[] }> {
  const { outbox, webhooks, id, to } = options;
  const event = await outbox.find(id);
  if (!event)
    throw new RequestError(`id: no event '${id}'. npx whetstone webhooks list shows those that could not be delivered`);
  if (to !== undefined) named(webhooks, to);
  const dead = (await outbox.letters({ state: 'dead' })).filter((letter) => letter.event.id === id);
  const names =
    to === undefined
      ? Object.keys(webhooks).filter((name) => dead.some(({ sink }) => sink === webhookSink(name)))
      : [to];
  if (names.length === 0)
    throw new RequestError(`${id}: no webhook has it among its dead letters; say which one gets it: --to NAME`);
  for (const name of names) await outbox.askAgain(webhookSink(name), id);
  return { event, to: names };
}

/** Sends again to a webhook that had answered that it is gone, and at once to one that waits for its next attempt. */
export async function enableWebhook(outbox: Outbox, webhooks: Webhooks, name: string): Promise<void> {
  named(webhooks, name);
  if (!(await outbox.enable(webhookSink(name))))
    throw new RequestError(
      `${name}: no worker has seen this webhook yet; start one, or restart it to read configs/webhooks.yaml`,
    );
}

function named(webhooks: Webhooks, name: string): Webhook {
  const found = Object.hasOwn(webhooks, name) ? webhooks[name] : undefined;
  if (found) return found;
  const known = Object.keys(webhooks);
  throw new RequestError(
    known.length === 0
      ? `webhook: found '${name}', but configs/webhooks.yaml names none; docs/how-to/webhooks.md shows how`
      : `webhook: ${unknownName('webhook', name, known)}`,
  );
}
