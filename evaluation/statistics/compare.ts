import { mean } from 'simple-statistics';
import { differenceInterval } from './statistics.ts';
import type { Answer, Comparison } from '../../schema/evaluation.ts';

export interface CompareOptions {
  /** Rows of one suite: every arm's answer to every question. */
  answers: readonly Answer[];
  /** Names of the judges whose scores are compared. */
  metrics: readonly string[];
  candidates: readonly string[];
  /** Arms that a candidate is compared with: its own base, `incumbent`, `echo`. */
  against: (candidate: string) => readonly string[];
  confidence: number;
  resamples: number;
  seed: number;
}

/** The scores of one arm, by question. */
type Scores = Map<string, { cluster: string; score: number; version: string }>;

/**
 * Compares each candidate with each of its arms on each metric: pairs by question, one observation a cluster.
 * Every comparison carries the means of all arms of the suite, so that a table needs no second pass. A question that a metric
 * says nothing of, whoever answers it, is left out there; a metric that says nothing of the suite gives no comparison. A metric of what
 * answers were given from compares those that were, on the questions of which it says something of both.
 * The order of the rows doesn't matter.
 * @throws Error when an arm lacks a question or a judgement, answers one twice, or was judged by another version
 */
export function compareArms(options: CompareOptions): Comparison[] {
  const { answers, metrics, candidates, against, confidence, resamples, seed } = options;
  const suite = suiteOf(answers);
  const arms = [...new Set(answers.map(({ arm }) => arm))].sort();
  for (const arm of candidates.flatMap((candidate) => [candidate, ...against(candidate)])) {
    if (!arms.includes(arm)) {
      throw new Error(`suite ${suite}: no answers of arm ${JSON.stringify(arm)}; found: ${arms.join(', ')}`);
    }
  }
  return metrics.flatMap((metric) => {
    const judged = judgedOn(answers, metric);
    if (judged.length === 0) return [];
    // Of what an answer was given from, only such answers can be judged; of anything else every one must be.
    const given = isOfWhatWasGiven(judged, metric);
    const asked = given ? judged.filter(judgedBy(metric)) : judged;
    const scores = new Map(arms.map((arm) => [arm, scoresOf({ answers: asked, arm, metric, suite })]));
    assertOneVersion({ scores, metric, suite });
    if (!given) assertAllAnswered({ scores, suite });
    const means = Object.fromEntries(
      [...scores].flatMap(([arm, found]) =>
        found.size === 0 ? [] : [[arm, mean(questionsOf(found).map((question) => found.get(question)!.score))]],
      ),
    );
    return candidates.flatMap((candidate) =>
      against(candidate).flatMap((other) => {
        const [own, others] = [scores.get(candidate)!, scores.get(other)!];
        const questions = questionsOf(own).filter((question) => others.has(question));
        if (questions.length === 0) return [];
        const pairs = questions.map((question) => {
          const { cluster, score } = own.get(question)!;
          return { cluster, difference: score - others.get(question)!.score };
        });
        const interval = differenceInterval({ pairs, confidence, resamples, seed });
        return [{ metric, means, candidate, against: other, ...interval, confidence }];
      }),
    );
  });
}

/** Sorted: a mean of the same figures is then the same figure. */
function questionsOf(scores: Scores): string[] {
  const ids: string[] = [...scores.keys()];
  return ids.sort();
}

const judgedBy = (metric: string) => (answer: Answer) => answer.judgements.some(({ judge }) => judge === metric);

/** Whether a metric speaks of nothing but answers that were given from the documents: of what was found, and of what is cited. */
const isOfWhatWasGiven = (answers: readonly Answer[], metric: string): boolean =>
  answers.filter(judgedBy(metric)).every(({ citations }) => citations !== undefined);

/** Rows of the questions that the metric says something of: `must-not` is silent where a question forbids nothing. */
function judgedOn(answers: readonly Answer[], metric: string): Answer[] {
  const spoken = new Set(
    answers
      .filter(({ judgements }) => judgements.some(({ judge }) => judge === metric))
      .map(({ questionId }) => questionId),
  );
  return answers.filter(({ questionId }) => spoken.has(questionId));
}

function suiteOf(answers: readonly Answer[]): string {
  const suites = [...new Set(answers.map(({ suite }) => suite))];
  if (suites.length !== 1) {
    throw new Error(`expected the answers of one suite, found ${suites.length ? suites.join(', ') : 'no answers'}`);
  }
  return suites[0]!;
}

function scoresOf({
  answers,
  arm,
  metric,
  suite,
}: {
  answers: readonly Answer[];
  arm: string;
  metric: string;
  suite: string;
}): Scores {
  const scores: Scores = new Map();
  for (const { questionId, cluster, judgements } of answers.filter((answer) => answer.arm === arm)) {
    const judgement = judgements.find(({ judge }) => judge === metric);
    if (!judgement) {
      const found = judgements.map(({ judge }) => judge).join(', ') || 'none';
      throw new Error(
        `suite ${suite}: question ${questionId} of arm ${arm} has no judgement "${metric}"; found: ${found}`,
      );
    }
    if (scores.has(questionId)) throw new Error(`suite ${suite}: arm ${arm} answers question ${questionId} twice`);
    scores.set(questionId, { cluster, score: judgement.score, version: judgement.version });
  }
  return scores;
}

/** @throws Error naming the arm that lacks a question */
function assertAllAnswered({ scores, suite }: { scores: ReadonlyMap<string, Scores>; suite: string }): void {
  const questions = [...new Set([...scores.values()].flatMap((byQuestion) => [...byQuestion.keys()]))].sort();
  for (const [arm, byQuestion] of scores) {
    const missing = questions.filter((question) => !byQuestion.has(question));
    if (missing.length > 0) {
      throw new Error(
        `suite ${suite}: arm ${arm} lacks ${missing.length} of ${questions.length} questions (first: ${missing[0]}); ` +
          'arms are compared by pairs, so each must answer all',
      );
    }
  }
}

/** @throws Error naming the versions, where there are several */
function assertOneVersion({
  scores,
  metric,
  suite,
}: {
  scores: ReadonlyMap<string, Scores>;
  metric: string;
  suite: string;
}): void {
  const versions = new Set(
    [...scores.values()].flatMap((byQuestion) => [...byQuestion.values()].map((s) => s.version)),
  );
  if (versions.size > 1) {
    throw new Error(
      `suite ${suite}: metric ${metric} was judged by versions ${[...versions].sort().join(' and ')}; ` +
        'scores of two versions do not compare: judge all arms again',
    );
  }
}
