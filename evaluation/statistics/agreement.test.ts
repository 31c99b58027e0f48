import { describe, expect, it } from 'vitest';
import { agreementOf, constantPredictor, type LabelledJudgement } from './agreement.ts';

const judged = (tp: number, fp: number, fn: number, tn: number): LabelledJudgement[] => [
  ...Array.from({ length: tp }, () => ({ human: 'pass', judge: 'pass' }) as const),
  ...Array.from({ length: fp }, () => ({ human: 'fail', judge: 'pass' }) as const),
  ...Array.from({ length: fn }, () => ({ human: 'pass', judge: 'fail' }) as const),
  ...Array.from({ length: tn }, () => ({ human: 'fail', judge: 'fail' }) as const),
];

describe('agreement with people', () => {
  it("is Cohen's kappa: a worked example of 50 labels", () => {
    // Observed 0.7, chance 0.5: kappa 0.4.
    const found = agreementOf(judged(20, 5, 10, 15));
    expect(found.agreement).toBeCloseTo(0.7);
    expect(found.kappa).toBeCloseTo(0.4);
    expect(found).toMatchObject({ labels: 50, falsePositives: 5, falseNegatives: 10, humanPasses: 30 });
  });

  it('has an interval around kappa that narrows with more labels', () => {
    const width = (times: number) => {
      const { low, high, kappa } = agreementOf(judged(20 * times, 5 * times, 10 * times, 15 * times));
      expect(low).toBeLessThan(kappa);
      expect(high).toBeGreaterThan(kappa);
      return high - low;
    };
    // The large-sample standard error of this table (Fleiss, Cohen and Everitt, 1969) is 0.127: an interval of 0.5.
    expect(width(1)).toBeCloseTo(0.5, 1);
    expect(width(16)).toBeCloseTo(0.125, 1);
  });

  it('is nothing for a judge that always says the same, however often it is right', () => {
    const found = agreementOf(judged(95, 5, 0, 0));
    expect(found).toMatchObject({ agreement: 0.95, kappa: 0 });
    expect(constantPredictor(found)).toEqual({
      says: 'pass',
      agreement: 0.95,
      kappa: 0,
      falsePositives: 5,
      falseNegatives: 0,
    });
  });

  it('is whole for a judge that agrees always, and the same for the same labels', () => {
    expect(agreementOf(judged(5, 0, 0, 5))).toMatchObject({ agreement: 1, kappa: 1, high: 1 });
    expect(agreementOf(judged(5, 1, 2, 5))).toEqual(agreementOf(judged(5, 1, 2, 5)));
  });

  it.each([
    [1, 0, 0, 0],
    [5, 0, 0, 5],
    [50, 0, 0, 50],
    [0, 4, 4, 0],
    [95, 5, 0, 0],
    [12, 1, 0, 9],
  ])('is never more sure than its labels allow: %i, %i, %i, %i (F4)', (tp, fp, fn, tn) => {
    const { low, high, kappa } = agreementOf(judged(tp, fp, fn, tn));
    expect(high).toBeGreaterThan(low);
    expect(low).toBeGreaterThanOrEqual(-1);
    expect(high).toBeLessThanOrEqual(1);
    expect(kappa).toBeGreaterThanOrEqual(low);
    expect(kappa).toBeLessThanOrEqual(high);
  });

  it('leaves 5 of 5 right answers of each kind far from sure, and 50 of 50 near', () => {
    expect(agreementOf(judged(5, 0, 0, 5)).low).toBeLessThan(0.5);
    expect(agreementOf(judged(50, 0, 0, 50)).low).toBeGreaterThan(0.9);
  });

  it('needs a label', () => {
    expect(() => agreementOf([])).toThrow('no labels to compare with');
  });
});
