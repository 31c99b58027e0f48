import Table from 'cli-table3';
import { evaluationTable, meaningLines } from '../../evaluation/report/report.ts';
import { wrapped } from './terminal-text.ts';
import { approveCommand } from '../../contract/promotions/commands.ts';
import type { ImproveResult } from '../../contract/messages.ts';
import type { PromotionStanding, RunOutcome, Serving } from '../../operations/run-outcome.ts';

/** What a run came to, for people. Pure. */

/** What a terminal that does not say how wide it is is taken for. */
const USUAL_WIDTH = 100;

/** The closing table and what stands around it, its tables at most `width` columns wide. */
export function closingText({
  result,
  promotion,
  serving,
  totalSeconds,
  width = USUAL_WIDTH,
}: RunOutcome & { width?: number | undefined }): string {
  const { gate, notChosen, sample, ledger } = result;
  const fold = (line: string) => wrapped(line, width);
  const lines = [
    '',
    fold(datasetText(result)),
    '',
    evaluationTable(result.evaluation, gate.candidate, width),
    ...meaningLines(result.evaluation, gate.candidate).map(fold),
    fold('What the figures mean: docs/how-to/read-the-figures.md'),
    '',
    `Gate: ${gate.decision} ${gate.candidate}`,
    ...gate.reasons.map((reason) => fold(`  - ${reason}`)),
    ...(notChosen ?? []).flatMap(({ candidate, decision, faults }) =>
      decision === 'promote'
        ? [fold(`Not chosen: ${candidate}, which passed, and is less good`)]
        : [`Not chosen: ${decision} ${candidate}`, ...faults.map((reason) => fold(`  - ${reason}`))],
    ),
    // A command is copied whole.
    promotion?.status === 'waiting' ? promotionLine(promotion) : fold(promotionLine(promotion)),
    servingLine(serving),
    ...(result.evidence ? [`Evidence, answers side by side:\n  ${result.evidence.link}`] : []),
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

function promotionLine(promotion: PromotionStanding): string {
  switch (promotion?.status) {
    case undefined:
      return 'Promotion: none';
    case 'waiting':
      return `Promotion: version ${promotion.version} waits for approval.\n  ${approveCommand(promotion.workflowId, promotion.signed)}`;
    case 'promoted':
    case 'held':
    case 'rejected':
    case 'superseded':
      return promotion.reasons.length === 1
        ? `Promotion: ${promotion.status}: ${promotion.reasons[0]}`
        : [`Promotion: ${promotion.status}`, ...promotion.reasons.map((reason) => `  - ${reason}`)].join('\n');
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
    [nameOf(sample), sample.tuned],
    ...(sample.source ? [['source', sourceText(sample.source)]] : []),
  );
  return table.toString();
}

/** Whose answer it is, as far as the column is wide. */
const nameOf = ({ candidate = 'tuned' }: NonNullable<ImproveResult['sample']>): string =>
  candidate.length <= 10 ? candidate : `${candidate.slice(0, 9)}…`;

/** `The copper coil, page 3: A copper coil can last for 5 to 10 years.` */
const sourceText = ({ title, place, text }: NonNullable<NonNullable<ImproveResult['sample']>['source']>): string =>
  `${title}${place === undefined ? '' : `, ${place}`}: ${text}`;

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
