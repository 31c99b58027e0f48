import type { ArtifactStore, StoredArtifact } from '../artifacts/store.ts';
import { NotInRegistryError } from '../registry/schema.ts';
import type { Registry } from '../registry/store.ts';
import { findPage } from './keep.ts';

/** The page that a person, a link or a command names: by a promotion's id or an evaluation's hash; undefined where there is none. */
export async function findEvidence(
  id: string,
  { artifacts, registry }: { artifacts: Pick<ArtifactStore, 'list'>; registry: Pick<Registry, 'promotion'> },
): Promise<StoredArtifact | undefined> {
  if (/^[0-9a-f]{12,64}$/.test(id)) return findPage({ artifacts, evaluation: id });
  const evaluation = await evaluationOf(registry, id);
  if (evaluation === undefined) return undefined;
  // One that a person asked for has no page of its own.
  return (await findPage({ artifacts, evaluation, promotion: id })) ?? findPage({ artifacts, evaluation });
}

async function evaluationOf(registry: Pick<Registry, 'promotion'>, id: string): Promise<string | undefined> {
  try {
    return (await registry.promotion(id)).evidenceSha256;
  } catch (error) {
    if (error instanceof NotInRegistryError) return undefined;
    throw error;
  }
}
