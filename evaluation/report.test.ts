import { describe, expect, it } from 'vitest';
import { evaluationMarkdown, evaluationText, suiteFigures } from './report.ts';
import type { Comparison, Evaluation } from './types.ts';

const comparison = (fields: Partial<Comparison> = {}): Comparison => ({
  metric: 'correctness',
  means: { base: 0.03, tiny: 0.74, lookup: 0.61, incumbent: 0.7 },
  candidate: 'tiny',
  against: 'base',
  difference: 0.71,
  low: 0.66,
  high: 0.76,
  confidence: 0.95,
  questions: 400,
  clusters: 400,
  ...fields,
});

const evaluation = (comparisons: Comparison[], against = 'base'): Evaluation => ({
  against,
  suites: [
    {
      name: 'test',
      declares: 'same facts, new wording',
      questions: 400,
      comparisons,
      results: { uri: 'file:///results.parquet', sha256: 'aa', rows: 1200 },
    },
  ],
  models: { base: 'b', tiny: 't' },
  judges: {},
});

describe('the closing table', () => {
  it('shows base, tuned, lookup and the difference with its interval', () => {
    const text = evaluationText(evaluation([comparison()]), 'tiny');
    expect(text).toContain('tuned - base (95% interval)');
    expect(text).toMatch(/correctness\s+│ 0\.03 │ 0\.74\s+│ 0\.61\s+│ \+0\.71 \(\+0\.66 to \+0\.76\)/);
    expect(text).toContain('400 questions');
    expect(text).not.toContain('incumbent');
  });

  it('adds the incumbent where one serves', () => {
    const incumbent = comparison({ against: 'incumbent', difference: 0.04, low: -0.0001, high: 0.09 });
    const text = evaluationText(evaluation([comparison(), incumbent], 'incumbent'), 'tiny');
    expect(text).toContain('tuned - incumbent (95% interval)');
    expect(text).toContain('+0.04 (+0.00 to +0.09)');
  });

  it('shows a dash where the run had no lookup', () => {
    const text = evaluationText(evaluation([comparison({ means: { base: 0, tiny: 1 } })]), 'tiny');
    expect(text).toMatch(/│ 1\.00\s+│ -\s+│/);
  });

  it('names what is known when the candidate was not compared', () => {
    expect(() => evaluationText(evaluation([comparison()]), 'other')).toThrow(
      'suite test: no comparison of other against base; known: tiny against base',
    );
  });
});

describe('the markdown version', () => {
  it('is a heading and a table for each suite, then the gate in words', () => {
    expect(
      evaluationMarkdown(evaluation([comparison()]), 'tiny', {
        decision: 'hold',
        suite: 'test',
        candidate: 'tiny',
        reasons: ['too small'],
      }),
    ).toBe(`### Suite test

400 questions (same facts, new wording)

| metric | base | tuned (tiny) | lookup | tuned - base (95% interval) |
| --- | ---: | ---: | ---: | ---: |
| correctness | 0.03 | 0.74 | 0.61 | +0.71 (+0.66 to +0.76) |

### Gate: hold tiny

- too small
`);
  });

  it('keeps a pipe in a name from breaking the table', () => {
    expect(evaluationMarkdown(evaluation([comparison({ metric: 'a|b' })]), 'tiny')).toContain('| a\\|b |');
  });
});

describe('the figures of the report file', () => {
  it('are against base, by suite and metric', () => {
    expect(suiteFigures(evaluation([comparison({ means: { base: 0.03, tiny: 0.74, lookup: 0.61 } })]), 'tiny')).toEqual(
      [
        {
          name: 'test',
          questions: 400,
          metrics: { correctness: { base: 0.03, tuned: 0.74, lookup: 0.61, difference: 0.71, low: 0.66, high: 0.76 } },
          results: 'file:///results.parquet',
        },
      ],
    );
  });
});
