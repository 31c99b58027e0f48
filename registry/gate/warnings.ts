import { LOOKUP_ARM, type Comparison, type Evaluation, type SuiteResult } from '../../schema/evaluation.ts';
import { comparisonOf, score, TOLERANCE } from './figures.ts';

/** The share of expected facts that an answer says. */
export const FACTS = 'facts';
/** The metric that is 1 where an answer says nothing of what it must not. */
const MUST_NOT = 'must-not';

/** What a person should know before believing the figures. A warning decides nothing. */
export function warnOfScores(options: {
  evaluation: Evaluation;
  metric: string;
  candidate: string;
  against: string;
}): string[] {
  const { evaluation, metric, candidate, against } = options;
  return evaluation.suites.flatMap((suite) => {
    const figuresOf = (name: string) => comparisonOf(suite, { metric: name, candidate, against });
    const scored = [...new Set([metric, FACTS])].flatMap((name) => figuresOf(name) ?? []);
    const forbidden = figuresOf(MUST_NOT);
    return [
      ...scored.flatMap((figures) => warnOfLittle(suite, figures)),
      ...(forbidden ? warnOfForbidden(suite, forbidden) : []),
    ];
  });
}

/** Nothing right, or no more than a search finds. */
function warnOfLittle({ name, declares }: SuiteResult, { metric, candidate, means, questions }: Comparison): string[] {
  const mean = means[candidate];
  if (mean === undefined) return [];
  const lookup = means[LOOKUP_ARM] ?? 0;
  const meaning =
    declares === 'new facts'
      ? 'the most similar training question answers these questions as well as the model does'
      : 'a search over the training questions would do as well on this suite';
  return [
    ...(mean <= TOLERANCE ? [`${metric} on ${name}: not one of ${questions} questions is answered`] : []),
    ...(lookup > 0 && lookup >= mean - TOLERANCE
      ? [`${metric} on ${name}: lookup ${score(lookup)}, ${candidate} ${score(mean)}: ${meaning}`]
      : []),
  ];
}

/** Answers that say what they must not are seen before they serve, guardrail or not. */
function warnOfForbidden(
  { name, forbidden }: SuiteResult,
  { candidate, against, means, questions }: Comparison,
): string[] {
  const failed = (arm: string) => Math.round((1 - (means[arm] ?? 1)) * questions);
  const told = (count: (arm: string) => number, what: string) =>
    count(candidate) === 0
      ? []
      : [`${count(candidate)} of ${questions} answers to ${name} ${what}; of ${against} ${count(against)}: read them`];
  if (!forbidden) return told(failed, `fail ${MUST_NOT}: they say what they must not, or can't be read`);
  const said = (arm: string) => forbidden[arm] ?? 0;
  return [
    ...told(said, 'say what they must not'),
    ...told((arm) => failed(arm) - said(arm), `fail ${MUST_NOT} because they can't be read`),
  ];
}
