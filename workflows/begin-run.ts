import { defineQuery, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  IMPROVE_EXAMPLE,
  ImproveInputSchema,
  type ImproveInput,
  type RunProgress,
  type StageName,
} from '../contract/messages.ts';
import { parseInput } from './parse-input.ts';
import { RunBudget } from './run-budget.ts';
import { RunState } from './run-state.ts';

const progressQuery = defineQuery<RunProgress>('progress');

/** What every workflow on a run config begins with: its state, its query, its input parsed, its budget, its page. */
export function beginRun(options: { workflow: string; input: ImproveInput; stages?: readonly StageName[] }) {
  const { workflow, input, stages } = options;
  const run = new RunState(stages);
  setHandler(progressQuery, () => run.progress, {
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
