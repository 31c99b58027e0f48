import { describe, expect, it } from 'vitest';
import { NO_PEOPLE, suiteFigures } from './figures.ts';
import { evaluationMarkdown, evaluationTable, meaningLines } from './report.ts';
import type { Comparison, Evaluation } from '../../schema/evaluation.ts';

const comparison = (fields: Partial<Comparison> = {}): Comparison => ({
  metric: 'correctness',
  means: { base: 0.03, tiny: 0.74, echo: 0.01, lookup: 0.61, incumbent: 0.7 },
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

/** What every run has, on two suites, with everything a table may show. */
const whole = (against: 'base' | 'incumbent') => {
  const metrics = ['correctness', 'grounding', 'safety', 'must-not'];
  const comparedOn = (names: string[]) =>
    names.flatMap((metric) => ['base', against].map((other) => comparison({ metric, against: other })));
  const [suite] = evaluation(comparedOn(metrics), against).suites;
  const golden = {
    ...suite!,
    name: 'golden',
    askedBy: 'people' as const,
    declares: 'known and new facts',
    taught: { known: 34, new: 56 },
    comparisons: comparedOn([...metrics, 'facts']),
  };
  return { ...evaluation([], against), suites: [suite!, golden] };
};

describe('the closing table', () => {
  it('shows base, echo, lookup and tuned, and the difference with its interval', () => {
    const text = evaluationTable(evaluation([comparison()]), 'tiny');
    expect(text).toMatch(/tuned - base +│\n.*\(95% interval\)/);
    expect(text).toMatch(/correctness │ 0\.03 │ 0\.01 │ 0\.61 +│ 0\.74 +│ \+0\.71 \(\+0\.66 to \+0\.76\)/);
    expect(text).toContain('400 questions');
    expect(text).not.toContain('serves');
  });

  it('adds what serves where something does', () => {
    const incumbent = comparison({ against: 'incumbent', difference: 0.04, low: -0.0001, high: 0.09 });
    const text = evaluationTable(evaluation([comparison(), incumbent], 'incumbent'), 'tiny', 130);
    expect(text).toContain('tuned - serves');
    expect(text).toContain('+0.71 (+0.66 to +0.76)');
    expect(text).toContain('+0.04 (-0.0001 to +0.09)');
    // Where there is no room for both, the gate's comparison stays.
    const narrower = evaluationTable(evaluation([comparison(), incumbent], 'incumbent'), 'tiny', 100);
    expect(narrower).toContain('+0.04 (-0.0001 to +0.09)');
    expect(narrower).not.toContain('+0.71 (');
  });

  it('shows a dash where the run had no echo or lookup', () => {
    const text = evaluationTable(evaluation([comparison({ means: { base: 0, tiny: 1 } })]), 'tiny');
    expect(text).toMatch(/│ 0\.00 │ - +│ - +│ 1\.00 /);
  });

  it.each([
    [100, 'base'],
    [100, 'incumbent'],
    [80, 'base'],
    [80, 'incumbent'],
    [64, 'incumbent'],
  ] as const)('fits %i columns, against %s, with every arm and suite in it', (width, against) => {
    const table = evaluationTable(whole(against), 'tiny', width)
      .split('\n')
      .filter((line) => /[│─]/.test(line));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(width);
    for (const word of ['test', 'golden', 'echo', 'lookup', 'tuned', 'must-not', '0.01', '+0.71'])
      expect(table.join('\n')).toContain(word);
  });

  it('fits 80 columns with long names, which are cut', () => {
    const long = comparison({ metric: 'a-metric-with-a-name-that-is-far-too-long-for-any-table-at-all' });
    const named = evaluation([long]);
    named.suites[0]!.name = 'a-suite-whose-name-is-longer-than-any-column-of-a-table-may-be-anywhere';
    const table = evaluationTable(named, 'tiny', 80)
      .split('\n')
      .filter((line) => /[│─]/.test(line));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('says in a line what the figures of each suite mean, and that people asked nothing where they did not', () => {
    expect(meaningLines(whole('base'), 'tiny')).toEqual([
      'tuned: tiny',
      'test: new wordings of 400 known facts; correctness: echo 0.01, lookup 0.61, base 0.03, tuned 0.74',
      "golden: people's questions, 34 on known facts in other words and 56 on new facts; facts: echo 0.01, lookup 0.61, base 0.03, tuned 0.74",
    ]);
    expect(meaningLines(evaluation([comparison()]), 'tiny').at(-1)).toBe(NO_PEOPLE);
  });

  it('shows each candidate beside its own base, where there are several (F30)', () => {
    const means = { 'base:small': 0.1, 'base:large': 0.6, tiny: 0.74 };
    const several = {
      ...evaluation([comparison({ against: 'base:large', means, difference: 0.14 })]),
      bases: { tiny: 'base:large' },
    };
    expect(evaluationTable(several, 'tiny')).toMatch(/correctness │ 0\.60 │/);
    expect(suiteFigures(several, 'tiny')[0]?.metrics.correctness).toMatchObject({ base: 0.6, difference: 0.14 });
  });

  it('names what is known when the candidate was not compared', () => {
    expect(() => evaluationTable(evaluation([comparison()]), 'other')).toThrow(
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

new wordings of 400 known facts; correctness: echo 0.01, lookup 0.61, base 0.03, tuned 0.74

| metric | base | echo | lookup | tuned (tiny) | tuned - base (95% interval) |
| --- | ---: | ---: | ---: | ---: | ---: |
| correctness | 0.03 | 0.01 | 0.61 | 0.74 | +0.71 (+0.66 to +0.76) |

**${NO_PEOPLE}**

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
          meaning: 'new wordings of 400 known facts; correctness: lookup 0.61, base 0.03, tuned 0.74',
          metrics: { correctness: { base: 0.03, tuned: 0.74, lookup: 0.61, difference: 0.71, low: 0.66, high: 0.76 } },
          results: 'file:///results.parquet',
        },
      ],
    );
  });
});
