import { sha256Of } from '../common/hash.ts';
import { CARE_LEVELS, gravityOf } from '../judges/rules/care.ts';
import { isPeoples, type Answer, type SuiteResult } from '../schema/evaluation.ts';
import type { ChangedAnswer, Changes, JudgedAnswer } from './page.ts';
import { shown } from './visible.ts';

/** Which answers changed most. The rule is fixed, so that nobody chooses what an approver sees. */

/** As many that got worse as that got better, where there are so many. */
const EACH = 5;
const MOST_QUESTION = 400;
const MOST_ANSWER = 1_200;
const MOST_REASON = 300;
const SAME = 1e-9;
/** Looked at of a text for what hangs on it: many patterns look for a need, and texts may be long. */
const MOST_LOOKED_AT = 600;

export const URGENT = CARE_LEVELS.indexOf('urgent');

/** How much hangs on an answer: from 0, for nobody in need, to 4, for an emergency. */
export const gravity = ({ question, reference }: Pick<Answer, 'question' | 'reference'>): number =>
  gravityOf({ question: question.slice(0, MOST_LOOKED_AT), reference: reference.slice(0, MOST_LOOKED_AT) });

/** A question with its answers, by arm. */
export type Asked = ReadonlyMap<string, Answer>;

interface Ranked {
  change: ChangedAnswer;
  cluster: string;
  size: number;
  /** Asked for between equal ones alone: to tell it takes long. */
  gravity: () => number;
  lot: string;
}

/**
 * Collects, question by question: the five that fell and the five that rose most on the suite's metric; where fewer fell, such as were
 * wrong and still are. People's suites come first, then the larger change; of equal ones
 * that on which most hangs, then by lot, by a hash of the question's id; of one fact only one, as long as there are others.
 */
export function collectChanges(options: { candidate: string; against: string; metric: string }) {
  const { candidate, against, metric: decisive } = options;
  const counts: Changes['counts'] = [];
  const ranked: Record<'worse' | 'better' | 'stillWrong', Ranked[]> = { worse: [], better: [], stillWrong: [] };
  return {
    add(suite: SuiteResult, asked: Asked): void {
      const before = asked.get(against);
      const after = asked.get(candidate);
      if (!before || !after) return;
      const metric = metricOf(suite, decisive);
      const was = before.judgements.find(({ judge }) => judge === metric);
      const is = after.judgements.find(({ judge }) => judge === metric);
      if (!was || !is) return;
      const count = countOf(counts, suite.name, metric);
      const difference = is.score - was.score;
      const isSame = Math.abs(difference) <= SAME;
      if (isSame && is.score >= 1 - SAME) {
        count.right += 1;
        return;
      }
      const side = isSame ? 'stillWrong' : difference < 0 ? 'worse' : 'better';
      count[isSame ? 'wrong' : difference < 0 ? 'worse' : 'better'] += 1;
      const judged = ({ answer, failure }: Answer, { score, reason }: typeof is): JudgedAnswer => ({
        answer: shown(answer, MOST_ANSWER),
        score,
        reason: shown(failure ?? reason, MOST_REASON).text,
      });
      keepMost(ranked[side], {
        cluster: `${suite.name}\0${after.cluster}`,
        size: isSame ? 1 - is.score : Math.abs(difference),
        gravity: once(() => gravity(after)),
        lot: sha256Of(`${suite.name}\0${after.questionId}`),
        change: {
          suite: suite.name,
          peoples: isPeoples(suite),
          questionId: after.questionId,
          metric,
          question: shown(after.question, MOST_QUESTION),
          reference: shown(after.reference, MOST_ANSWER),
          before: judged(before, was),
          after: judged(after, is),
        },
      });
    },
    result(): Changes {
      const worse = theMost(ranked.worse);
      const stillWrong = theMost(ranked.stillWrong).slice(0, EACH - worse.length);
      return { worse, better: theMost(ranked.better), stillWrong, counts };
    },
  };
}

/** The gate's metric, or where a suite has no such figures its first. */
export function metricOf({ comparisons }: SuiteResult, decisive: string): string {
  return comparisons.some(({ metric }) => metric === decisive) ? decisive : (comparisons[0]?.metric ?? decisive);
}

function countOf(counts: Changes['counts'], suite: string, metric: string) {
  const known = counts.find((count) => count.suite === suite);
  if (known) return known;
  const count = { suite, metric, worse: 0, better: 0, right: 0, wrong: 0 };
  counts.push(count);
  return count;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const order = (a: Ranked, b: Ranked) =>
  Number(b.change.peoples) - Number(a.change.peoples) ||
  b.size - a.size ||
  b.gravity() - a.gravity() ||
  (a.lot < b.lot ? -1 : 1);

/** Of each fact the first, and of those no more than a page can show: thousands of answers are not held. */
function keepMost(kept: Ranked[], one: Ranked): void {
  const rival = kept.findIndex(({ cluster }) => cluster === one.cluster);
  const spare = kept.length < 2 * EACH;
  if (rival >= 0 && !spare) {
    if (order(one, kept[rival]!) < 0) kept[rival] = one;
  } else kept.push(one);
  kept.sort(order);
  if (kept.length > 2 * EACH) {
    const again = kept.findLastIndex(({ cluster }, at) => kept.findIndex((other) => other.cluster === cluster) < at);
    kept.splice(again >= 0 ? again : kept.length - 1, 1);
  }
}

function theMost(kept: Ranked[]): ChangedAnswer[] {
  const first = kept.filter(({ cluster }, at) => kept.findIndex((other) => other.cluster === cluster) === at);
  const again = kept.filter((one) => !first.includes(one));
  return [...first, ...again]
    .slice(0, EACH)
    .sort(order)
    .map(({ change }) => change);
}
