import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { probit, quantileSorted } from 'simple-statistics';

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
/** Fewer labels than this, or fewer of one kind, and the bootstrap's interval is too narrow. */
const BOOTSTRAP_LABELS = 30;
const BOOTSTRAP_OF_A_KIND = 10;

/**
 * Agreement, Cohen's kappa (Cohen, "A coefficient of agreement for nominal scales", 1960) with a percentile bootstrap interval
 * over labels (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993), and the errors in both directions. With few labels,
 * or few that judge and people disagree on, the interval is at least as wide as what the share of disagreement allows.
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
  const kappa = kappaOf(table);
  const bounds = boundsOf(table, confidence);
  return {
    labels: judged.length,
    agreement: (table.tp + table.tn) / judged.length,
    kappa,
    low: Math.min(kappa, quantileSorted(sorted, (1 - confidence) / 2), bounds.low),
    high: Math.max(kappa, quantileSorted(sorted, (1 + confidence) / 2), bounds.high),
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

/**
 * Kappa at the ends of Wilson's interval of the share of disagreement ("Probable inference", J. Am. Stat. Assoc. 22, 1927), which is
 * never zero wide; no bounds where there are many labels of each kind, and all where chance alone agrees always.
 */
function boundsOf(table: Table, confidence: number): { low: number; high: number } {
  const n = table.tp + table.fp + table.fn + table.tn;
  const disagree = table.fp + table.fn;
  if (n >= BOOTSTRAP_LABELS && Math.min(disagree, n - disagree) >= BOOTSTRAP_OF_A_KIND) return { low: 1, high: -1 };
  const chance = chanceOf(table);
  if (chance === 1) return { low: -1, high: 1 };
  const z = probit((1 + confidence) / 2);
  const share = disagree / n;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const reach = (z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))) / (1 + z ** 2 / n);
  const at = (disagreement: number) => Math.max(-1, Math.min(1, 1 - disagreement / (1 - chance)));
  return { low: at(centre + reach), high: at(centre - reach) };
}

function chanceOf({ tp, fp, fn, tn }: Table): number {
  const n = tp + fp + fn + tn;
  return ((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn)) / (n * n);
}

function kappaOf(table: Table): number {
  const { tp, fp, fn, tn } = table;
  const observed = (tp + tn) / (tp + fp + fn + tn);
  const chance = chanceOf(table);
  // Where chance alone agrees always, agreement says nothing.
  return chance === 1 ? 0 : (observed - chance) / (1 - chance);
}
