import type { Answer, Slice } from '../../schema/evaluation.ts';

/** Parts of a suite: the questions of known facts and of new ones, and those that share a value of a column. */

/** The column of what training has taught, which a suite of people's questions has by itself. */
export const TAUGHT = 'facts';
/** The column of what the documents say otherwise than those of what serves. */
export const DOCUMENTS = 'documents';
/** Values of a column beyond this, by their questions, are told as one. */
const MOST_VALUES = 20;

/**
 * Means of each metric and arm over the parts of one suite, largest first: by `known` and `new` where the questions are marked, then by
 * each of `by` (`slice`, or a column of the suite's file).
 * @param input.documents what the documents did to each question, where some changed
 */
export function slicesOf(input: {
  answers: readonly Answer[];
  metrics: readonly string[];
  by: readonly string[];
  documents?: ReadonlyMap<string, string> | undefined;
}): Slice[] {
  const { answers, metrics, by, documents } = input;
  const columns = [
    ...(answers.some(({ taught }) => taught !== undefined) ? [TAUGHT] : []),
    ...(documents ? [DOCUMENTS] : []),
    ...by,
  ];
  return columns.flatMap((column) => {
    const parts = Map.groupBy(answers, (answer) =>
      column === DOCUMENTS && documents ? documents.get(answer.questionId) : valueOf(answer, column),
    );
    const named = [...parts].flatMap(([value, rows]) => (value === undefined ? [] : [{ value, rows }]));
    const counted = named
      .map(({ value, rows }) => ({ value, rows, questions: new Set(rows.map(({ questionId }) => questionId)).size }))
      .sort((a, b) => b.questions - a.questions || (a.value < b.value ? -1 : 1));
    const rest = counted.slice(MOST_VALUES);
    const shown =
      rest.length <= 1
        ? counted
        : [
            ...counted.slice(0, MOST_VALUES),
            {
              value: `${rest.length} other values`,
              rows: rest.flatMap(({ rows }) => rows),
              questions: rest.reduce((sum, { questions }) => sum + questions, 0),
            },
          ];
    return shown.map(({ value, rows, questions }) => ({ column, value, questions, means: meansOf(rows, metrics) }));
  });
}

const valueOf = ({ taught, slice, columns }: Answer, column: string): string | undefined =>
  column === TAUGHT ? taught : column === 'slice' ? slice : columns?.[column];

/** Metric -> arm -> mean; metrics that no answer has are left out. */
function meansOf(rows: readonly Answer[], metrics: readonly string[]): Slice['means'] {
  return Object.fromEntries(
    metrics.flatMap((metric) => {
      const byArm = new Map<string, { sum: number; count: number }>();
      for (const { arm, judgements } of rows) {
        const judged = judgements.find(({ judge }) => judge === metric);
        if (!judged) continue;
        const { sum, count } = byArm.get(arm) ?? { sum: 0, count: 0 };
        byArm.set(arm, { sum: sum + judged.score, count: count + 1 });
      }
      const arms = [...byArm].sort(([a], [b]) => (a < b ? -1 : 1));
      return arms.length === 0
        ? []
        : [[metric, Object.fromEntries(arms.map(([arm, { sum, count }]) => [arm, sum / count]))]];
    }),
  );
}
