import { RequestError } from '../common/errors.ts';
import { standing } from '../registry/marks.ts';
import type { ModelSummary, ModelVersion } from '../registry/schema.ts';
import type { Registry } from '../registry/store.ts';
import { historyOf, type ModelEvent } from './promotions/history.ts';

/** One model: its versions, what serves as what, and what happened to it. */
export interface ModelHistory {
  name: string;
  versions: (ModelVersion & {
    servesAs: string[];
    isArchived: boolean;
    /** That it saw documents that are gone, in words. */
    gone?: string;
    /** What of its snapshot it does not say any more, in words. */
    withheld?: string[];
  })[];
  /** Oldest first. */
  events: ModelEvent[];
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

export const NO_MODEL_YET = 'No model is registered yet. A run registers its candidates: npx whetstone run quickstart';

/** A model's versions, and what happened to it. @param last so many of the newest events are enough */
export async function modelHistory(
  registry: Registry,
  { name, aliases }: Pick<ModelSummary, 'name' | 'aliases'>,
  last?: number,
): Promise<ModelHistory> {
  const marks = await registry.marks(name);
  const known = await registry.listVersions(name);
  const versions = known.map((version) => ({
    ...version,
    servesAs: Object.entries(aliases).flatMap(([alias, serving]) => (serving === version.version ? [alias] : [])),
    isArchived: standing(marks, { version: version.version }) !== undefined,
  }));
  return {
    name,
    versions,
    events: await historyOf(registry, { model: name, known, ...(last !== undefined && { last }) }),
  };
}
