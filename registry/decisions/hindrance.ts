import { keptBy } from '../marks.ts';
import { modelId } from '../../schema/model-ref.ts';
import { NotInRegistryError, type ModelVersion } from '../schema.ts';
import { getVersion, versionsOf, withdrawnTwin, type Db } from '../versions.ts';

/** What keeps an alias where it is, whatever its policy asks. */

/** Where an alias would go; `base`: what it is first pointed at, where it never pointed at anything. */
export interface Destination {
  model: string;
  alias: string;
  version: number;
  base?: number | undefined;
}

/** Why a version, or what equals it, may not serve: it was withdrawn, and nobody has cleared that. Undefined where it may. */
export async function withdrawnBecause(
  db: Db,
  candidate: ModelVersion,
): Promise<{ said: string; fix: string } | undefined> {
  const { model, version } = candidate;
  const twin = withdrawnTwin(await versionsOf(db, model, modelId(candidate.ref)), candidate);
  if (!twin?.blocked) return undefined;
  const { by, at, why } = twin.blocked;
  const same = twin.version === version ? '' : `version ${version} is the same as version ${twin.version}: `;
  return {
    said: `${same}version ${twin.version} was withdrawn by ${by} at ${at} (${why})`,
    fix: `Clear the block of version ${twin.version} before promoting it again: npx whetstone unblock ${model} ${twin.version} --why "..."`,
  };
}

/** The pin of the alias, or the archive or the block of the version or of the base. Undefined where nothing keeps it. */
export async function hindrance(db: Db, { model, alias, version, base }: Destination): Promise<string | undefined> {
  for (const one of base === undefined ? [version] : [version, base]) {
    const blocked = await withdrawnBecause(db, await getVersion(db, model, one));
    if (blocked) return `${blocked.said}. ${blocked.fix}`;
    const kept = await keptBy(db, { model, alias, version: one });
    if (kept) return kept;
  }
  return undefined;
}

/**
 * Why an alias that never pointed at anything may not first be pointed at this: whoever starts a promotion could name any version, and it
 * would serve without a word of the policy. Undefined where it is the untuned base, or what the version's evaluation says.
 */
export async function baseLack(
  registry: { getVersion: (model: string, version: number) => Promise<ModelVersion> },
  { model, alias, version, base }: Destination & { base: number },
): Promise<string | undefined> {
  const { evaluated } = await registry.getVersion(model, version);
  const found = await registry.getVersion(model, base).catch((error: unknown) => {
    if (error instanceof NotInRegistryError) return error;
    throw error;
  });
  if (!(found instanceof Error) && (found.candidate === 'base' || evaluated?.baseVersion === base)) return undefined;
  const is =
    found instanceof Error ? found.message : `version ${base} of ${model} is its candidate '${found.candidate}'`;
  return (
    `baseVersion: found ${base}, and ${is}; expected a version that is registered as the untuned base, to which ${alias} is pointed first. ` +
    `Fix: evaluate it, which registers its base, and promote it again: npx whetstone evaluate ${model}@v${version} --against ${model}@${alias}`
  );
}
