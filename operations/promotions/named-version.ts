import { RequestError } from '../../common/errors.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';
import { parseModelName } from '../../schema/model-name.ts';

/**
 * The version that a person names: `name@v3`, `name@staging` for what an alias serves, `name` for what production serves.
 * @throws NotInRegistryError for one that is not there
 */
export async function namedVersion(registry: Registry, name: string): Promise<ModelVersion> {
  const asked = parseModelName(name);
  if ('version' in asked) return registry.getVersion(asked.model, asked.version);
  const { stable } = await registry.deployment(asked.model, asked.alias);
  return stable;
}

/**
 * The alias that a person names: `name@staging`, or `name` for production, unless `--alias` says otherwise.
 * @throws RequestError for a version
 */
export function namedAlias(name: string, alias?: string): { model: string; alias: string } {
  const asked = parseModelName(name);
  if ('version' in asked)
    throw new RequestError(
      `found '${name}', a version; expected a model or its alias, such as ${asked.model}@production`,
    );
  return { model: asked.model, alias: name.includes('@') ? asked.alias : (alias ?? asked.alias) };
}
