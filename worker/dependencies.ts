import { join } from 'node:path';
import { HeldExamples } from '../generation/held-examples.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { loadKeyPolicy, loadStages } from '../configs/load.ts';
import { documentRoots } from '../configs/document-roots.ts';
import type { Paths } from '../configs/paths.ts';
import { openArtifacts } from '../artifacts/open.ts';
import { createBaseModelMaker } from '../providers/training/bases.ts';
import { createMachine } from '../providers/training/machine.ts';
import { createTrlTrainer } from '../providers/training/trl.ts';
import { BATCH_TIMING, type BatchTiming } from '../providers/ledger/batch-queue.ts';
import { openLedger } from '../providers/ledger/ledger.ts';
import { createModelServer } from '../providers/inference/transformers.ts';
import { openRegistry } from '../registry/open.ts';
import { createCheckpointStore } from '../training/checkpoints.ts';

/**
 * The composition root of the worker: real adapters for every port.
 * @throws Error when WHETSTONE_PYTHON or WHETSTONE_MODEL_SERVER is missing: `npm start` sets both
 */
export async function createDependencies(options: {
  env: NodeJS.ProcessEnv;
  paths: Paths;
}): Promise<{ dependencies: Dependencies; close: () => Promise<void> }> {
  const { env, paths } = options;
  const python = required(env, 'WHETSTONE_PYTHON', 'the Python of the training environment');
  const modelServer = required(
    env,
    'WHETSTONE_MODEL_SERVER',
    'the address of the model server, such as http://127.0.0.1:8090',
  );
  const artifacts = await openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env });
  const policies = (await loadStages(paths.projectRoot)).aliases;
  const { registry, close: closeRegistry } = await openRegistry({ url: paths.registry, policies });
  const ledger = await openLedger(paths.ledger, { journals: paths.journals, timing: batchTiming(env) });
  const cacheDir = join(paths.home, 'bases');
  const say = (message: string) => console.warn(message);
  // Those of one machine lie in its jobs' folders already.
  const shared = artifacts.local ? {} : { checkpoints: createCheckpointStore({ artifacts, say }) };
  const machine = createMachine({ lock: paths.training, folders: [paths.training, cacheDir] });
  const dependencies: Dependencies = {
    projectRoot: paths.projectRoot,
    allowedRoots: documentRoots(env, paths),
    keys: { env, servers: await loadKeyPolicy(paths.projectRoot) },
    artifacts,
    held: new HeldExamples(),
    ledger,
    registry,
    trainers: { trl: createTrlTrainer({ python, workDir: paths.training, machine, say, ...shared }) },
    ...shared,
    bases: createBaseModelMaker({ python, cacheDir, machine }),
    modelServer: createModelServer({ baseUrl: modelServer }),
    stages: () => loadStages(paths.projectRoot),
    now: () => new Date().toISOString(),
  };
  return {
    dependencies,
    close: async () => {
      await ledger.close();
      await closeRegistry();
    },
  };
}

/** How long calls gather into one batch, and how often a batch is looked at. */
function batchTiming(env: NodeJS.ProcessEnv): BatchTiming {
  const milliseconds = (name: string, fallback: number) => {
    const text = env[name];
    const value = text === undefined || text === '' ? fallback : Number(text);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`${name}: found '${text}', expected a whole number of milliseconds above 0`);
    return value;
  };
  return {
    gatherMs: milliseconds('WHETSTONE_BATCH_GATHER_MS', BATCH_TIMING.gatherMs),
    pollMs: milliseconds('WHETSTONE_BATCH_POLL_MS', BATCH_TIMING.pollMs),
  };
}

function required(env: NodeJS.ProcessEnv, name: string, what: string): string {
  const value = env[name];
  if (!value)
    throw new Error(
      `${name} is not set: ${what}. 'npm start' sets it; a worker started by hand needs it in its environment`,
    );
  return value;
}
