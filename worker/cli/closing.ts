import Table from 'cli-table3';
import { suiteFigures } from '../../evaluation/report/figures.ts';
import { evaluationTable, meaningLines } from '../../evaluation/report/report.ts';
import { wrapped } from './terminal-text.ts';
import type { ImproveResult, PromoteOutcome } from '../../contract/messages.ts';

/** What a run came to, for people (closingText) and for programs (runReport). Pure. */

/** `waiting`: the promotion waits for people. */
export type Promotion = PromoteOutcome | { status: 'waiting'; workflowId: string; version: number } | null;

export interface Serving {
  model: string;
  alias: string;
  version: number | null;
}

export interface RunReport {
  runId: string;
  config: string;
  dataset: ImproveResult['dataset'];
  candidates: { name: string; modelUri: string; modelSha256: string; trainSeconds: number }[];
  suites: ReturnType<typeof suiteFigures>;
  gate: { suite: string; decision: string; candidate: string; reasons: string[] };
  promotion: { status: string; version: number | null; reasons: string[] };
  deployment: Serving;
  ledger: { hits: number; misses: number; tokens: number; costUsd: number };
  seconds: Record<string, number>;
  /** What failed and was left out, in words. */
  failures?: string[];
}

/** The report that `--report FILE` writes. `seconds.total` is the wall time that the person waited. */
export function runReport(options: {
  result: ImproveResult;
  promotion: Promotion;
  serving: Serving;
  totalSeconds: number;
}): RunReport {
  const { result, promotion, serving, totalSeconds } = options;
  return {
    runId: result.runId,
    config: result.config,
    dataset: result.dataset,
    candidates: result.candidates.map(({ name, modelUri, modelSha256, trainSeconds }) => ({
      name,
      modelUri,
      modelSha256,
      trainSeconds,
    })),
    suites: suiteFigures(result.evaluation, result.gate.candidate),
    gate: {
      suite: result.gate.suite,
      decision: result.gate.decision,
      candidate: result.gate.candidate,
      reasons: result.gate.reasons,
    },
    promotion: {
      status: promotion?.status ?? 'none',
      version: promotion?.version ?? null,
      reasons: promotion && 'reasons' in promotion ? promotion.reasons : [],
    },
    deployment: serving,
    ledger: result.ledger,
    seconds: { ...result.seconds, total: totalSeconds },
    ...(result.failures && { failures: result.failures }),
  };
}

/** What a terminal that does not say how wide it is is taken for. */
const USUAL_WIDTH = 100;

/** The closing table and what stands around it, its tables at most `width` columns wide. */
export function closingText(options: {
  result: ImproveResult;
  promotion: Promotion;
  serving: Serving;
  totalSeconds: number;
  width?: number | undefined;
}): string {
  const { result, promotion, serving, totalSeconds, width = USUAL_WIDTH } = options;
  const { gate, sample, ledger } = result;
  const fold = (line: string) => wrapped(line, width);
  const lines = [
    '',
    fold(datasetText(result)),
    '',
    evaluationTable(result.evaluation, gate.candidate, width),
    ...meaningLines(result.evaluation, gate.candidate).map(fold),
    '',
    `Gate: ${gate.decision} ${gate.candidate}`,
    ...gate.reasons.map((reason) => fold(`  - ${reason}`)),
    // A command is copied whole.
    promotion?.status === 'waiting' ? promotionLine(promotion) : fold(promotionLine(promotion)),
    servingLine(serving),
    '',
  ];
  if (sample) lines.push(sampleTable(sample, width), '');
  const took = Object.entries(result.seconds).map(([stage, seconds]) => `${stage} ${seconds.toFixed(1)}`);
  lines.push(
    fold(
      `Took ${totalSeconds.toFixed(0)} s (${took.join(', ')}). Ledger: ${ledger.hits} calls answered from earlier runs, ${ledger.misses} made${ledger.tokens > 0 ? ` (${ledger.tokens} tokens${ledger.costUsd > 0 ? `, ${ledger.costUsd.toFixed(4)} USD` : ''})` : ''}.`,
    ),
  );
  return lines.join('\n');
}

function promotionLine(promotion: Promotion): string {
  switch (promotion?.status) {
    case undefined:
      return 'Promotion: none';
    case 'waiting':
      return `Promotion: version ${promotion.version} waits for approval.\n  npx whetstone approve ${promotion.workflowId} --by NAME --why REASON`;
    case 'promoted':
    case 'held':
    case 'rejected':
      return `Promotion: ${promotion.status}: ${promotion.reasons.join('; ')}`;
    default:
      return promotion satisfies never;
  }
}

function servingLine({ model, alias, version }: Serving): string {
  return version === null
    ? `Serving: ${alias} of ${model} points at nothing yet`
    : `Serving: ${alias} of ${model} is version ${version}`;
}

function sampleTable(sample: NonNullable<ImproveResult['sample']>, width: number): string {
  // Three borders.
  const table = new Table({
    colWidths: [12, Math.max(30, width - 12 - 3)],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  table.push(
    ['question', sample.question],
    ['reference', sample.reference],
    ['base', sample.base],
    ['tuned', sample.tuned],
  );
  return table.toString();
}

/** What a run's dataset came to: a line, and one for each thing that a person should know of it. */
export function datasetText({
  model,
  dataset,
  failures = [],
}: Pick<ImproveResult, 'model' | 'dataset' | 'failures'>): string {
  const { version, generated, kept, missing = 0, statements, warnings = [] } = dataset;
  const rejected = Object.entries(dataset.rejected).map(([reason, count]) => `${count} ${reason}`);
  const reasons = rejected.length > 0 ? `, rejected: ${rejected.join(', ')}` : '';
  const short = missing > 0 ? `, ${missing} fewer than the target` : '';
  return [
    `${model}: dataset ${version}, ${generated} generated, ${kept} kept${short}${reasons}`,
    ...statementLines(statements, version),
    ...warnings,
    ...failures.map((line) => `Failed, and left out: ${line}`),
  ].join('\n');
}

/** The command on a line of its own, so that it can be copied. */
function statementLines(statements: ImproveResult['dataset']['statements'], version: string): string[] {
  if (!statements || statements.total === 0) return [];
  const { covered, total } = statements;
  const said = `${covered} of ${total} statements of the documents gave a pair`;
  return covered === total ? [said] : [`${said}. The others, and why:`, `  npx whetstone dataset skipped ${version}`];
}
