import { cell, endingLines, inCode, PAGE_END } from './telling/lines.ts';
import { standingOf } from './telling/standing.ts';
import { failureLines } from '../contract/failures.ts';
import { gradeResultLines, gradingLines } from './promotions/grades.ts';
import { aboutLines, owedLines, saidLines, waitingText } from './promotions/waiting-lines.ts';
import type { Outcome } from '../contract/runs/outcome.ts';
import {
  RAISE_EXAMPLE,
  type PromoteInput,
  type PromotionProgress,
  type RunProgress,
  type StageName,
} from '../contract/messages.ts';

/** Markdown for the Temporal UI: what a run does and waits for, in plain words. */

const TITLES: Record<StageName, string> = {
  config: 'Read the config',
  documents: 'Read and chunk the documents',
  generation: 'Generate and judge questions',
  dataset: 'Build the dataset',
  base: 'Make or find the base model',
  training: 'Fine-tune the candidates',
  evaluation: 'Evaluate against what serves',
  gate: 'Decide at the gate',
  promotion: 'Start the promotion',
};

const MARKS = { waiting: '…', running: '**running**', done: 'done', skipped: 'skipped' } as const;

/**
 * Said on every page that is not the last one: the UI keeps what it has read, and the page of a terminated workflow is the last that it
 * wrote.
 */
const asOf = (atMs: number) =>
  `_As of ${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC. Press R to see what came since; where the status above says Terminated, nothing goes on._`;

/** What the table says of a stage: one that was under way when the run ended does not run. */
const markOf = (status: keyof typeof MARKS, outcome: Outcome | undefined): string => {
  if (!outcome || status === 'done' || status === 'skipped') return MARKS[status];
  return status === 'running' ? `**${outcome.is} here**` : 'not reached';
};

/** The page of a run: of `improveModel`, `buildDataset` or `evaluateVersion`. @param atMs when it is written; without, it does not say */
export function describeRun(progress: RunProgress, atMs?: number): string {
  const { outcome } = progress;
  const rows = progress.stages.map(({ name, status, summary, seconds, startedAtMs }) => {
    const standing = status === 'running' ? standingOf(progress, { name, startedAtMs }, atMs) : undefined;
    const took = seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
    return `| ${TITLES[name]} | ${markOf(status, outcome)} | ${took} | ${cell(standing ?? summary)} |`;
  });
  const { generation } = progress;
  const has = (stage: StageName) => progress.stages.some(({ name }) => name === stage);
  const does = has('training')
    ? 'Improving'
    : has('generation')
      ? 'A dataset for'
      : has('evaluation')
        ? 'Evaluating'
        : 'Registering';
  const lines = [
    `## ${does} ${progress.model || '…'}`,
    '',
    ...(outcome ? endingLines(outcome) : progress.waitingFor ? [askForBudget(progress.waitingFor.reason), ''] : []),
    ...(!outcome && atMs !== undefined ? [asOf(atMs), ''] : []),
    ...(progress.since ? [cell(progress.since), ''] : []),
    '| stage | | took | what came of it |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(has('generation') ? ['', questionsLine(generation)] : []),
  ];
  for (const warning of progress.warnings ?? []) lines.push('', `**Look at:** ${cell(warning)}`);
  for (const line of failureLines(progress.failures ?? [])) lines.push('', `**Failed, and left out:** ${cell(line)}`);
  for (const { usd, tokens, by, why } of progress.raises ?? []) {
    const caps = [usd !== undefined && `${usd} USD`, tokens !== undefined && `${tokens} tokens`].filter(Boolean);
    lines.push('', `Budget raised to ${caps.join(' and ')} by ${cell(by)} (name as claimed): ${cell(why)}`);
  }
  if (progress.table) lines.push('', progress.table);
  if (progress.promotionId) lines.push('', `The promotion goes on as its own workflow: \`${progress.promotionId}\``);
  return lines.join('\n') + PAGE_END;
}

function questionsLine({
  tasks,
  tasksDone,
  questions,
  corrected,
  kept,
  rejected,
  unreadable,
}: RunProgress['generation']) {
  const reasons = Object.entries(rejected).map(([reason, count]) => `${count} ${reason}`);
  return (
    `${questions} questions from ${tasksDone} of ${tasks} passages${corrected > 0 ? `, ${corrected} of them corrections` : ''}; ${kept} kept` +
    (reasons.length > 0 ? `, rejected: ${reasons.join(', ')}` : '') +
    `${unreadable ? `; ${unreadable} replies could not be read` : ''}.`
  );
}

const askForBudget = (reason: string) =>
  `**Waits for a larger budget:** ${reason}. Choose *More Actions*, *Send an Update*, then \`raiseBudget\`, with an input such as \`${RAISE_EXAMPLE}\`: the new caps of the whole run. Nothing that was paid for is paid again.`;

/**
 * The page of a `promoteModel` workflow: what would change, what it waits for, how to decide, and the evidence.
 * @param about when it is written, and its id
 */
export function describePromotion(
  input: PromoteInput,
  state: PromotionProgress,
  { atMs, promotionId }: { atMs?: number; promotionId?: string } = {},
): string {
  // The short form begins with what would change, and with where the whole is.
  const [change = '', link = '', ...rest] = input.page?.brief.split('\n\n') ?? [];
  const open = state.status === 'waiting' && !state.outcome;
  const waiting = {
    waiting: waitingText(state, promotionId),
    deciding: 'Moving the alias …',
    promoted: `**Promoted.** \`${state.alias}\` points at version ${state.version}.`,
    held: '**Held.** What served before goes on serving.',
    rejected: '**Rejected.** What served before goes on serving.',
    superseded: `**Superseded.** What served before goes on serving, until the newer promotion moves the alias.`,
  }[state.status];
  return (
    [
      `## Promote ${state.model} version ${state.version} to ${state.alias}`,
      '',
      ...(state.outcome ? endingLines(state.outcome) : []),
      ...paragraphs([
        ...owedLines(state, promotionId),
        ...(open ? [change] : []),
        link,
        ...aboutLines(state, input.request),
      ]),
      ...(state.outcome ? [] : [waiting, '']),
      ...(!state.outcome && state.ended ? [cell(state.ended), ''] : []),
      ...(!state.outcome && atMs !== undefined ? [asOf(atMs), ''] : []),
      ...saidLines(state),
      '',
      ...gradingLines(state, input.page !== undefined),
      ...paragraphs(rest),
      '### Why the gate said so',
      '',
      ...input.gate.reasons.map((reason) => `- ${inCode(reason)}`),
      '',
      input.summary,
      ...gradeResultLines(state),
    ].join('\n') + PAGE_END
  );
}

const paragraphs = (texts: readonly string[]): string[] => texts.flatMap((one) => (one === '' ? [] : [one, '']));
