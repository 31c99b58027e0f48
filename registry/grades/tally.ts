import { spelling } from '../../contract/people.ts';
import type { Grade, Grading } from './schema.ts';

/** What gradings come to. Pure. */

export interface Share {
  mean: number;
  low: number;
  high: number;
  confidence: number;
}

export interface Tally {
  /** Who graded, as claimed. */
  by: string;
  graded: number;
  candidate: number;
  other: number;
  both: number;
  neither: number;
  /** Of those with a preference the share that prefers the candidate, with its interval; undefined without any. */
  share?: Share;
  /** What people wrote to an answer. */
  comments: { question: number; prefers: Grade['prefers']; comment: string }[];
}

/** How often a judge puts the same answer first as the person who graded. */
export interface OrderAgreement {
  metric: string;
  judge: string;
  version: string;
  /** Questions on which the person has a preference. */
  preferences: number;
  same: number;
  opposite: number;
  /** The judge gives both answers the same score: it says nothing of their order. */
  undecided: number;
  /** Of those on which both say which is better the share on which they say the same; undefined without any. */
  share?: Share;
}

const CONFIDENCE = 0.95;
const Z = 1.959964;

/** One for each person, in the order in which they began. One name in two spellings is one person. */
export function tallies(gradings: readonly Grading[]): Tally[] {
  return [...Map.groupBy(gradings, ({ by }) => spelling(by)).values()].map((own) => {
    const grades = own.flatMap((one) => one.grades);
    const count = (prefers: Grade['prefers']) => grades.filter((one) => one.prefers === prefers).length;
    const [candidate, other] = [count('candidate'), count('other')];
    const comments = grades.flatMap(({ question, prefers, comment }) =>
      comment ? [{ question, prefers, comment }] : [],
    );
    return {
      by: own[0]!.by,
      graded: grades.length,
      candidate,
      other,
      both: count('both'),
      neither: count('neither'),
      ...(candidate + other > 0 && { share: shareOf(candidate, candidate + other) }),
      comments,
    };
  });
}

/** By metric and version of the judge: what a preference says of a judge is the order of two answers, and no more. */
export function orderAgreements(gradings: readonly Grading[]): OrderAgreement[] {
  const told = gradings.flatMap(({ grades }) =>
    grades.flatMap(({ prefers, verdicts }) => {
      if (prefers !== 'candidate' && prefers !== 'other') return [];
      return Object.entries(verdicts).map(([metric, { judge, version, candidate, other }]) => ({
        metric,
        judge,
        version,
        order:
          candidate === other ? 'undecided' : candidate > other === (prefers === 'candidate') ? 'same' : 'opposite',
      }));
    }),
  );
  return [...Map.groupBy(told, ({ metric, judge, version }) => JSON.stringify([metric, judge, version])).values()].map(
    (own) => {
      const { metric, judge, version } = own[0]!;
      const count = (order: string) => own.filter((one) => one.order === order).length;
      const [same, opposite] = [count('same'), count('opposite')];
      return {
        metric,
        judge,
        version,
        preferences: own.length,
        same,
        opposite,
        undecided: count('undecided'),
        ...(same + opposite > 0 && { share: shareOf(same, same + opposite) }),
      };
    },
  );
}

/** With Wilson's interval ("Probable inference", J. Am. Stat. Assoc. 22, 1927), which holds for few as well. */
function shareOf(some: number, all: number): Share {
  const mean = some / all;
  const centre = (mean + Z ** 2 / (2 * all)) / (1 + Z ** 2 / all);
  const reach = (Z * Math.sqrt((mean * (1 - mean)) / all + Z ** 2 / (4 * all ** 2))) / (1 + Z ** 2 / all);
  return { mean, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach), confidence: CONFIDENCE };
}

const percent = (share: number) => `${Math.round(share * 100)}%`;
const interval = ({ mean, low, high, confidence }: Share) =>
  `${percent(mean)} (${percent(confidence)} interval ${percent(low)} to ${percent(high)})`;

/** `preferred the new answer in 12 of 20, the old in 3; both good in 4, neither in 1; …` */
export function tallyWords({ graded, candidate, other, both, neither, share }: Omit<Tally, 'by' | 'comments'>): string {
  const counts = `preferred the new answer in ${candidate} of ${graded}, the old in ${other}; both good in ${both}, neither in ${neither}`;
  return share ? `${counts}. Of the ${candidate + other} with a preference ${interval(share)} for the new` : counts;
}

/** `correctness puts the preferred answer first in 9 of the 11 on which it sees a difference, 82% (95% interval …); it sees none in 4` */
export const orderWords = ({ metric, preferences, same, opposite, undecided, share }: OrderAgreement): string =>
  share
    ? `${metric} puts the preferred answer first in ${same} of the ${same + opposite} on which it sees a difference, ${interval(share)}; it sees none in ${undecided}`
    : `${metric} sees no difference in any of the ${preferences} with a preference`;
