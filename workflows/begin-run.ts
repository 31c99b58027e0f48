import { patched, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  IMPROVE_EXAMPLE,
  ImproveInputSchema,
  PROGRESS,
  SCHEDULED_BY,
  STARTED_BY,
  StartedBySchema,
  type ImproveInput,
  type StageName,
  type StartedBy,
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
    startedBy: given,
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
  const startedBy = starter(run, given);
  return { run, source, runId, budget, startedBy, anyway: anyway || fresh };
}

/** Who started this run: not who started an earlier one whose input the Start form put in, or what somebody typed there. */
function starter(run: RunState, given: StartedBy | undefined): StartedBy | undefined {
  if (!patched('started-by-is-a-memo')) return given;
  const { memo, typedSearchAttributes } = workflowInfo();
  const { data: said } = StartedBySchema.safeParse(memo?.[STARTED_BY]);
  if (said) return said;
  if (!given || typedSearchAttributes.get(SCHEDULED_BY) !== undefined) return given;
  run.warn([
    `startedBy in its input (${given.by}, ${given.how}) does not count: it is left over from an earlier run, or was typed. Who started this one is not known; leave startedBy out`,
  ]);
  return undefined;
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
