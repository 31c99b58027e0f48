import { nearPairs } from './near-pairs.ts';
import type { LeftOut } from '../../schema/reject.ts';
import type { Wording } from '../../schema/data.ts';
import { ShingleSets } from './shingle-sets.ts';

/** A suite file's questions, which a dataset must not teach. */
export interface SuiteWordings {
  name: string;
  declares: 'same facts, new wording' | 'new facts';
  questions: readonly string[];
}

/**
 * Leaves out what is too near a question of a suite: for one that declares new facts, from `contamination` on, for one that
 * declares the same facts in new wording, from `nearDuplicate` on (Jaccard of the words of both questions). Otherwise the suite
 * would measure what was memorised.
 */
export async function leaveOutContaminated<T extends Pick<Wording, 'question'>>(input: {
  rows: readonly T[];
  suites: readonly SuiteWordings[];
  contamination: number;
  nearDuplicate: number;
}): Promise<{ kept: T[]; leftOut: LeftOut<T>[] }> {
  const gone = new Map<T, LeftOut<T>>();
  for (const { name, declares, questions } of input.suites) {
    const threshold = declares === 'new facts' ? input.contamination : input.nearDuplicate;
    const sets = new ShingleSets('unordered');
    await sets.addAll(questions);
    await sets.addAll(input.rows.map(({ question }) => question));
    for (const [a, b] of await nearPairs(sets, { threshold, sought: (index) => index < questions.length })) {
      const [question, row] = [questions[a], input.rows[b - questions.length]];
      if (question === undefined || !row || gone.has(row)) continue;
      const why = `its words are those of a question of suite ${name}, which declares ${declares}: "${question}"`;
      gone.set(row, { row, reason: 'contaminated', why });
    }
  }
  return { kept: input.rows.filter((row) => !gone.has(row)), leftOut: [...gone.values()] };
}
