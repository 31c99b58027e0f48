import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFileStore } from '../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { CheckpointStore } from '../contract/jobs.ts';
import type { FineTuneInput, TrainedModel } from '../contract/model-stages.ts';
import { trainingJob } from '../test/support/fake-python.ts';
import { createCheckpointStore } from '../training/checkpoints.ts';
import { trainingActivities } from './training.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'training-activities-'));
  artifacts = createFileStore(join(folder, 'artifacts'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const rows = { uri: 'file:///rows', sha256: 'c', rows: 2 };
const dataset = { version: 'v', uri: 'file:///dataset', sha256: 'd', train: rows, validation: rows };

/** Keeps what a job trained, with these checkpoints. */
async function keep(checkpoints: CheckpointStore) {
  const made = join(folder, 'model');
  await mkdir(made);
  await writeFile(join(made, 'config.json'), '{}');
  const { candidate, base, key, seed } = trainingJob();
  const input = { key, candidate, base, dataset, seed, model: 'demo', configHash: 'h' } as unknown as FineTuneInput;
  const model = { uri: pathToFileURL(made).href, sha256: 'f'.repeat(64) };
  const trained: TrainedModel = { model, trainSeconds: 1, steps: 40 };
  const { keepTrained } = trainingActivities({ artifacts, projectRoot: folder, allowedRoots: [], checkpoints });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return environment.run(() => keepTrained({ ...input, trained })) as Promise<TrainedModel>;
}

describe('what training made is kept', () => {
  it('and the checkpoints of its job are not, but those of others', async () => {
    const checkpoints = createCheckpointStore({ artifacts, say: () => {} });
    const at = join(folder, 'checkpoint-20');
    await mkdir(at);
    await writeFile(join(at, 'trainer_state.json'), '{}');
    for (const key of ['job-1', 'job-2']) await checkpoints.put({ key, step: 20, folder: at });
    const { model } = await keep(checkpoints);
    expect(existsSync(new URL((model as { uri: string }).uri))).toBe(true);
    expect(await checkpoints.newest({ key: 'job-1', above: 0 })).toBeUndefined();
    expect(await checkpoints.newest({ key: 'job-2', above: 0 })).toMatchObject({ step: 20 });
  });

  it('also where its checkpoints can not be deleted, which is said', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const drop = () => Promise.reject(new Error('403'));
    const { model } = await keep({ drop } as unknown as CheckpointStore);
    expect(model).toMatchObject({ uri: expect.stringContaining('/models/demo/ffffffffffff') as unknown });
    expect(warn.mock.calls).toEqual([["checkpoints of job job-1 can't be deleted: Error: 403"]]);
    warn.mockRestore();
  });
});
