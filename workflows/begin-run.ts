import { setHandler, workflowInfo } from '@temporalio/workflow';
import {
  IMPROVE_EXAMPLE,
  ImproveInputSchema,
  PROGRESS,
  type ImproveInput,
  type StageName,
} from '../contract/messages.ts';
import { parseInput } from './parse-input.ts';
import { RunBudget } from './run-budget.ts';
import { RunState } from './run-state.ts';

/** What every workflow on a run config begins with: its state, its query, its input parsed, its budget, its page. */
export function beginRun(options: { workflow: string; input: ImproveInput; stages?: readonly StageName[] }) {
  const { workflow, input, stages } = options;
  const run = new RunState(stages);
  setHandler(PROGRESS, () => run.progress, {
    description: 'Every stage: where it stands and what came of it. No input.',
  });
  const { config: source, fresh } = parseInput({
    schema: ImproveInputSchema,
    input,
    workflow,
    example: IMPROVE_EXAMPLE,
  });
  const runId = workflowInfo().firstExecutionRunId;
  const budget = new RunBudget(run, { runId, fresh });
  run.show();
  return { run, source, runId, budget };
}

/** The same for a workflow that has parsed an input of its own. */
export function beginState(options: { stages: readonly StageName[]; fresh: boolean }) {
  const run = new RunState(options.stages);
  setHandler(PROGRESS, () => run.progress, {
    description: 'Every stage: where it stands and what came of it. No input.',
  });
  const runId = workflowInfo().firstExecutionRunId;
  const budget = new RunBudget(run, { runId, fresh: options.fresh });
  run.show();
  return { run, runId, budget };
}
