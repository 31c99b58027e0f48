import { GateSchema } from '../configs/schema.ts';
import { faultsOf, needsPeoplesQuestions, pickCandidate } from '../registry/promotion-gate.ts';
import { needsProof, policyApprovals } from '../registry/overrides.ts';
import type { ControlDependencies } from './dependencies.ts';
import type { Activities } from '../contract/activities.ts';

/** The gate runs in an activity: its decision is recorded, and its rule can change without breaking replays. */
export function gateActivities({ registry, stages }: ControlDependencies): Pick<Activities, 'decideGate'> {
  return {
    decideGate: async ({ config, evaluation }) => {
      // A run that began before a setting was known has its default.
      const gate = GateSchema.parse(config.gate);
      const candidates = config.candidates.map(({ name }) => name);
      const calibrations = await registry.calibrations();
      const policy = (await stages()).aliases[config.promote.alias];
      const askPeople = needsPeoplesQuestions({ ...config, gate }, policy);
      const { chosen, decisions } = pickCandidate({ evaluation, gate, candidates, calibrations, askPeople });
      const faultsIn = (candidate: string) => faultsOf({ evaluation, gate, candidate, calibrations, askPeople });
      const faults = faultsIn(chosen.candidate);
      const others = decisions.filter(({ candidate }) => candidate !== chosen.candidate);
      return {
        ...chosen,
        ...(chosen.decision !== 'promote' && faults.length > 0 && { faults }),
        others,
        notChosen: others.map(({ candidate, decision }) => ({
          candidate,
          decision,
          faults: decision === 'promote' ? [] : faultsIn(candidate),
        })),
        reading: {
          agreements: calibrations.map(({ judge, version, kappa, labels }) => ({ judge, version, kappa, labels })),
          approvals: policy ? policyApprovals(policy) : 0,
          signed: needsProof(policy),
        },
      };
    },
  };
}
