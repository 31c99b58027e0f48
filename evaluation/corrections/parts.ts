import type { SuiteQuestion } from '../../schema/evaluation.ts';

/** By question what the documents did to it; undefined where none of a suite's questions asks for what changed. */
export function partsByChange(
  questions: readonly Pick<SuiteQuestion, 'id' | 'change' | 'beside'>[],
): ReadonlyMap<string, string> | undefined {
  if (!questions.some(({ change }) => change)) return undefined;
  return new Map(
    questions.map(({ id, change, beside }) => [id, change?.kind ?? (beside ? 'beside what changed' : 'as before')]),
  );
}
