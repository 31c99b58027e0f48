import type { ArtifactStore } from '../../artifacts/store.ts';
import { ArtifactError } from '../../common/errors.ts';
import { PromoteSchema } from '../../configs/schema.ts';
import type { EvaluationPlan } from '../../contract/version-stages.ts';
import type { Promotion } from '../../registry/schema.ts';
import type { Evaluation } from '../../schema/evaluation.ts';
import { planOf } from '../audit/evidence.ts';

const HOUR_MS = 3_600_000;

/**
 * How long a promotion that a person asks for waits: what they say, else what the run's own promotion to that alias had, else what the config
 * of its evaluation says, else what a config says by default.
 */
export async function expiryOf(options: {
  store: ArtifactStore;
  evaluation: Evaluation;
  /** Of the same version to the same alias, oldest first. */
  earlier: readonly Promotion[];
  asked?: number | undefined;
}): Promise<number> {
  const { store, evaluation, earlier, asked } = options;
  if (asked !== undefined) return asked;
  const ofRun = earlier.findLast(({ request, expiresAt }) => !request && expiresAt !== undefined);
  if (ofRun?.expiresAt) return Date.parse(ofRun.expiresAt) - Date.parse(ofRun.createdAt);
  return (await promoteOf(store, evaluation)).expiresAfterHours * HOUR_MS;
}

/** A plan that is gone keeps nobody from asking: the command says until when it waits. */
async function promoteOf(store: ArtifactStore, evaluation: Evaluation): Promise<EvaluationPlan['config']['promote']> {
  const plan = await planOf(store, evaluation).catch((error: unknown) => {
    if (error instanceof ArtifactError) return undefined;
    throw error;
  });
  return PromoteSchema.parse(plan?.config.promote ?? {});
}
