import { setHandler, workflowInfo } from '@temporalio/workflow';
import {
  IMPROVE_EXAMPLE,
  ImproveInputSchema,
  PROGRESS,
  type ImproveInput,
  type StageName,
} from '../contract/messages.ts';
import type { Told } from './telling/ending.ts';
import { parseInput } from './parse-input.ts';
import { RunBudget } from './run-budget.ts';
import { RunState } from './run-state.ts';

/** What every workflow on a run config begins with: its state, its query, its input parsed, its budget, its page. */
export function beginRun(options: {
  workflow: string;
  input: ImproveInput;
  ending: Told;
  stages?: readonly StageName[];
}) {
  const { workflow, input, ending, stages } = options;
  const run = new RunState(stages);
  ending.onEnd((outcome) => run.end(outcome));
  setHandler(PROGRESS, () => run.progress, {
    description: 'Every stage: where it stands and what came of it. No input.',
  });
  const {
    config: source,
    fresh,
    startedBy,
    anyway = false,
  } = parseInput({
    schema: ImproveInputSchema,
    input,
    workflow,
    example: IMPROVE_EXAMPLE,
  });
  const runId = workflowInfo().firstExecutionRunId;
  const budget = new RunBudget(run, { runId, fresh });
  run.show();
  return { run, source, runId, budget, startedBy, anyway: anyway || fresh };
}

/** The same for a workflow that has parsed an input of its own. */
export function beginState(options: { stages: readonly StageName[]; fresh: boolean; ending: Told }) {
  const run = new RunState(options.stages);
  options.ending.onEnd((outcome) => run.end(outcome));
  setHandler(PROGRESS, () => run.progress, {
    description: 'Every stage: where it stands and what came of it. No input.',
  });
  const runId = workflowInfo().firstExecutionRunId;
  const budget = new RunBudget(run, { runId, fresh: options.fresh });
  run.show();
  return { run, runId, budget };
}
