import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ArtifactStore } from '../../artifacts/store.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import { isWeights, modelId } from '../../schema/model-ref.ts';
import { demand, type Link } from './link.ts';
import type { Places } from './places.ts';

/** The model server that runs: that what it holds in memory was read from the files whose hash is proven. */

const PATIENCE_MS = 2_000;

/** As providers/python/serve_models.py tells it; other servers name no files. */
const LoadedSchema = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      files: z.record(z.string(), z.object({ bytes: z.number(), changedNs: z.string() })).optional(),
    }),
  ),
});
type Loaded = z.infer<typeof LoadedSchema>['data'][number];

/** @param options.modelServer its address, without `/v1`; without one there is nothing to say */
export async function servedLink(options: {
  version: ModelVersion;
  store: Pick<ArtifactStore, 'localFolder'>;
  places: Places;
  modelServer: string | undefined;
}): Promise<Link[]> {
  const { version, store, places, modelServer } = options;
  const { ref } = version;
  if (modelServer === undefined || !isWeights(ref) || ref.uri.startsWith('hf://')) return [];
  const link = (says: string, check?: Link['check']): Link[] => [
    {
      what: 'server',
      name: `that answers at ${modelServer}`,
      sha256: modelId(ref),
      says: [says],
      ...(check && { check }),
    },
  ];
  const models = await loadedBy(modelServer);
  if (!models) return link('it does not answer now, or does not say what it has loaded: nothing is proven of it');
  const folder = await store.localFolder(await places(ref.uri)).catch(() => undefined);
  const found = folder === undefined ? undefined : await loadedFrom(models, folder);
  if (!found || folder === undefined)
    return link('it has not loaded these weights: when it is asked for them, it reads the folder above');
  const { files } = found;
  if (!files) return link('it has loaded these weights, and does not say which files it read');
  return link('it has loaded these weights, from files that have not changed since', async () => {
    for (const [name, { bytes, changedNs }] of Object.entries(files)) {
      const now = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
      const told = now && `${now.size} bytes, changed ${now.mtimeNs}`;
      demand(told ?? 'no such file', `${bytes} bytes, changed ${changedNs}`, `${name}, since the model server read it`);
    }
  });
}

async function loadedBy(modelServer: string): Promise<Loaded[] | undefined> {
  try {
    const reply = await fetch(`${modelServer.replace(/\/+$/, '')}/v1/models`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return LoadedSchema.parse(await reply.json()).data;
  } catch {
    return undefined;
  }
}

async function loadedFrom(models: readonly Loaded[], folder: string): Promise<Loaded | undefined> {
  const real = await realpath(folder);
  for (const model of models) if ((await realpath(model.id).catch(() => '')) === real) return model;
  return undefined;
}
