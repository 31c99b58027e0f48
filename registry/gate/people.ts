import type { GateConfig } from '../../configs/schema.ts';
import { ECHO_ARM, EXTRACT_ARM, isPeoples, type Evaluation } from '../../schema/evaluation.ts';
import type { Check } from './check.ts';
import { comparisonOf, score, TOLERANCE } from './figures.ts';
import { FACTS } from './warnings.ts';

/** What people's own questions say of a candidate. Pure. */

type Read = { evaluation: Evaluation; gate: GateConfig; candidate: string };

/**
 * Figures on generated questions alone do not say how people's are answered; and what answers people no better than an echo of their
 * questions is not to serve them, however well it knows the generated ones. A small suite need not show it surely.
 */
export function checkPeoplesQuestions({ evaluation, gate, candidate }: Read): Check[] {
  const asked = evaluation.suites.filter(isPeoples);
  if (asked.length === 0)
    return [
      {
        outcome: 'unproven',
        reason: `no suite has questions that people wrote; add a suite file to evaluation.suites, ask for an approval, or set gate.withoutPeoplesQuestions: allow`,
      },
    ];
  return asked.map((suite): Check => {
    const toEcho = (metric: string) => comparisonOf(suite, { metric, candidate, against: ECHO_ARM });
    const figures = toEcho(FACTS) ?? toEcho(gate.metric);
    if (!figures) return { outcome: 'unproven', reason: `${suite.name} was not put to the echo: run it again` };
    const { metric, difference, means } = figures;
    const reason = `people's questions: ${metric} on ${suite.name} ${score(means[candidate])}, an echo of them ${score(means[ECHO_ARM])}`;
    return difference > TOLERANCE
      ? { outcome: 'passed', reason }
      : {
          outcome: 'unproven',
          reason: `${reason}: no better than an echo; train on what people ask, ask for an approval, or set gate.withoutPeoplesQuestions: allow`,
        };
  });
}

/**
 * Where the documents can be quoted, a model must say more than their nearest sentences do: those are nobody's invention, cost
 * nothing, and each is its own source. What quotes is not compared with itself.
 */
export function checkQuoting({ evaluation, gate, candidate }: Read): Check[] {
  return evaluation.suites.filter(isPeoples).flatMap((suite): Check[] => {
    const figures = comparisonOf(suite, { metric: FACTS, candidate, against: EXTRACT_ARM });
    if (!figures) return [];
    const { difference, means } = figures;
    const reason = `people's questions: ${FACTS} on ${suite.name} ${score(means[candidate])}, the nearest sentences of the documents ${score(means[EXTRACT_ARM])}`;
    if (difference > TOLERANCE) return [{ outcome: 'passed', reason }];
    if (gate.noBetterThanQuotes === 'allow')
      return [{ outcome: 'passed', reason: `${reason}: no better than quoting, which the config allows` }];
    return [
      {
        outcome: 'unproven',
        reason: `${reason}: quoting is better than this model; add a candidate that quotes (provider: quote), or set gate.noBetterThanQuotes: allow`,
      },
    ];
  });
}

/** What a candidate's answers to people say of what is expected, over all their suites; undefined where none expects facts. */
export function factsForPeople(evaluation: Evaluation, candidate: string): number | undefined {
  const figures = evaluation.suites.filter(isPeoples).flatMap(({ comparisons }) => {
    const found = comparisons.find((one) => one.metric === FACTS && one.candidate === candidate);
    const mean = found?.means[candidate];
    return found && mean !== undefined ? [{ mean, questions: found.questions }] : [];
  });
  const asked = figures.reduce((sum, { questions }) => sum + questions, 0);
  return asked === 0 ? undefined : figures.reduce((sum, { mean, questions }) => sum + mean * questions, 0) / asked;
}
