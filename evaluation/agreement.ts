import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quantileSorted } from 'simple-statistics';

/** How far a judge agrees with people. */

/** What a person said of an answer, and what the judge said. */
export interface LabelledJudgement {
  human: 'pass' | 'fail';
  judge: 'pass' | 'fail';
}

/** Counts of a two-by-two table, and what follows from them. */
export interface Agreement {
  labels: number;
  /** Share of labels that the judge agrees with. */
  agreement: number;
  /** Cohen's kappa: agreement beyond what chance would give; 0 where either always says the same. */
  kappa: number;
  low: number;
  high: number;
  confidence: number;
  /** The judge passes what people fail: what a filter lets through. */
  falsePositives: number;
  /** The judge fails what people pass: what a filter loses. */
  falseNegatives: number;
  humanPasses: number;
}

const RESAMPLES = 2000;

/**
 * Agreement, Cohen's kappa (Cohen, "A coefficient of agreement for nominal scales", 1960) with a percentile bootstrap interval
 * over labels (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993), and the errors in both directions.
 * @throws Error when there is no label
 */
export function agreementOf(
  judged: readonly LabelledJudgement[],
  { confidence = 0.95, seed = 17 }: { confidence?: number; seed?: number } = {},
): Agreement {
  if (judged.length === 0) throw new Error('no labels to compare with; expected at least one');
  const table = countTable(judged);
  const random = xoroshiro128plus(seed);
  const kappas = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const drawn = { tp: 0, fp: 0, fn: 0, tn: 0 };
    for (let i = 0; i < judged.length; i++) drawn[cellOf(judged[uniformInt(random, 0, judged.length - 1)]!)] += 1;
    kappas[resample] = kappaOf(drawn);
  }
  kappas.sort();
  const sorted = [...kappas];
  return {
    labels: judged.length,
    agreement: (table.tp + table.tn) / judged.length,
    kappa: kappaOf(table),
    low: quantileSorted(sorted, (1 - confidence) / 2),
    high: quantileSorted(sorted, (1 + confidence) / 2),
    confidence,
    falsePositives: table.fp,
    falseNegatives: table.fn,
    humanPasses: table.tp + table.fn,
  };
}

/** What a judge would reach that always says what people say most: the figures to beat. */
export function constantPredictor({ labels, humanPasses }: Agreement) {
  const says: 'pass' | 'fail' = humanPasses * 2 >= labels ? 'pass' : 'fail';
  return {
    says,
    agreement: Math.max(humanPasses, labels - humanPasses) / labels,
    kappa: 0,
    falsePositives: says === 'pass' ? labels - humanPasses : 0,
    falseNegatives: says === 'pass' ? 0 : humanPasses,
  };
}

type Table = Record<'tp' | 'fp' | 'fn' | 'tn', number>;

const cellOf = ({ human, judge }: LabelledJudgement): keyof Table =>
  judge === 'pass' ? (human === 'pass' ? 'tp' : 'fp') : human === 'pass' ? 'fn' : 'tn';

function countTable(judged: readonly LabelledJudgement[]): Table {
  const table: Table = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const one of judged) table[cellOf(one)] += 1;
  return table;
}

function kappaOf({ tp, fp, fn, tn }: Table): number {
  const n = tp + fp + fn + tn;
  const observed = (tp + tn) / n;
  const chance = ((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn)) / (n * n);
  // Where chance alone agrees always, agreement says nothing.
  return chance === 1 ? 0 : (observed - chance) / (1 - chance);
}
