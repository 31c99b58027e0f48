import type { Answer, Measured } from '../../schema/evaluation.ts';

/** How long the answers of each arm took, and how long they are, over all suites. An arm that is a rule takes no time. */
export function measureArms(
  rows: readonly Pick<Answer, 'arm' | 'latencyMs' | 'inputTokens' | 'outputTokens'>[],
): Record<string, Measured> {
  const byArm = Map.groupBy(
    rows.filter(({ latencyMs }) => latencyMs !== undefined),
    ({ arm }) => arm,
  );
  return Object.fromEntries(
    [...byArm].map(([arm, answers]) => {
      const latencies = answers.map(({ latencyMs = 0 }) => latencyMs).sort((a, b) => a - b);
      const inputTokens = meanOf(answers.map((answer) => answer.inputTokens));
      const outputTokens = meanOf(answers.map((answer) => answer.outputTokens));
      return [
        arm,
        {
          answers: answers.length,
          p95LatencyMs: latencies[Math.ceil(0.95 * latencies.length) - 1]!,
          meanLatencyMs: meanOf(latencies)!,
          ...(inputTokens !== undefined && { inputTokens }),
          ...(outputTokens !== undefined && { outputTokens }),
        },
      ];
    }),
  );
}

/** Undefined where one is not known: the mean of the others would not be theirs. */
function meanOf(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum / values.length;
}
