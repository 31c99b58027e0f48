import type { ArtifactStore } from '../artifacts/store.ts';
import { RequestError } from '../common/errors.ts';
import type { MoveTo } from '../registry/aliases.ts';
import type { RollbackRequest } from '../registry/rollback.ts';
import { servedAsOf, type AliasMove, type ModelVersion } from '../registry/schema.ts';
import type { Registry } from '../registry/store.ts';
import { baseArmOf, servedKey } from '../schema/evaluation.ts';
import { modelId } from '../contract/model-ref.ts';
import { evaluationOf, scoreLines } from './audit/evidence.ts';
import { withheldLines, type Indexes } from './audit/withheld.ts';

export type RollBackRequest = Pick<RollbackRequest, 'model' | 'alias' | 'by' | 'why' | 'to' | 'allowBase'>;

/** What a rollback would do, before it does. */
export interface RollbackPreview {
  /** Null where nothing serves. */
  from: number | null;
  to: number;
  candidate: string;
  /** What is withdrawn by it: what serves, or was taken down. */
  withdraws?: number | undefined;
  /** What the version scored when it was evaluated, a line for each suite; empty where nothing is known. */
  scores: string[];
  /** What of its documents it does not answer from any more, in words. */
  withheld: string[];
}

/**
 * Says what a rollback would serve, with its scores. It needs the registry, and shows scores where the artifacts are at hand.
 * @throws RequestError where there is nothing to go back to
 */
export async function previewRollBack(
  registry: Registry,
  store: ArtifactStore,
  request: RollBackRequest,
  indexes?: Indexes,
): Promise<RollbackPreview> {
  const plan = await registry.planRollback({ ...request, at: now() });
  if (plan.status !== 'possible') throw new RequestError(plan.message);
  const { target, servingVersion, withdraws } = plan;
  const scores = await scoresOf(registry, store, target).catch(() => []);
  const withheld = await withheldLines(indexes, target);
  return { from: servingVersion, to: target.version, candidate: target.candidate, withdraws, scores, withheld };
}

/** Of its own evaluation; of a base, which has none, of the first version that was compared with it. */
async function scoresOf(registry: Registry, store: ArtifactStore, version: ModelVersion): Promise<string[]> {
  const own = await evaluationOf(store, version);
  if (own) return scoreLines(own, version.candidate);
  for (const other of await registry.listVersions(version.model)) {
    const evaluation = await evaluationOf(store, other);
    if (!evaluation) continue;
    const arm = baseArmOf(evaluation, other.candidate);
    const asked = evaluation.serving?.[arm];
    const same = !asked || servedKey(asked) === servedKey(servedAsOf(version));
    if (same && evaluation.models[arm] === modelId(version.ref)) return scoreLines(evaluation, arm);
  }
  return [];
}

/**
 * Puts an earlier version of a model back at once, and withdraws the one that served. It needs the registry alone.
 * @throws RequestError where no earlier version is left, NotInRegistryError for a model or alias that is not there
 */
export async function rollBack(
  registry: Registry,
  request: RollBackRequest,
): Promise<MoveTo & { withdraws?: number | undefined }> {
  const result = await registry.rollback({ ...request, at: now() });
  if (result.status !== 'moved') throw new RequestError(result.message);
  return { ...result.move, withdraws: result.withdraws };
}

/**
 * Points an alias at nothing: the gateway answers 503 with the reason.
 * @throws RequestError where it serves nothing already, NotInRegistryError for a model or alias that is not there
 */
export async function takeDown(
  registry: Registry,
  request: { model: string; alias: string; by: string; why: string },
): Promise<AliasMove> {
  const move = await registry.takeDown({ ...request, at: now() });
  if (!move) throw new RequestError(`${request.model}@${request.alias} serves nothing already`);
  return move;
}

/**
 * Lets a withdrawn version be promoted again.
 * @returns whether it was withdrawn
 * @throws RequestError where `version` is none, NotInRegistryError for one that is not there
 */
export async function unblock(
  registry: Registry,
  request: { model: string; version: number; by: string; why: string },
): Promise<boolean> {
  const { version } = request;
  if (!Number.isInteger(version) || version < 1)
    throw new RequestError(`version: found '${version}'; expected a number such as 2`);
  return (await registry.clearBlock({ ...request, at: now() })).wasBlocked;
}

const now = () => new Date().toISOString();
