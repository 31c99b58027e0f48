import { baseArmOf, type Evaluation, type SuiteResult } from '../../schema/evaluation.ts';

/** The parts of a suite for people: what each scores. */

/** A table of the parts as markdown cells: `golden · known`, its questions, and base -> tuned for each metric. */
export function sliceRows(evaluation: Pick<Evaluation, 'bases'>, suite: SuiteResult, candidate: string): string[][] {
  const slices = suite.slices ?? [];
  const base = baseArmOf(evaluation, candidate);
  if (slices.length === 0) return [];
  const metrics = [...new Set(slices.flatMap(({ means }) => Object.keys(means)))];
  const score = (mean: number | undefined) => (mean === undefined ? '-' : mean.toFixed(2));
  return [
    ['part', 'questions', ...metrics.map((metric) => `${metric}: base, tuned`)],
    ['---', '---:', ...metrics.map(() => '---:')],
    ...slices.map(({ column, value, questions, means }) => [
      `${suite.name} · ${column === 'facts' ? `${value} facts` : `${column} ${value}`}`,
      String(questions),
      ...metrics.map((metric) => {
        const arms = means[metric];
        return arms ? `${score(arms[base])}, ${score(arms[candidate])}` : '-';
      }),
    ]),
  ];
}
