import { RequestError } from '../../common/errors.ts';
import type { Registry } from '../../registry/store.ts';

interface Said {
  model: string;
  by: string;
  why: string;
}

/** Keeps promotions from moving an alias, or lets them again. @returns false where that stands already */
export async function pin(
  registry: Registry,
  { alias, undo, ...said }: Said & { alias: string; undo: boolean },
): Promise<boolean> {
  // Names the known ones where there is no such alias.
  if (!(await registry.lastMove(said.model, alias))) await registry.deployment(said.model, alias);
  return registry.mark({ ...said, of: { alias }, action: undo ? 'unpin' : 'pin', at: new Date().toISOString() });
}

/**
 * Puts a version away, so that no alias moves to it, or takes it back.
 * @returns false where that stands already
 * @throws RequestError where an alias serves it
 */
export async function archive(
  registry: Registry,
  { version, undo, ...said }: Said & { version: number; undo: boolean },
): Promise<boolean> {
  const found = (await registry.models()).find(({ name }) => name === said.model);
  const serving = Object.entries(found?.aliases ?? {}).flatMap(([alias, now]) => (now === version ? [alias] : []));
  if (!undo && serving.length > 0) {
    throw new RequestError(
      `${said.model}@v${version} serves as ${serving.join(', ')}; roll that back or promote another version first`,
    );
  }
  return registry.mark({
    ...said,
    of: { version },
    action: undo ? 'restore' : 'archive',
    at: new Date().toISOString(),
  });
}
