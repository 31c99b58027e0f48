import type { ArtifactStore } from '../../artifacts/store.ts';
import { EvaluationPlanSchema, type EvaluationPlan } from '../../contract/version-stages.ts';
import { EvaluationSchema, type Evaluation } from '../../schema/evaluation.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import { placesOf, type Places } from './places.ts';
import { readFile } from 'node:fs/promises';

/**
 * The newest evaluation of a version; undefined where it has none, as a base.
 * @throws ArtifactError where it is missing, or was changed after it was written
 */
export async function evaluationOf(
  store: ArtifactStore,
  { evidence }: Pick<ModelVersion, 'evidence'>,
  places: Places = placesOf(store),
): Promise<Evaluation | undefined> {
  if (!evidence) return undefined;
  const file = await store.localFile({ ...evidence, uri: await places(evidence.uri) });
  return EvaluationSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** What an evaluation was made with; undefined where it does not say. @throws ArtifactError where that is missing, or was changed */
export async function planOf(store: ArtifactStore, { plan }: Evaluation): Promise<EvaluationPlan | undefined> {
  if (!plan) return undefined;
  const [kept] = await store.loadJsonLines(plan, EvaluationPlanSchema);
  return kept;
}

/** A version's scores in its own evaluation, a line for each suite. */
export function scoreLines(evaluation: Evaluation, arm: string): string[] {
  return evaluation.suites.map(({ name, questions, comparisons }) => {
    const means = new Map(
      comparisons.flatMap(({ metric, means: of }) => (arm in of ? [[metric, of[arm]!] as const] : [])),
    );
    const scores = [...means].map(([metric, mean]) => `${metric} ${mean.toFixed(2)}`);
    return `${name} (${questions} questions): ${scores.join(', ') || 'no figure'}`;
  });
}
