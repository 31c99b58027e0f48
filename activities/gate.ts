import { pickCandidate } from '../registry/promotion-gate.ts';
import type { Dependencies } from './dependencies.ts';
import type { Activities } from './types.ts';

/** The gate runs in an activity: its decision is recorded, and its rule can change without breaking replays. */
export function gateActivities({ ledger, registry }: Dependencies): Pick<Activities, 'decideGate' | 'countLedger'> {
  return {
    decideGate: async ({ config, evaluation }) => {
      const candidates = config.candidates.map(({ name }) => name);
      const calibrations = await registry.calibrations();
      return pickCandidate({ evaluation, gate: config.gate, candidates, calibrations }).chosen;
    },
    countLedger: ({ runId }) => ledger.counts(runId),
  };
}
