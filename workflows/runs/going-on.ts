import { ApplicationFailure, patched, workflowInfo } from '@temporalio/workflow';
import type { ResolvedRun, DocumentsResult } from '../../contract/dataset-stages.ts';
import { SCHEDULED_BY } from '../../contract/messages.ts';
import type { MadeOf, NotDone } from '../../contract/runs/run-stages.ts';
import { listedOutcome } from '../../contract/runs/outcome.ts';
import type { ImproveResult } from '../../contract/messages.ts';
import { EndsHere } from '../telling/ending.ts';
import { RUN_ENDS } from '../telling/run-ends.ts';
import * as activity from '../proxies.ts';
import type { RunState } from '../run-state.ts';

/** Whether a run is to go on: it is what it says it is, nobody else works on its model, and something changed. */

/** What a run asks on its way, and what it keeps at its gate. */
export function goingOn(run: RunState, { runId, anyway }: { runId: string; anyway: boolean }) {
  let madeOf: MadeOf | undefined;
  return {
    hooks: {
      onConfig: (resolved: ResolvedRun) => claimModel(run, { resolved, runId }),
      onRead: async (resolved: ResolvedRun, documents: DocumentsResult) => {
        madeOf = await compareWithLast(run, { resolved, documents, runId, anyway });
      },
    },
    /** Keeps what the run was made of, for the next one to compare with. */
    keep: async (result: ImproveResult): Promise<ImproveResult> => {
      const { model } = result;
      const { workflowId } = workflowInfo();
      const outcome = listedOutcome(RUN_ENDS.outcomeOf(result));
      if (madeOf) await activity.keepFinishedRun({ model, workflowId, runId, madeOf, outcome });
      return result;
    },
  };
}

/** Ids that whoever starts a run from a terminal or by a schedule gives it: what a run is of stands in them. */
const NAMED_ID = /^(?:improve|dataset)\/([^/]+)\//;

/**
 * Refuses a run whose id names another config: the Start form of the Temporal UI puts in what the last run had.
 * @throws ApplicationFailure that says what to change
 */
export function checkId({ config: { name }, source }: ResolvedRun): void {
  const { workflowId } = workflowInfo();
  const named = NAMED_ID.exec(workflowId)?.[1];
  if (named === undefined || named === name || source === `configs/${named}.yaml`) return;
  if (!patched('ids-name-their-config')) return;
  throw ApplicationFailure.create({
    type: 'whetstone.input',
    nonRetryable: true,
    message:
      `improveModel: found the workflow id ${workflowId}, which names '${named}', and a config of '${name}' (${source}). ` +
      `The Start form may hold what another run had. Start it again with the id that you mean, such as improve/${name}/by-hand, or with the config of '${named}'`,
  });
}

/**
 * Takes the run's model for it.
 * @throws EndsHere where another run of the model is open
 */
async function claimModel(run: RunState, { resolved, runId }: { resolved: ResolvedRun; runId: string }) {
  if (!patched('one-run-a-model')) return;
  const { name: model } = resolved.config;
  const claim = await activity.claimModel({ model, workflowId: workflowInfo().workflowId, runId });
  if (claim.status === 'taken') {
    const { by } = claim;
    throw new EndsHere<NotDone>({
      notDone: 'not started',
      why: `a run of ${model} is open: ${by.workflowId}`,
      next: `Wait for that run, which began at ${by.since}, or cancel it: \`npx whetstone cancel ${by.workflowId}\`. Then start this one again.`,
      runId,
      config: resolved.source,
      model,
      other: { workflowId: by.workflowId, runId: by.runId },
    });
  }
  const titled = /^(?:Improve|Build the dataset of) (\S+) from /.exec(claim.summary ?? '')?.[1];
  if (titled !== undefined && titled !== model)
    run.warn([
      `the summary of this run, "${claim.summary}", is another's: the Start form held what the last run had. This run is of ${model}, from ${resolved.source}`,
    ]);
}

/**
 * Says what is not as it was when the last run of the same config came to its gate.
 * @returns what this one is made of, to be kept at its end
 * @throws EndsHere where a schedule started it and nothing changed, unless its input says to run all the same
 */
async function compareWithLast(
  run: RunState,
  options: { resolved: ResolvedRun; documents: DocumentsResult; runId: string; anyway: boolean },
): Promise<MadeOf | undefined> {
  if (!patched('runs-know-what-changed')) return undefined;
  const { resolved, documents, runId, anyway } = options;
  const { config, configHash, source } = resolved;
  const { documentsSha256, imports } = documents;
  const madeOf = await activity.readMadeOf({ config, configHash, documents: { documentsSha256, imports } });
  const { last, changed } = await activity.compareWithLastRun({ model: config.name, madeOf });
  if (!last) return madeOf;
  const before = `${last.workflowId}, which ended ${last.at.slice(0, 16).replace('T', ' ')} UTC (${last.outcome})`;
  if (changed.length > 0) {
    run.since(`Since ${before} changed: ${changed.join(', ')}.`);
    return madeOf;
  }
  const checked = Object.keys(madeOf).join(', ');
  if (anyway || !isScheduled()) {
    run.since(
      `Nothing changed since ${before}. This run goes on all the same: ${anyway ? 'its input says so' : 'somebody started it'}.`,
    );
    return madeOf;
  }
  throw new EndsHere<NotDone>({
    notDone: 'nothing changed',
    why: `since run ${last.workflowId} of ${last.at.slice(0, 16).replace('T', ' ')} UTC`,
    next: `Nothing: ${checked} are as they were, and that run came to: ${last.outcome}. To run all the same: \`npx whetstone schedule trigger ${config.name} --anyway\`.`,
    runId,
    config: source,
    model: config.name,
    other: { workflowId: last.workflowId, runId: last.runId },
  });
}

/** Temporal gives what a schedule starts this attribute, and nobody else can. */
const isScheduled = (): boolean => workflowInfo().typedSearchAttributes.get(SCHEDULED_BY) !== undefined;
