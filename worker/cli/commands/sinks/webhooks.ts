import Table from 'cli-table3';
import { Command } from 'commander';
import { loadWebhooks } from '../../../../configs/webhooks/load.ts';
import { linkBase } from '../../../../evidence/link.ts';
import {
  enableWebhook,
  listWebhooks,
  redeliver,
  testWebhook,
  type WebhookStanding,
} from '../../../../operations/webhooks/webhooks.ts';
import { jsonOption } from '../../options.ts';
import { paths, say, withRegistry } from '../context.ts';

const configured = () => loadWebhooks(paths().projectRoot);

/** `webhooks`: who is told what the registry did. */
export function webhooksCommand(): Command {
  return new Command('webhooks')
    .description('Webhooks of configs/webhooks.yaml: who is told of promotions, approvals, rollbacks and budgets')
    .addCommand(listCommand())
    .addCommand(testCommand())
    .addCommand(redeliverCommand())
    .addCommand(enableCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('Every webhook, how far it has been told, and what could not be delivered')
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) =>
      withRegistry(async (registry) => {
        const webhooks = await listWebhooks(registry.outbox, await configured());
        if (json) return say(JSON.stringify(webhooks, null, 2));
        if (webhooks.length === 0)
          return say('configs/webhooks.yaml names no webhook; docs/how-to/webhooks.md shows how');
        say(tableOf(webhooks));
        for (const { name, letters } of webhooks)
          for (const { id, type, model, happenedAt, state, attempts, error } of letters)
            say(
              `${name}: ${id}  ${type} of ${model}, ${happenedAt}: ${state === 'dead' ? `given up after ${attempts} attempt(s): ${error}` : 'is sent again'}`,
            );
      }),
    );
}

function tableOf(webhooks: readonly WebhookStanding[]): string {
  const table = new Table({ head: ['webhook', 'to', 'state', 'last delivered', ''], style: { head: [], border: [] } });
  for (const { name, to, state, lastDeliveredAt, nextAttemptAt, attempts, lastError, behind } of webhooks) {
    const failing =
      attempts > 0 && `${attempts} attempt(s), the next at ${nextAttemptAt}; ${behind} event(s) to look at`;
    table.push([name, to, state, lastDeliveredAt ?? 'never', [lastError, failing].filter(Boolean).join('\n')]);
  }
  return table.toString();
}

function testCommand(): Command {
  return new Command('test')
    .description('Send a message of type webhook.test from here: its secret must be set here as it is for the worker')
    .argument('<name>', 'as configs/webhooks.yaml names it')
    .addOption(jsonOption())
    .action(async (name: string, { json }: { json?: boolean }) => {
      const place = { env: process.env, gateway: linkBase(process.env) };
      const at = new Date().toISOString();
      const { id, delivery } = await testWebhook({ name, webhooks: await configured(), place, at });
      if (delivery.status !== 'delivered') process.exitCode = 1;
      if (json) return say(JSON.stringify({ id, ...delivery }, null, 2));
      say(delivery.status === 'delivered' ? `${name} took ${id}` : `${name} did not take ${id}: ${delivery.why}`);
    });
}

function redeliverCommand(): Command {
  return new Command('redeliver')
    .description('Have an event sent once more, under its id, by the worker')
    .argument('<id>', 'of the event, as npx whetstone webhooks list shows it')
    .option('--to <name>', 'one webhook, also where the event was delivered; else those that have it as a dead letter')
    .addOption(jsonOption())
    .action((id: string, { to, json }: { to?: string; json?: boolean }) =>
      withRegistry(async (registry) => {
        const asked = await redeliver({ outbox: registry.outbox, webhooks: await configured(), id, to });
        if (json) return say(JSON.stringify({ id, type: asked.event.type, to: asked.to }, null, 2));
        say(`${asked.event.type} ${id} is sent again to ${asked.to.join(', ')}, by the worker`);
      }),
    );
}

function enableCommand(): Command {
  return new Command('enable')
    .description('Send again to a webhook that answered that it is gone (410), from where it stood')
    .argument('<name>', 'as configs/webhooks.yaml names it')
    .addOption(jsonOption())
    .action((name: string, { json }: { json?: boolean }) =>
      withRegistry(async (registry) => {
        await enableWebhook(registry.outbox, await configured(), name);
        say(json ? JSON.stringify({ name, enabled: true }, null, 2) : `${name} is told again from where it stood`);
      }),
    );
}
