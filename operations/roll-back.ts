import { RequestError } from '../common/errors.ts';
import type { AliasMove } from '../registry/schema.ts';
import type { Registry } from '../registry/store.ts';

/**
 * Puts the previous version of a model back at once, and withdraws the one that served. It needs the registry alone.
 * @throws RequestError where no earlier version is left, NotInRegistryError for a model or alias that is not there
 */
export async function rollBack(
  registry: Registry,
  request: { model: string; alias: string; by: string; why: string },
): Promise<AliasMove> {
  const result = await registry.rollback({ ...request, at: new Date().toISOString() });
  if (result.status !== 'moved') throw new RequestError(result.message);
  return result.move;
}

/**
 * Lets a withdrawn version be promoted again.
 * @returns whether it was withdrawn
 * @throws RequestError where `version` is none, NotInRegistryError for one that is not there
 */
export async function unblock(
  registry: Registry,
  request: { model: string; version: number; by: string; why: string },
): Promise<boolean> {
  const { version } = request;
  if (!Number.isInteger(version) || version < 1)
    throw new RequestError(`version: found '${version}'; expected a number such as 2`);
  return (await registry.clearBlock({ ...request, at: new Date().toISOString() })).wasBlocked;
}
