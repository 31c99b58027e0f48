import type { ArtifactStore, StoredArtifact } from '../artifacts/store.ts';
import { NotInRegistryError, type Promotion } from '../registry/schema.ts';
import type { Registry } from '../registry/store.ts';
import { findPage } from './keep.ts';

/** The page that a person, a link or a command names: by a promotion's id or an evaluation's hash; undefined where there is none. */
export async function findEvidence(
  id: string,
  options: { artifacts: Pick<ArtifactStore, 'list'>; registry: Pick<Registry, 'promotion' | 'getVersion'> },
): Promise<StoredArtifact | undefined> {
  const { artifacts, registry } = options;
  if (/^[0-9a-f]{12,64}$/.test(id)) return findPage({ artifacts, evaluation: id });
  const promotion = await promotionOf(registry, id);
  const evaluation = promotion?.evidenceSha256;
  if (!promotion || evaluation === undefined) return undefined;
  const own = await findPage({ artifacts, evaluation, promotion: id });
  if (own) return own;
  // What a person asked for later has no page of its own, but that of its candidate.
  const { candidate } = await registry.getVersion(promotion.model, promotion.version);
  return findPage({ artifacts, evaluation, candidate });
}

async function promotionOf(registry: Pick<Registry, 'promotion'>, id: string): Promise<Promotion | undefined> {
  try {
    return await registry.promotion(id);
  } catch (error) {
    if (error instanceof NotInRegistryError) return undefined;
    throw error;
  }
}
