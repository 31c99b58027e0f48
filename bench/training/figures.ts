import { mean as meanOf } from 'simple-statistics';
import { differenceInterval } from '../../evaluation/statistics/statistics.ts';
import type { Scores } from './ask.ts';

export const mean = (scores: ReadonlyMap<string, number> | undefined): number =>
  scores && scores.size > 0 ? meanOf([...scores.values()]) : Number.NaN;

/** `0.94`, or of several seeds `0.94 (0.92 to 0.95)`. */
export function spread(values: readonly number[], digits = 2): string {
  const text = (value: number) => value.toFixed(digits);
  const middle = text(meanOf([...values]));
  return values.length < 2 ? middle : `${middle} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

/** Each question's score is the mean over seeds; the interval is over questions, so it speaks of other questions and not of other seeds. */
export function differenceFrom(before: readonly Scores[], after: readonly Scores[], metric: string): string {
  const over = (scores: readonly Scores[], id: string) =>
    meanOf(scores.map((one) => one[metric]?.get(id) ?? Number.NaN));
  const ids = [...(before[0]?.[metric]?.keys() ?? [])];
  const pairs = ids.map((id) => ({ cluster: id, difference: over(after, id) - over(before, id) }));
  const { difference, low, high } = differenceInterval({ pairs, confidence: 0.95, resamples: 2000, seed: 17 });
  const signed = (value: number) => `${value < 0 ? '' : '+'}${value.toFixed(2)}`;
  return `${signed(difference)} (${signed(low)} to ${signed(high)})`;
}
