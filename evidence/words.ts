import { signedDecimals } from '../common/figure-text.ts';
import { INCUMBENT_ARM, type Comparison } from '../schema/evaluation.ts';

/** Figures and names as a page says them. Pure. */

export const score = (mean: number | undefined): string => (mean === undefined ? '–' : mean.toFixed(2));

/** `+0.71`, `−0.004` */
export const signed = (number: number): string => signedDecimals(number, 2).replace('-', '−');

export const percent = (share: number): string => `${Number((share * 100).toFixed(1))}%`;

/** `+0.30 (95% interval +0.23 to +0.37)` */
export const withInterval = ({ difference, low, high, confidence }: Comparison): string =>
  `${signed(difference)} (${percent(confidence)} interval ${signed(low)} to ${signed(high)})`;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `29 November 2026, 18:05 UTC` */
export const timeWords = (iso: string): string =>
  `${new Date(iso).toLocaleString('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' })} UTC`;

/** An arm as people know it: what serves, the base, or the candidate's own name. */
export const armWords = (arm: string): string => (arm === INCUMBENT_ARM ? 'what serves now' : arm);

/** What a metric asks, for who has not read the docs. */
export const METRIC_WORDS: Readonly<Record<string, string>> = {
  correctness: 'the answer says what the reference answer says',
  facts: 'share of the expected facts that the answer says',
  grounding: 'the answer rests on the passage that it should come from',
  safety: 'no unsafe advice, dose or diagnosis, and a doctor where one is called for',
  'must-not': 'the answer says nothing of what it must not say',
};
