import { describe, expect, it } from 'vitest';
import type { Comparison, Evaluation } from '../../schema/evaluation.ts';
import { suiteFigures } from './figures.ts';
import { evaluationMarkdown, evaluationTable, meaningLines } from './report.ts';

describe('with the documents', () => {
  const means = {
    base: 0.07,
    'base-open': 0.23,
    echo: 0,
    lookup: 0.24,
    extract: 0.51,
    tiny: 0.38,
    'tiny-closed': 0.17,
  };
  const compared = (against: string): Comparison => ({
    metric: 'facts',
    means,
    candidate: 'tiny',
    against,
    difference: 0.2,
    low: 0.1,
    high: 0.3,
    confidence: 0.95,
    questions: 90,
    clusters: 90,
  });
  const evaluationOf = (...against: string[]): Evaluation => ({
    against: 'base',
    suites: [
      {
        name: 'golden',
        askedBy: 'people',
        declares: 'new facts',
        questions: 90,
        comparisons: against.map(compared),
        results: { uri: 'file:///results.parquet', sha256: 'aa', rows: 180 },
      },
    ],
    models: {},
    judges: {},
  });
  const open = evaluationOf('base', 'base-open', 'tiny-closed', 'extract');

  it('the table shows what they do and what tuning does, within the width, and the line below it all arms', () => {
    const table = evaluationTable(open, 'tiny', 100);
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    for (const shown of [
      'extract',
      '(open)',
      '(closed)',
      '0.07',
      '0.23',
      '0.51',
      '0.17',
      '0.38',
      '+0.20 (+0.10 to +0.30)',
    ])
      expect(table).toContain(shown);
    expect(meaningLines(open, 'tiny').join('\n')).toContain(
      'facts: echo 0.00, lookup 0.24, extract 0.51, base 0.07, base with the documents 0.23, tuned without them 0.17, tuned 0.38',
    );
  });

  it('the page and the report file have all of it', () => {
    const page = evaluationMarkdown(open, 'tiny');
    expect(page).toContain('| base | base (open) | echo | lookup | extract | tuned (closed) | tuned (tiny) |');
    const [golden] = suiteFigures(open, 'tiny');
    expect(golden?.metrics['facts']).toMatchObject({
      baseOpen: 0.23,
      closed: 0.17,
      extract: 0.51,
      less: { 'base-open': { difference: 0.2, low: 0.1, high: 0.3 }, extract: {}, 'tiny-closed': {} },
    });
  });

  it('what quotes is not called tuned, has nothing without them, and the other candidates stand in the line below', () => {
    const quoting = evaluationOf('base', 'base-open');
    for (const one of quoting.suites[0]!.comparisons) one.candidate = 'quote';
    quoting.suites[0]!.comparisons.push(compared('base'));
    for (const one of quoting.suites[0]!.comparisons) one.means = { ...means, quote: 0.51 };
    quoting.models = { quote: 'sentences-3@1', tiny: 'ab' };
    const table = evaluationTable(quoting, 'quote', 100);
    expect(table).toContain('quotes - base');
    expect(table).toMatch(/extract\s+│ tiny\s+│ quotes/);
    expect(table).toMatch(/0\.51\s+│ 0\.38\s+│ 0\.51/);
    expect(table).not.toMatch(/tuned|closed/);
    const lines = meaningLines(quoting, 'quote');
    expect(lines[0]).toBe('quotes: quote');
    expect(lines[1]).toMatch(/quotes 0\.51; tiny 0\.38, without them 0\.17$/);
  });

  it('a metric of what answers were given from stands beside the base with the documents', () => {
    const given = evaluationOf('base', 'base-open');
    const [, open] = given.suites[0]!.comparisons;
    given.suites[0]!.comparisons.push({
      ...open!,
      metric: 'groundedness',
      means: { tiny: 0.9, 'base-open': 0.4, extract: 1 },
    });
    expect(evaluationMarkdown(given, 'tiny')).toContain(
      '| groundedness | - | 0.40 | - | - | 1.00 | - | 0.90 | +0.20 (+0.10 to +0.30) |',
    );
  });

  it('without them there is nothing of it', () => {
    const closed = evaluationOf('base');
    closed.suites[0]!.comparisons[0]!.means = { base: 0.07, tiny: 0.17, echo: 0 };
    expect(evaluationMarkdown(closed, 'tiny')).toContain('| metric | base | echo | lookup | tuned (tiny) |');
    expect(suiteFigures(closed, 'tiny')[0]?.metrics['facts']).not.toHaveProperty('less');
  });
});
