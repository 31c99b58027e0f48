import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { RequestError } from '../../common/errors.ts';
import type { StagePolicy } from '../../configs/schema.ts';
import { modelId } from '../../contract/model-ref.ts';
import type { PromoteInput } from '../../contract/messages.ts';
import { approveCommand } from '../../contract/promotions/commands.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { evaluationMarkdown } from '../../evaluation/report/report.ts';
import { needsProof, overrideApprovals, policyApprovals } from '../../registry/overrides.ts';
import { comparedLackOf } from '../../registry/rules/compared.ts';
import { lackText } from '../../registry/rules/lack.ts';
import { measuredLacks } from '../../registry/rules/measured.ts';
import { servedAsOf, type ModelVersion, type Promotion } from '../../registry/schema.ts';
import type { Registry } from '../../registry/store.ts';
import { baseArmOf, INCUMBENT_ARM, servedKey, type Evaluation, type GateDecision } from '../../schema/evaluation.ts';
import type { promoteModel } from '../../workflows/promote-model.ts';
import { evaluationOf } from '../audit/evidence.ts';
import { expiryOf } from './expiry.ts';

export interface PromoteRequest {
  model: string;
  version: number;
  alias: string;
  by: string;
  why: string;
  /** Whatever the gate said. */
  override: boolean;
  /** How long it waits for people; without, as long as the run that made the version says. */
  expiresAfterMs?: number | undefined;
}

/**
 * What promoteModel is started with for a version of the registry, on its newest evaluation. What its run asked of its promotion (approvals,
 * limits, that who started it is no approver) is asked again: asking once more is no way around it.
 * @throws RequestError that says what to do, where the alias's rule does not let it
 */
export async function promotionOf(
  {
    registry,
    store,
    policies,
  }: { registry: Registry; store: ArtifactStore; policies: Readonly<Record<string, StagePolicy>> },
  request: PromoteRequest,
): Promise<PromoteInput> {
  const { model, version: number, alias, by, why, override } = request;
  const name = `${model}@v${number}`;
  const policy = policies[alias];
  if (!policy) {
    const known = Object.keys(policies).sort().join(', ');
    throw new RequestError(`alias '${alias}' has no policy; known: ${known}; declare it in configs/stages.yaml`);
  }
  const version = await registry.getVersion(model, number);
  const evaluation = await evaluationOf(store, version);
  if (!version.evidence || !evaluation) {
    throw new RequestError(
      `${name} was never evaluated${version.candidate === 'base' ? ': it is the untuned base' : ''}; a promotion needs an evaluation. ` +
        `Evaluate it: npx whetstone evaluate ${name}`,
    );
  }
  const serving = await registry.findServing(model, alias);
  if (serving?.version === number) throw new RequestError(`${alias} of ${model} serves version ${number} already`);
  // What can come to nothing asks nobody.
  const kept = await registry.hindrance({ model, alias, version: number });
  if (kept) throw new RequestError(`${model}@${alias}: ${kept}`);
  const waiting = (await registry.openPromotions()).find(
    (one) => one.model === model && one.alias === alias && one.version === number,
  );
  if (waiting) {
    throw new RequestError(
      `a promotion of ${name} to ${alias} waits already: ${approveCommand(waiting.id, needsProof(policy))}`,
    );
  }
  const baseVersion = version.evaluated?.baseVersion ?? (await baseVersionOf(registry, version, evaluation));
  const gate = version.gate ?? (await gateOfBefore(registry, version, evaluation));
  // Where no evaluation is asked, it need not be about what serves.
  if (policy.evidence.includes('evaluation'))
    await assertFresh(registry, { name, alias, version, serving, evaluation, baseVersion });
  const lacks = measuredLacks({ version, policy, now: new Date().toISOString() });
  if (lacks.length > 0) throw new RequestError(`${name} can't move ${alias}: ${lacks.map(lackText).join('; ')}`);
  const earlier = (await registry.promotionsTo(model, number)).filter((one) => one.alias === alias);
  const needsOverride = policy.evidence.includes('gate-promote') && gate.decision !== 'promote';
  if (needsOverride) assertOverride({ name, alias, gate, by, override, policy });
  const asked = needsOverride
    ? `**Override, asked for by ${by}** (name as claimed), although the gate said ${gate.decision}: ${why}`
    : `Asked for by ${by} (name as claimed): ${why}`;
  return {
    model,
    version: number,
    alias,
    incumbentVersion: serving?.version ?? null,
    baseVersion,
    ...askedBefore(earlier),
    expiresAfterMs: await expiryOf({ store, evaluation, earlier, asked: request.expiresAfterMs }),
    gate,
    evidence: { ...version.evidence, rows: 1 },
    summary: `${asked}\n\n${evaluationMarkdown(evaluation, gate.candidate)}`,
    requestedBy: by,
    request: { by, why, override: needsOverride },
  };
}

/** What earlier promotions of a version to an alias asked: the most approvals, and what the run asked that made it. */
function askedBefore(earlier: readonly Promotion[]): Pick<PromoteInput, 'approvals' | 'asks' | 'startedBy'> {
  const asks = earlier.findLast((one) => one.asks)?.asks;
  const startedBy = earlier.findLast((one) => one.startedBy)?.startedBy;
  return {
    // Those of a promotion that overrode the gate were asked for that alone.
    approvals: Math.max(0, ...earlier.filter(({ request }) => !request?.override).map((one) => one.approvalsNeeded)),
    ...(asks && { asks }),
    ...(startedBy && { startedBy }),
  };
}

/**
 * Moves an alias that asks for no evidence and nobody's approval to a version that was never evaluated: there is nothing to decide by.
 * @returns the promotion's id; undefined where the version was evaluated, or the alias asks for something
 * @throws RequestError where the registry refuses
 */
export async function promoteUnevaluated(
  { registry, policies }: { registry: Registry; policies: Readonly<Record<string, StagePolicy>> },
  request: Omit<PromoteRequest, 'override'>,
): Promise<string | undefined> {
  const { model, version, alias } = request;
  const policy = policies[alias];
  if (!policy || policy.evidence.length > 0 || policyApprovals(policy) > 0) return undefined;
  if ((await registry.getVersion(model, version)).evidence) return undefined;
  if ((await registry.findServing(model, alias))?.version === version)
    throw new RequestError(`${alias} of ${model} serves version ${version} already`);
  const id = requestedId(request);
  const result = await registry.promoteAtOnce({ ...request, id, at: new Date().toISOString() });
  if (result.status !== 'moved') throw new RequestError(result.message);
  return id;
}

/** The id of a promotion that a person asks for: each time another one. */
export const requestedId = ({ model, version, alias }: Pick<PromoteInput, 'model' | 'version' | 'alias'>): string =>
  `promote/${model}/${alias}/v${version}-${randomUUID().slice(0, 8)}`;

/** Starts the promotion that a person asks for. @param workflowId where its page was written already @returns its workflow id */
export async function startRequested(
  client: Client,
  input: PromoteInput,
  workflowId = requestedId(input),
): Promise<string> {
  const { model, version, alias } = input;
  await client.workflow.start<typeof promoteModel>('promoteModel', {
    workflowId,
    taskQueue: TASK_QUEUES.control,
    args: [input],
    staticSummary: `${model} version ${version} to ${alias}`,
  });
  return workflowId;
}

function assertOverride(options: {
  name: string;
  alias: string;
  gate: GateDecision;
  by: string;
  override: boolean;
  policy: StagePolicy;
}): void {
  const { name, alias, gate, by, override, policy } = options;
  const approvals = overrideApprovals(policy);
  const said = `${name}: the gate said ${gate.decision} (${gate.reasons.join('; ')}), and ${alias} asks for its yes`;
  if (approvals === 'never')
    throw new RequestError(`${said}; its policy lets nobody override that (override: never in configs/stages.yaml)`);
  if (override) return;
  const people = approvals === 1 ? 'one other person' : `${approvals} other people`;
  throw new RequestError(`${said}. To promote it all the same add --override; then ${people} than ${by} must approve`);
}

/** What serves must be what the evidence compares with; where nothing does, its base. */
async function assertFresh(
  registry: Registry,
  options: {
    name: string;
    alias: string;
    version: ModelVersion;
    serving: ModelVersion | undefined;
    evaluation: Evaluation;
    baseVersion: number;
  },
): Promise<void> {
  const { name, alias, version, serving, evaluation, baseVersion } = options;
  if (!serving) {
    const first = (await registry.lastMove(version.model, alias)) ? undefined : baseVersion;
    const lack = await comparedLackOf(registry, { version, alias, claimed: null, first });
    if (lack) throw new RequestError(`${name} can't move ${alias}, which serves nothing: ${lackText(lack)}`);
    return;
  }
  const { evaluated } = version;
  if (evaluated?.against.model === version.model && evaluated.incumbentVersion === serving.version) return;
  const arms = [INCUMBENT_ARM, baseArmOf(evaluation, version.candidate)];
  if (!evaluated && arms.some((arm) => isServedAs(evaluation, arm, serving))) return;
  throw new RequestError(
    `${name} was not compared with version ${serving.version}, which ${alias} serves now: its evaluation is stale. ` +
      `Evaluate it against what serves: npx whetstone evaluate ${name} --against ${version.model}@${alias}`,
  );
}

/** Whether an arm was this version: what answered and, where the evaluation tells, how it was asked. */
function isServedAs({ models, serving }: Evaluation, arm: string, version: ModelVersion): boolean {
  const asked = serving?.[arm];
  return models[arm] === modelId(version.ref) && (!asked || servedKey(asked) === servedKey(servedAsOf(version)));
}

/** A version of before says what the gate said only in the promotion that it had. */
async function gateOfBefore(registry: Registry, version: ModelVersion, evaluation: Evaluation): Promise<GateDecision> {
  const promotions = await registry.promotions(version.model);
  const found = promotions.find((one) => one.version === version.version && one.gateDecision);
  return {
    decision: found?.gateDecision ?? 'hold',
    suite: evaluation.suites[0]?.name ?? 'test',
    candidate: version.candidate,
    reasons: found?.reasons ?? ['what the gate said was not written down'],
  };
}

/** What an alias that never pointed at anything is first pointed at. */
async function baseVersionOf(registry: Registry, version: ModelVersion, evaluation: Evaluation): Promise<number> {
  const weights = evaluation.models[baseArmOf(evaluation, version.candidate)];
  const bases = (await registry.listVersions(version.model)).filter(({ candidate }) => candidate === 'base');
  const base = bases.findLast(({ ref }) => modelId(ref) === weights) ?? bases.at(-1);
  return base?.version ?? version.made?.incumbentVersion ?? version.version;
}
