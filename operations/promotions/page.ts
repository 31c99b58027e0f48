import type { ArtifactStore } from '../../artifacts/store.ts';
import { GateSchema, type StagePolicy } from '../../configs/schema.ts';
import type { PromoteInput } from '../../contract/messages.ts';
import { pageLink } from '../../evidence/link.ts';
import { writeEvidence } from '../../evidence/write.ts';
import { approvalsOf, needsProof } from '../../registry/overrides.ts';
import type { Registry } from '../../registry/store.ts';
import { evaluationOf, planOf } from '../audit/evidence.ts';

const HOUR_MS = 3_600_000;

/**
 * The evidence page of a promotion that a person asks for, as a run's promotion has one: with its own blind sample, and what to send.
 * @param options.id of the promotion that is about to start
 * @throws ArtifactError where answers are not there any more
 */
export async function requestedPage(options: {
  registry: Pick<Registry, 'getVersion' | 'calibrations'>;
  store: ArtifactStore;
  policy: StagePolicy;
  gateway: string | undefined;
  input: PromoteInput;
  id: string;
  /** Why its evidence does not hold any more, where that is known already. */
  stale?: readonly string[];
}): Promise<NonNullable<PromoteInput['page']>> {
  const { registry, store, policy, gateway, input, id, stale = [] } = options;
  const { model, version: number, alias, incumbentVersion, gate, evidence, expiresAfterMs } = input;
  const version = await registry.getVersion(model, number);
  const evaluation = await evaluationOf(store, version);
  if (!evaluation) throw new Error(`${model}@v${number} has no evaluation`);
  const plan = await planOf(store, evaluation);
  const serving = incumbentVersion === null ? undefined : await registry.getVersion(model, incumbentVersion);
  const calibrations = await registry.calibrations();
  const { brief, link } = await writeEvidence({
    artifacts: store,
    suites: plan?.suites ?? [],
    // An evaluation of before does not say how the gate was set: the suite and the metric that it decides on by default.
    config: { name: model, gate: GateSchema.parse(plan?.config.gate ?? { suite: gate.suite }) },
    evaluation,
    evidenceSha256: evidence.sha256,
    gate,
    incumbentVersion,
    agreements: calibrations.map(({ judge, version: of, kappa, labels }) => ({ judge, version: of, kappa, labels })),
    ...(version.made && { datasets: { before: serving?.made?.dataset, after: version.made.dataset } }),
    promotion: {
      id,
      version: number,
      alias,
      from: incumbentVersion,
      approvalsNeeded: approvalsOf(policy, input),
      expiresAfterHours: expiresAfterMs / HOUR_MS,
      deadline: new Date(Date.now() + expiresAfterMs).toISOString(),
      signed: needsProof(policy),
      ...(stale.length > 0 && { stale: [...stale] }),
    },
    linkTo: (of) => pageLink(of, gateway),
  });
  return { brief, link };
}
