import type { ArtifactStore } from '../artifacts/store.ts';
import { RequestError } from '../common/errors.ts';
import { lastLayers } from '../documents/layers/keep-layers.ts';
import type { LayersManifest } from '../schema/layers.ts';

/** The tables of a model's documents, as they were last read. @throws RequestError where there are none */
export async function findLayers(store: ArtifactStore, model: string): Promise<LayersManifest> {
  const layers = await lastLayers(store, model);
  if (layers) return layers;
  throw new RequestError(
    `no documents of '${model}' were read yet; expected the name of a config that was run: npx whetstone run NAME`,
  );
}
