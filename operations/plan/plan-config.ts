import { availableParallelism } from 'node:os';
import { openArtifacts } from '../../artifacts/open.ts';
import { documentRoots } from '../../configs/document-roots.ts';
import { loadStages } from '../../configs/load.ts';
import type { Paths } from '../../configs/paths.ts';
import type { RunConfig } from '../../configs/schema.ts';
import { openLedger } from '../../providers/ledger/ledger.ts';
import { mayHaveGpu } from '../../providers/training/accelerator.ts';
import { pastTrainings } from '../../providers/training/past-trainings.ts';
import { incumbentOf } from '../../registry/candidates.ts';
import { withRegistry } from '../../registry/open.ts';
import { loadConfig, type ConfigSource } from '../load-config.ts';
import { planRun, type RunPlan } from './plan.ts';

/**
 * Forecasts a config on this machine, from its files, this checkout's ledger and past trainings. Asks no model.
 * @param options.onDocument as planRun
 * @throws ConfigError, DocumentError, RunError naming the suite
 */
export async function planConfig(options: {
  config: ConfigSource;
  paths: Paths;
  env: NodeJS.ProcessEnv;
  onDocument?: (done: number, total: number, text: string) => void;
}): Promise<{ plan: RunPlan; budget: RunConfig['budget'] }> {
  const { config: source, paths, env, onDocument } = options;
  const { config } = await loadConfig({ config: source, paths });
  const ledger = await openLedger(paths.ledger, { journals: paths.journals });
  try {
    const of = { model: config.name, alias: config.promote.alias };
    const incumbent = await withRegistry({ url: paths.registry }, (registry) => incumbentOf(registry, of));
    const artifacts = await openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env });
    const plan = await planRun({
      config,
      projectRoot: paths.projectRoot,
      allowedRoots: documentRoots(env, paths),
      ledger,
      policy: (await loadStages(paths.projectRoot)).aliases[config.promote.alias],
      past: await pastTrainings(paths.training),
      ...(incumbent && { serves: { incumbent, artifacts } }),
      machine: { cores: availableParallelism(), gpu: mayHaveGpu() },
      ...(onDocument && { onDocument }),
    });
    return { plan, budget: config.budget };
  } finally {
    await ledger.close();
  }
}
