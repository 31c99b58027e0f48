import { RequestError } from '../../common/errors.ts';
import { isAddress, type Webhook } from '../../configs/webhooks/schema.ts';
import { pageLink } from '../../evidence/link.ts';
import type { RegistryEvent } from '../../schema/event.ts';
import type { Delivery, Sink, SinkTiming } from '../types.ts';
import { post } from './post.ts';
import { readSecret } from './sign.ts';

/** A webhook of configs/webhooks.yaml as a sink. */

export interface WebhookPlace {
  /** Where addresses and secrets are. */
  env: NodeJS.ProcessEnv;
  /** The gateway's address, where it is known: links to evidence begin with it. */
  gateway?: string | undefined;
}

/** How the registry knows a webhook. */
export const webhookSink = (name: string): string => `webhook/${name}`;

const RETRIES = { firstRetryMs: 5_000, mostRetryMs: 15 * 60_000 };

/** @param retries for tests, which can't wait */
export function createWebhook(
  named: { name: string; webhook: Webhook },
  place: WebhookPlace,
  retries: Omit<SinkTiming, 'deadAfterMs'> = RETRIES,
): Sink {
  const { name, webhook } = named;
  const { events, aliases, deadAfterHours } = webhook;
  return {
    name: webhookSink(name),
    from: 'now',
    wants: ({ type, alias }) =>
      events.includes(type) && (alias === null || aliases === undefined || aliases.includes(alias)),
    deliver: (event, signal) => send(named, place, { id: event.id, message: messageOf(event, place), signal }),
    timing: { ...retries, deadAfterMs: deadAfterHours * 3_600_000 },
  };
}

/** What the test command sends: a message that no registry wrote. */
export async function sendTest(
  named: { name: string; webhook: Webhook },
  place: WebhookPlace,
  { id, at }: { id: string; at: string },
): Promise<Delivery> {
  const message = { type: 'webhook.test', timestamp: at, data: { webhook: named.name } };
  return send(named, place, { id, message });
}

async function send(
  { name, webhook }: { name: string; webhook: Webhook },
  { env }: WebhookPlace,
  { id, message, signal }: { id: string; message: object; signal?: AbortSignal },
): Promise<Delivery> {
  const keys = [webhook.secretEnv].flat().map((variable) => readSecret(env[variable], variable));
  const target = { url: addressOf(name, webhook, env), keys, id, body: JSON.stringify(message) };
  return post(target, signal ? { signal } : {});
}

/** The same each time it is sent: its time is that of what happened, where the header has that of the attempt. */
function messageOf({ type, at, model, alias, data }: RegistryEvent, { gateway }: WebhookPlace): object {
  const { promotionId, evidenceSha256 } = data;
  const page = promotionId ?? evidenceSha256;
  return {
    type,
    timestamp: at,
    data: {
      model,
      ...(alias !== null && { alias }),
      ...data,
      ...(evidenceSha256 !== undefined && page !== undefined && { evidence: pageLink(page, gateway) }),
    },
  };
}

function addressOf(name: string, { url, urlEnv = '' }: Webhook, env: NodeJS.ProcessEnv): string {
  if (url !== undefined) return url;
  const address = env[urlEnv];
  if (address !== undefined && isAddress(address)) return address;
  const found = address === undefined || address === '' ? 'not set' : 'found something else, which is not shown';
  throw new RequestError(
    `${urlEnv}: ${found}; expected the address of webhook ${name}, such as https://hooks.example.com/x`,
  );
}
