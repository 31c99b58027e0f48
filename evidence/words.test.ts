import { describe, expect, it } from 'vitest';
import { decimals, signedDecimals } from '../common/figure-text.ts';
import { evaluationMarkdown } from '../evaluation/report/report.ts';
import { describe as atGate, unsigned } from '../registry/gate/figures.ts';
import type { Comparison } from '../schema/evaluation.ts';
import { comparison, evaluation } from '../test/support/evidence.ts';
import fc from '../test/support/property.ts';
import { signed as onPage, withInterval } from './words.ts';

const tableOf = (of: Comparison) =>
  evaluation({
    against: 'base',
    suites: [{ ...evaluation().suites[0]!, comparisons: [{ ...of, against: 'base' }] }],
  });

describe('an end of an interval', () => {
  /** What who reads it takes it for. */
  const sides = (text: string) => (/[1-9]/.test(text) ? (/^[-−]/.test(text) ? -1 : 1) : 0);
  const ends = fc.oneof(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: -0.02, max: 0.02, noNaN: true }),
    fc.integer({ min: -50, max: 50 }).map((part) => part / 10_000),
  );
  it('reads as above or below 0 exactly where the number is, wherever it is printed', () => {
    fc.assert(
      fc.property(ends, ends, (low, high) => {
        fc.pre([low, high].every((end) => end === 0 || Math.abs(end) > 1e-9));
        const of = comparison({ low, high, difference: (low + high) / 2 });
        const told = [
          [decimals(low, 2), decimals(high, 2)],
          [signedDecimals(low, 2), signedDecimals(high, 2)],
          [onPage(low), onPage(high)],
          [unsigned(low), unsigned(high)],
          /interval (\S+) to ([^)]+)\)/.exec(withInterval(of))!.slice(1),
          /\| [-+][\d.]+ \((\S+) to ([^)]+)\) \|/.exec(evaluationMarkdown(tableOf(of), 'tuned'))!.slice(1),
          /interval (\S+) to ([^)]+)\)/.exec(atGate(of, 'golden'))!.slice(1),
        ];
        for (const pair of told)
          expect(pair.map(sides), String(pair)).toEqual([Math.sign(low), Math.sign(high)].map((sign) => sign + 0));
      }),
    );
  });
});
