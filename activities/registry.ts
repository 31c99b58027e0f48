import { RunError } from '../common/errors.ts';
import type { Activities } from '../contract/activities.ts';
import { incumbentOf, registerCandidate } from '../registry/candidates.ts';
import { findVersion, recordEvaluation } from '../registry/evaluations/find-version.ts';
import { openUnderPolicy, promoteVersion } from '../registry/promote.ts';
import type { ControlDependencies } from './dependencies.ts';

export function registryActivities(
  dependencies: Omit<ControlDependencies, 'artifacts'>,
): Pick<
  Activities,
  | 'findIncumbent'
  | 'registerCandidate'
  | 'findVersion'
  | 'recordEvaluation'
  | 'openPromotion'
  | 'recordDecision'
  | 'promoteVersion'
  | 'closePromotion'
  | 'rollbackAlias'
  | 'takeDownAlias'
> {
  const { registry, stages, now } = dependencies;
  return {
    findIncumbent: (input) => incumbentOf(registry, input),

    registerCandidate: (input) => registerCandidate(registry, { ...input, at: now() }),

    findVersion: (input) => findVersion(registry, input),

    recordEvaluation: (input) => recordEvaluation(registry, { ...input, at: now() }),

    openPromotion: async (input) =>
      openUnderPolicy(registry, { ...input, policy: (await stages()).aliases[input.alias], at: now() }),

    async recordDecision(input) {
      const result = await registry.recordDecision({ ...input, at: now() });
      return result.status === 'recorded' ? { status: 'recorded' } : { status: 'refused', message: result.message };
    },

    promoteVersion: (input) => promoteVersion(registry, { ...input, at: now() }),

    closePromotion: ({ promotionId, why }) => registry.closePromotion({ promotionId, why, by: 'whetstone', at: now() }),

    async rollbackAlias({ to, base, ...asked }) {
      const request = { ...asked, ...(to !== undefined && { to }), allowBase: base ?? false, at: now() };
      const result = await registry.rollback(request);
      if (result.status !== 'moved') throw new RunError('rollback', result.message);
      return { from: result.move.fromVersion ?? 0, to: result.move.toVersion };
    },

    async takeDownAlias(input) {
      const move = await registry.takeDown({ ...input, at: now() });
      if (!move) throw new RunError('takedown', `${input.model}@${input.alias} serves nothing already`);
      return { from: move.fromVersion ?? 0 };
    },
  };
}
