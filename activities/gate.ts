import { pickCandidate } from '../registry/promotion-gate.ts';
import type { Dependencies } from './dependencies.ts';
import type { Activities } from './types.ts';

/** The gate runs in an activity: its decision is recorded, and its rule can change without breaking replays. */
export function gateActivities({ ledger }: Dependencies): Pick<Activities, 'decideGate' | 'countLedger'> {
  return {
    decideGate: ({ config, evaluation }) =>
      Promise.resolve(
        pickCandidate({ evaluation, gate: config.gate, candidates: config.candidates.map((c) => c.name) }).chosen,
      ),
    countLedger: ({ runId }) => ledger.counts(runId),
  };
}
