import { RequestError } from '../common/errors.ts';
import type { ModelSummary, ModelVersion, Promotion } from '../registry/schema.ts';
import type { Registry } from '../registry/store.ts';

/** One model: its versions, what serves as what, and what happened to it. */
export interface ModelHistory {
  name: string;
  versions: (ModelVersion & { servesAs: string[] })[];
  /** Oldest first. */
  events: ModelEvent[];
}

export interface ModelEvent {
  /** ISO 8601. */
  at: string;
  /** Moves of aliases, withdrawals, and promotions that came to nothing or wait, in a line. */
  text: string;
}

/** The models of the registry, or the one that is named. @throws RequestError for one that is not there */
export async function findModels(registry: Registry, name?: string): Promise<ModelSummary[]> {
  const models = await registry.models();
  if (name === undefined) return models;
  const found = models.filter((model) => model.name === name);
  if (found.length > 0) return found;
  throw new RequestError(
    models.length === 0
      ? `unknown model '${name}'. ${NO_MODEL_YET}`
      : `unknown model '${name}'; known: ${models.map((model) => model.name).join(', ')}`,
  );
}

export const NO_MODEL_YET =
  'No model is registered yet. A run whose candidate passes the gate registers it: npx whetstone run quickstart';

/** A model's versions, and what happened to it. */
export async function modelHistory(
  registry: Registry,
  { name, aliases }: Pick<ModelSummary, 'name' | 'aliases'>,
): Promise<ModelHistory> {
  const versions = (await registry.listVersions(name)).map((version) => ({
    ...version,
    servesAs: Object.entries(aliases).flatMap(([alias, serving]) => (serving === version.version ? [alias] : [])),
  }));
  const moves = (await registry.history(name)).map(({ at, alias, fromVersion, toVersion, kind, by, why }) => ({
    at,
    text: `${alias}: ${fromVersion ?? 'nothing'} -> ${toVersion}  ${kind} by ${by}: ${why}`,
  }));
  const blocks = (await registry.blocks(name)).map(({ at, version, action, by, why }) => ({
    at,
    text: `version ${version}  ${action === 'block' ? 'withdrawn' : 'unblocked'} by ${by}: ${why}`,
  }));
  const promotions = await Promise.all((await registry.promotions(name)).map((one) => outcomeOf(registry, one)));
  const events = [...moves, ...blocks, ...promotions.flat()].sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  return { name, versions, events };
}

/** What a promotion came to, or waits for; one that moved its alias shows as that move. */
async function outcomeOf(registry: Registry, promotion: Promotion): Promise<ModelEvent[]> {
  const { id, alias, version, state, approvalsNeeded, createdAt } = promotion;
  const about = `${alias}: version ${version}`;
  const decisions = await registry.decisions(id);
  const last = decisions.at(-1);
  switch (state) {
    case 'promoted':
      return [];
    case 'waiting': {
      const approvals = decisions.filter(({ decision }) => decision === 'approve').length;
      return [{ at: createdAt, text: `${about}  waits for ${approvalsNeeded - approvals} approval(s): ${id}` }];
    }
    case 'approved':
      return [{ at: last?.at ?? createdAt, text: `${about}  approved, about to move: ${id}` }];
    case 'rejected':
    case 'expired':
    case 'superseded':
    case 'held':
      return [{ at: last?.at ?? createdAt, text: `${about}  ${state}${last ? ` by ${last.by}: ${last.why}` : ''}` }];
    default:
      return state satisfies never;
  }
}
