import type { ControlDependencies } from '../activities/dependencies.ts';
import { openArtifacts } from '../artifacts/open.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Paths } from '../configs/paths.ts';
import { loadWebhooks } from '../configs/webhooks/load.ts';
import { linkBase } from '../evidence/link.ts';
import type { Registry } from '../registry/store.ts';
import { createMirror } from '../sinks/mlflow/mirror.ts';
import { mlflowSettings } from '../sinks/mlflow/settings.ts';
import { mirrorSource } from '../sinks/mlflow/source.ts';
import { runSinks } from '../sinks/run.ts';
import type { Sink } from '../sinks/types.ts';
import { createWebhook } from '../sinks/webhooks/webhook.ts';

interface Place {
  env: NodeJS.ProcessEnv;
  paths: Pick<Paths, 'projectRoot' | 'artifacts' | 'artifactCache'>;
  say: (message: string) => void;
}

/**
 * Tells others what the registry does, from a worker of the control queue; other workers have nothing to tell.
 * @throws ConfigError where configs/webhooks.yaml is wrong
 */
export async function startSinks(
  options: Place & { control: Pick<ControlDependencies, 'registry'> | undefined },
): Promise<{ stop: () => Promise<void> }> {
  const { control, env, paths, say } = options;
  if (!control) return { stop: async () => {} };
  const place = { env, gateway: linkBase(env) };
  const webhooks = Object.entries(await loadWebhooks(paths.projectRoot));
  const sinks = webhooks.map(([name, webhook]) => createWebhook({ name, webhook }, place));
  const { registry } = control;
  return runSinks({ outbox: registry.outbox, sinks: [...sinks, ...mirrors(registry, options)], say });
}

/** None where no MLflow is named. A name that can't be used keeps no run from going on: it may be meant for another program. */
function mirrors(registry: Registry, { env, paths, say }: Place): Sink[] {
  let opened: Promise<ArtifactStore> | undefined;
  const artifacts = () => {
    opened ??= openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env });
    // One that could not be opened is opened anew.
    opened.catch(() => (opened = undefined));
    return opened;
  };
  try {
    const settings = mlflowSettings(env);
    return settings ? [createMirror(settings, mirrorSource({ registry, artifacts, gateway: linkBase(env) }))] : [];
  } catch (error) {
    say(`Nothing is mirrored to MLflow: ${(error as Error).message}`);
    return [];
  }
}
