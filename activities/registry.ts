import { ApplicationFailure } from '@temporalio/activity';
import { ConfigError } from '../common/config-errors.ts';
import { RunError } from '../common/errors.ts';
import type { Activities } from '../contract/activities.ts';
import { incumbentOf, registerCandidate } from '../registry/candidates.ts';
import { findStale, findVersion, recordEvaluation } from '../registry/evaluations/find-version.ts';
import { registerModel } from '../registry/evaluations/register-model.ts';
import { openUnderPolicy, promoteVersion, settledAs } from '../registry/promote.ts';
import { pastWords, rejectedBefore, takenAway } from '../registry/decisions/rejected.ts';
import { reviewNeedsProof } from '../registry/decisions/reviews.ts';
import { breakGlassWords } from '../registry/rules/words.ts';
import type { ControlDependencies } from './dependencies.ts';

export function registryActivities(
  dependencies: Omit<ControlDependencies, 'artifacts'>,
): Pick<
  Activities,
  | 'findIncumbent'
  | 'registerCandidate'
  | 'findVersion'
  | 'findStale'
  | 'recordEvaluation'
  | 'registerModel'
  | 'openPromotion'
  | 'lookAtPromotion'
  | 'recordDecision'
  | 'promoteVersion'
  | 'closePromotion'
  | 'rollbackAlias'
  | 'takeDownAlias'
  | 'recordReview'
> {
  const { registry, stages, now } = dependencies;
  return {
    findIncumbent: (input) => incumbentOf(registry, input),

    registerCandidate: (input) => registerCandidate(registry, { ...input, at: now() }),

    findStale: (input) => findStale(registry, input),

    findVersion: (input) => findVersion(registry, input),

    registerModel: (input) => registerModel(registry, { ...input, at: now() }),

    recordEvaluation: (input) => recordEvaluation(registry, { ...input, at: now() }),

    openPromotion: (input) =>
      oncePolicyIsRead(async () => {
        const policy = (await stages()).aliases[input.alias];
        const opened = await openUnderPolicy(registry, { ...input, policy, at: now() });
        const rejected = await rejectedBefore(registry, input);
        const past = (await takenAway(registry, input)).map(pastWords);
        return {
          ...opened,
          ...(policy && { breakGlass: { who: breakGlassWords(policy), signed: reviewNeedsProof(policy) } }),
          ...(rejected.length > 0 && { rejected }),
          ...(past.length > 0 && { past }),
          ...(policy && !policy.evidence.includes('evaluation') && { evaluation: false }),
        };
      }),

    lookAtPromotion: ({ promotionId }) => settledAs(registry, promotionId),

    async recordDecision(input) {
      const result = await registry.recordDecision({ ...input, at: now() }).catch((error: unknown) => {
        if (!(error instanceof ConfigError)) throw error;
        return {
          status: 'refused' as const,
          message: `${error.message}. Nothing was changed: mend the file, and decide again`,
        };
      });
      if (result.status === 'refused') return { status: 'refused', message: result.message };
      const { approvals, approvalsNeeded, requests, setsAside, decision, state } = result;
      return {
        status: 'recorded',
        seq: decision.seq,
        moves: state === 'approved',
        approvals,
        approvalsNeeded,
        requests: requests.map(({ by, why }) => ({ by, why })),
        ...(setsAside.length > 0 && { setsAside: setsAside.map(({ by, why }) => ({ by, why })) }),
        ...(decision.reviewBy !== undefined && { reviewBy: decision.reviewBy }),
      };
    },

    promoteVersion: (input) => oncePolicyIsRead(() => promoteVersion(registry, { ...input, at: now() })),

    closePromotion: ({ promotionId, why }) => registry.closePromotion({ promotionId, why, by: 'whetstone', at: now() }),

    async rollbackAlias({ to, base, ...asked }) {
      const request = { ...asked, ...(to !== undefined && { to }), allowBase: base ?? false, at: now() };
      const result = await registry.rollback(request);
      if (result.status !== 'moved') throw new RunError('rollback', result.message);
      const { move, withdraws } = result;
      return { from: move.fromVersion ?? 0, to: move.toVersion, withdrawn: withdraws };
    },

    async takeDownAlias(input) {
      const move = await registry.takeDown({ ...input, at: now() });
      if (!move) throw new RunError('takedown', `${input.model}@${input.alias} serves nothing already`);
      return { from: move.fromVersion ?? 0 };
    },

    async recordReview(input) {
      const result = await registry.recordReview({ ...input, at: now() });
      if (result.status === 'refused') throw new RunError('review', result.message);
      const { model, alias, version } = await registry.promotion(input.promotionId);
      return { model, alias, version };
    },
  };
}

/** A policy that can't be read, such as one that is being written, ends no promotion: it is tried again until somebody has mended it. */
async function oncePolicyIsRead<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw ApplicationFailure.create({
      type: 'whetstone.policy',
      message: `${error.message}. The promotion goes on once that is mended`,
      nextRetryDelay: '5 seconds',
      cause: error,
    });
  }
}
