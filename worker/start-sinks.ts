import type { ControlDependencies } from '../activities/dependencies.ts';
import type { Paths } from '../configs/paths.ts';
import { loadWebhooks } from '../configs/webhooks/load.ts';
import { runSinks } from '../sinks/run.ts';
import { createWebhook } from '../sinks/webhooks/webhook.ts';

/**
 * Tells others what the registry does, from a worker of the control queue; other workers have nothing to tell.
 * @throws ConfigError where configs/webhooks.yaml is wrong
 */
export async function startSinks(options: {
  control: Pick<ControlDependencies, 'registry'> | undefined;
  env: NodeJS.ProcessEnv;
  paths: Pick<Paths, 'projectRoot'>;
  say: (message: string) => void;
}): Promise<{ stop: () => Promise<void> }> {
  const { control, env, paths, say } = options;
  if (!control) return { stop: async () => {} };
  const place = { env, gateway: env.WHETSTONE_GATEWAY };
  const webhooks = Object.entries(await loadWebhooks(paths.projectRoot));
  const sinks = webhooks.map(([name, webhook]) => createWebhook({ name, webhook }, place));
  return runSinks({ outbox: control.registry.outbox, sinks, say });
}
