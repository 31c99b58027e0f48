import { availableParallelism } from 'node:os';
import Table from 'cli-table3';
import { Command } from 'commander';
import { loadStages } from '../../../configs/load.ts';
import { mayHaveGpu } from '../../../providers/training/accelerator.ts';
import { openLedger } from '../../../providers/ledger/ledger.ts';
import { pastTrainings } from '../../../providers/training/past-trainings.ts';
import { documentRoots } from '../../dependencies.ts';
import { loadForRun, typedConfig } from '../run-and-report.ts';
import { planRun, type Plan } from '../../../operations/plan/plan.ts';
import type { Range } from '../../../operations/plan/forecast.ts';
import { timeText } from '../terminal-text.ts';
import { paths, say } from './context.ts';

const BETWEEN_LINES_MS = 3_000;

/** `plan CONFIG`: what a run will ask and cost, before a cent is spent. */
export function planCommand(): Command {
  return new Command('plan')
    .description('Forecast the calls, tokens, cost and time of a config, and what its gate can detect; asks no model')
    .argument('<config>', 'a name below configs/ or a YAML file')
    .action(async (name: string) => {
      const config = typedConfig(name);
      const { config: run } = await loadForRun({ config, paths: paths() });
      const ledger = await openLedger(paths().ledger);
      try {
        const { projectRoot } = paths();
        const allowedRoots = documentRoots(process.env, paths());
        const policy = (await loadStages(projectRoot)).aliases[run.promote.alias];
        const plan = await planRun({
          config: run,
          projectRoot,
          allowedRoots,
          ledger,
          policy,
          past: await pastTrainings(paths().training),
          machine: { cores: availableParallelism(), gpu: mayHaveGpu() },
          onDocument: everySeconds(),
        });
        say(describePlan(plan, run.budget));
      } finally {
        await ledger.close();
      }
    });
}

/** Reading much takes long: a line from time to time says that it goes on. */
function everySeconds(): (done: number, total: number, text: string) => void {
  let last = Date.now();
  return (done, total, text) => {
    if (Date.now() - last < BETWEEN_LINES_MS) return;
    last = Date.now();
    say(`Reading document ${done} of ${total}: ${text}`);
  };
}

function describePlan(plan: Plan, budget: { usd?: number | undefined; tokens?: number | undefined }): string {
  const imported = plan.imported > 0 ? `, ${plan.imported} pairs imported` : '';
  const lines = [`${plan.documents} documents, ${plan.chunks} chunks${imported}`, ...plan.notes, ''];
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
    'Training and the answers to suites come from this machine, and cost nothing but time. Estimates:',
    ...plan.local.flatMap(describeLocal),
  );
  return lines.join('\n');
}

/** What the gate can show, and what it will hold on whatever the figures are. */
export function describeGate({ suite, clusters, detectable, minClusters, lacksPeople }: Plan['gate']): string[] {
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

/** An estimate and what it rests on, or why there is none. */
export function describeLocal({ what, work, seconds, from }: Plan['local'][number]): string[] {
  return [
    `- ${what}: ${work}, ${seconds ? `about ${range(seconds, timeText)}` : 'for how long is unknown'}`,
    `  (${from})`,
  ];
}

function compareBudget(plan: Plan, budget: { usd?: number | undefined; tokens?: number | undefined }): string[] {
  const sum = (of: (stage: Plan['stages'][number]) => Range): Range => ({
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
