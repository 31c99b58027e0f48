import { join } from 'node:path';
import { check } from '../../common/config-errors.ts';
import { readYaml } from '../../common/yaml-file.ts';
import { WebhooksSchema, type Webhook } from './schema.ts';

/** Loads configs/webhooks.yaml: who is told what the registry did. @throws ConfigError */
export async function loadWebhooks(projectRoot: string): Promise<Readonly<Record<string, Webhook>>> {
  const { value, at } = await readYaml(join(projectRoot, 'configs', 'webhooks.yaml'), projectRoot);
  return check({ schema: WebhooksSchema, value, at }).webhooks;
}
