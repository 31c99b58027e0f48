import { describe, expect, it } from 'vitest';
import { suiteFigures } from './figures.ts';
import { evaluationMarkdown, meaningLines } from './report.ts';
import type { Comparison, Evaluation, Slice } from '../../schema/evaluation.ts';

const comparison = (metric: string): Comparison => ({
  metric,
  means: { base: 0.1, tiny: 0.3, lookup: 0.2 },
  candidate: 'tiny',
  against: 'base',
  difference: 0.2,
  low: 0.1,
  high: 0.3,
  confidence: 0.95,
  questions: 90,
  clusters: 90,
});
const slices: Slice[] = [
  { column: 'facts', value: 'known', questions: 41, means: { facts: { base: 0.1, tiny: 0.5, lookup: 0.4 } } },
  { column: 'facts', value: 'new', questions: 49, means: { facts: { base: 0.1, tiny: 0.13, lookup: 0 } } },
  { column: 'document', value: 'a|b.md', questions: 3, means: { 'must-not': { base: 1, tiny: 0.5 } } },
];
const evaluation: Evaluation = {
  against: 'base',
  suites: [
    {
      name: 'golden',
      askedBy: 'people',
      declares: 'known and new facts',
      questions: 90,
      taught: { known: 41, new: 49 },
      merged: '92 lines make 90 questions: 2 are copies',
      slices,
      comparisons: [comparison('correctness'), comparison('facts'), comparison('must-not')],
      results: { uri: 'file:///results.parquet', sha256: 'aa', rows: 180 },
    },
  ],
  models: {},
  judges: {},
};

describe('a suite with marked questions', () => {
  it('says in one line how many are of known facts, found and not claimed (N4)', () => {
    const line =
      "golden: people's questions, 41 on known facts in other words and 49 on new facts; facts: lookup 0.20, base 0.10, tuned 0.30";
    expect(meaningLines(evaluation, 'tiny')).toContain(line);
  });

  it('shows its parts on the page, and what was merged', () => {
    const page = evaluationMarkdown(evaluation, 'tiny');
    expect(page).toContain('41 on known facts in other words and 49 on new facts');
    expect(page).toContain('92 lines make 90 questions: 2 are copies');
    expect(page).toContain('| golden · known facts | 41 | 0.10, 0.50 | - |');
    expect(page).toContain('| golden · new facts | 49 | 0.10, 0.13 | - |');
    expect(page).toContain('| golden · document a\\|b.md | 3 | - | 1.00, 0.50 |');
  });

  it('has its parts in the report file', () => {
    expect(suiteFigures(evaluation, 'tiny')).toMatchObject([{ taught: { known: 41, new: 49 }, slices }]);
  });
});
