import type { DependenciesOf } from '../../activities/dependencies.ts';
import { connectClient } from '../../operations/connection.ts';
import { closeLostPromotions, tellSettledPromotions } from './lost-promotions.ts';
import { stopOrphans, watchForLost } from './orphans.ts';

/**
 * Watches for what runs leave behind that were terminated, or that went on elsewhere: training of this machine, and promotions that the
 * registry holds open. Each worker looks at what its own queues have.
 */
export async function watchLost(options: {
  dependencies: Partial<DependenciesOf>;
  env: NodeJS.ProcessEnv;
  say: (message: string) => void;
}): Promise<{ stop: () => Promise<void> }> {
  const { dependencies, env, say } = options;
  const { training, control } = dependencies;
  if (!training && !control) return { stop: async () => {} };
  const { client, connection } = await connectClient(env);
  let hearingSinceMs = Date.now();
  const watch = watchForLost({
    looks: {
      ...(training && {
        'training jobs without a run': async () => {
          const nowMs = Date.now();
          const trainers = Object.values(training.trainers);
          return stopOrphans({ client, trainers, hearingSinceMs, nowMs }).catch((error: unknown) => {
            // No look at a job comes through either.
            hearingSinceMs = nowMs;
            throw error;
          });
        },
      }),
      ...(control && {
        'promotions without a workflow': async () => {
          const ids = await closeLostPromotions({ client, ...control });
          return ids.map((id) => `closed promotion ${id}: its workflow is over`);
        },
        'promotions that are settled': async () => {
          const ids = await tellSettledPromotions({ client, ...control });
          return ids.map((id) => `told promotion ${id} that the registry has settled it`);
        },
      }),
    },
    say,
  });
  return {
    stop: async () => {
      await watch.stop();
      await connection.close();
    },
  };
}
