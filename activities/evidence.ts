import type { Activities } from '../contract/activities.ts';
import type { GateReading } from '../contract/promotion-stages.ts';
import { pageLink } from '../evidence/link.ts';
import { writeEvidence } from '../evidence/write.ts';
import { GateSchema } from '../configs/schema.ts';
import type { EvaluationDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';

/** Writes what an approver reads, once the gate has decided. */
export function evidenceActivities({
  artifacts,
  ledger,
  gateway,
}: EvaluationDependencies): Pick<Activities, 'writeEvidence'> {
  return {
    writeEvidence: (input) =>
      withHeartbeat({ stage: 'gate', label: 'evidence page' }, async (report) => {
        const { runId, config, suites, evaluation, evidence, gate, incumbentVersion, trainSeconds, promotion } = input;
        const reading: GateReading = input.reading ?? { agreements: [], approvals: 0 };
        const { alias, approvals, expiresAfterHours } = config.promote;
        const waits = promotion?.expiresAfterHours ?? expiresAfterHours;
        return writeEvidence({
          artifacts,
          suites,
          config: { name: config.name, gate: GateSchema.parse(config.gate) },
          evaluation,
          evidenceSha256: evidence.sha256,
          gate,
          incumbentVersion,
          agreements: reading.agreements,
          calls: await ledger.counts(runId),
          trainSeconds,
          datasets: input.datasets,
          ...(promotion && {
            promotion: {
              id: promotion.id,
              version: promotion.version,
              alias,
              from: incumbentVersion,
              approvalsNeeded: Math.max(promotion.approvals ?? approvals, reading.approvals),
              expiresAfterHours: waits,
              deadline: new Date(Date.now() + waits * 3_600_000).toISOString(),
              signed: reading.signed,
            },
          }),
          linkTo: (id) => pageLink(id, gateway),
          onSuite: (done) => report(done, evaluation.suites.length),
        });
      }),
  };
}
