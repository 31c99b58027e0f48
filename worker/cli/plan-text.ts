import Table from 'cli-table3';
import type { RunConfig } from '../../configs/schema.ts';
import type { Range, StageForecast } from '../../operations/plan/forecast.ts';
import type { RunPlan } from '../../operations/plan/plan.ts';
import { timeText } from '../../common/time-text.ts';
import { describeChanges } from './plan-changes-text.ts';

/** What a run would ask, cost and take, for people. */
export function describePlan(plan: RunPlan, budget: RunConfig['budget']): string {
  const imported = plan.imported > 0 ? `, ${plan.imported} pairs imported` : '';
  const lines = [
    `${plan.documents} documents, ${plan.chunks} chunks${imported}`,
    ...plan.notes,
    '',
    ...describeChanges(plan.changes),
  ];
  if (plan.stages.length === 0)
    lines.push('No model is paid for: questions are made and judged by rules on this machine.');
  else {
    const table = new Table({
      head: ['stage', 'model', 'calls', 'in the ledger', 'tokens in', 'tokens out', 'USD', 'time'],
      style: { head: [], border: [] },
    });
    for (const { stage, model, calls, known, inputTokens, outputTokens, usd, seconds } of plan.stages) {
      const cost = usd ? range(usd, (value) => value.toFixed(2)) : 'no prices';
      table.push([
        stage,
        model,
        range(calls),
        known,
        range(inputTokens),
        range(outputTokens),
        cost,
        range(seconds, timeText),
      ]);
    }
    lines.push(table.toString(), ...compareBudget(plan, budget));
    if (plan.mayAskAgain)
      lines.push(
        'The most counts further rounds, for facts that passages do not give the first time; of those, what the ledger holds is not known.',
      );
  }
  lines.push(
    '',
    ...describeGate(plan.gate),
    ...describeRules(plan.rules),
    'Training and the answers to suites come from this machine, and cost nothing but time. Estimates:',
    ...plan.local.flatMap(describeLocal),
  );
  return lines.join('\n');
}

/** What the gate can show, and what it will hold on whatever the figures are. */
export function describeGate({ suite, clusters, detectable, minClusters, lacksPeople }: RunPlan['gate']): string[] {
  // No difference is larger than the share of answers that differ.
  const shown = detectable.flatMap(({ discordant, difference: { low, high } }) =>
    low > discordant
      ? []
      : `${range({ low, high: Math.min(high, discordant) }, (value) => value.toFixed(2))} where ${100 * discordant}% of answers differ`,
  );
  const shows =
    shown.length > 0
      ? `four times out of five it shows a true difference of ${shown.join(', ')}`
      : 'too few to show a true difference where up to half of the answers differ';
  const few =
    clusters.high < minClusters ? 'The gate will hold' : clusters.low < minClusters ? 'The gate may hold' : undefined;
  return [
    clusters.high === 0
      ? `No question can be made for ${suite}: the gate has nothing to decide on.`
      : `The gate decides on ${range(clusters)} facts or questions of ${suite}: ${shows}.`,
    ...(few && clusters.high > 0
      ? [`${few}: too few facts, ${range(clusters)} of ${minClusters} (gate.minClusters).`]
      : []),
    ...(lacksPeople
      ? ['The gate will hold: no suite has questions that people wrote (gate.withoutPeoplesQuestions).']
      : []),
  ];
}

/** What the alias will ask once the gate has decided. */
const describeRules = (rules: RunPlan['rules']): string[] =>
  rules
    ? [`To move ${rules.alias}, configs/stages.yaml and the run ask:`, ...rules.lines.map((line) => `- ${line}`)]
    : [];

/** An estimate and what it rests on, or why there is none. */
export function describeLocal({ what, work, seconds, from }: RunPlan['local'][number]): string[] {
  return [
    `- ${what}: ${work}, ${seconds ? `about ${range(seconds, timeText)}` : 'for how long is unknown'}`,
    `  (${from})`,
  ];
}

function compareBudget(plan: RunPlan, budget: RunConfig['budget']): string[] {
  const sum = (of: (stage: StageForecast) => Range): Range => ({
    low: plan.stages.reduce((total, stage) => total + of(stage).low, 0),
    high: plan.stages.reduce((total, stage) => total + of(stage).high, 0),
  });
  const tokens = sum(({ inputTokens, outputTokens }) => ({
    low: inputTokens.low + outputTokens.low,
    high: inputTokens.high + outputTokens.high,
  }));
  const usd = sum((stage) => stage.usd ?? { low: 0, high: 0 });
  const lines = [
    '',
    `In all: ${range(tokens)} tokens${usd.high > 0 ? `, ${range(usd, (value) => value.toFixed(2))} USD` : ''}.`,
  ];
  const verdict = (cap: number, { low, high }: Range) =>
    high <= cap
      ? 'enough'
      : low <= cap
        ? 'may run out: the run then waits for a raise'
        : 'too small: the run will wait for a raise';
  if (budget.usd !== undefined) lines.push(`Budget of ${budget.usd} USD: ${verdict(budget.usd, usd)}.`);
  if (budget.tokens !== undefined) lines.push(`Budget of ${budget.tokens} tokens: ${verdict(budget.tokens, tokens)}.`);
  return lines;
}

function range(
  { low, high }: Range,
  show: (value: number) => string = (value) => Math.round(value).toLocaleString('en'),
): string {
  const [from, to] = [show(low), show(high)];
  return from === to ? from : `${from} to ${to}`;
}
