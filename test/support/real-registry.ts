import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActivities } from '../../activities/index.ts';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { StagePolicy } from '../../configs/schema.ts';
import type { Activities } from '../../contract/activities.ts';
import { openRegistry } from '../../registry/open.ts';
import type { Registry } from '../../registry/store.ts';
import { versionOf } from './demo-registry.ts';
import { fakeActivities } from './fake-activities.ts';
import { promotion } from './scenarios.ts';

export interface RealRegistry {
  registry: Registry;
  /** Those of the queue `control` are real, the others fakes. */
  activities: Activities;
  /** By alias; read anew for each decision and each move. */
  policies: Record<string, StagePolicy>;
  close: () => Promise<void>;
}

/** A registry in a file, with a base and two evaluated versions of each model, and the activities that write it. */
export async function openRealRegistry(
  policies: Record<string, StagePolicy>,
  models: readonly string[] = ['demo'],
): Promise<RealRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'whetstone-real-registry-'));
  const read = () => Promise.resolve(policies);
  const { registry, close } = await openRegistry({ url: join(folder, 'registry.db'), policies: read });
  const { evidence, gate } = promotion();
  const now = () => new Date().toISOString();
  for (const model of models)
    for (const candidate of ['base', 'tuned', 'better'])
      await registry.registerVersion(
        versionOf(candidate, { model, evidence: { uri: evidence.uri, sha256: evidence.sha256 }, gate, at: now() }),
      );
  const ledger = { counts: () => Promise.reject(new Error('not asked')) };
  const stages = () => Promise.resolve({ aliases: policies });
  const control = createActivities('control', { registry, artifacts: createFileStore(folder), ledger, stages, now });
  return {
    registry,
    activities: { ...fakeActivities().activities, ...control },
    policies,
    close: async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
