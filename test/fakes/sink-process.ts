import { WebhookSchema } from '../../configs/webhooks/schema.ts';
import { openRegistry } from '../../registry/open.ts';
import { runSinks } from '../../sinks/run.ts';
import { createWebhook } from '../../sinks/webhooks/webhook.ts';

/** A worker's part that tells others, for tests to kill: `node sink-process.ts DATABASE RECEIVER`. */
const [url = '', receiver = ''] = process.argv.slice(2);
const { registry } = await openRegistry({ url });
const webhook = WebhookSchema.parse({ url: receiver, secretEnv: 'SECRET', events: ['budget.reached'] });
const env = { SECRET: `whsec_${Buffer.alloc(32).toString('base64')}` };
const sink = createWebhook({ name: 'team', webhook }, { env }, { firstRetryMs: 20, mostRetryMs: 50 });
runSinks({
  outbox: registry.outbox,
  sinks: [{ ...sink, from: 'start' }],
  say: () => {},
  timing: { pollMs: 10, leaseMs: 400 },
});
process.stdout.write('ready\n');
