import { setHandler, workflowInfo } from '@temporalio/workflow';
import * as activity from './proxies.ts';
import { progressQuery } from './improve-model.ts';
import { ImproveInputSchema, IMPROVE_EXAMPLE, type DatasetBuilt, type ImproveInput } from './messages.ts';
import { parseInput } from './parse-input.ts';
import { RunBudget } from './run-budget.ts';
import { RunState } from './run-state.ts';
import { makeDataset } from './stage-dataset.ts';

/** Documents to dataset, and nothing else: for people who train elsewhere. */
export async function buildDataset(input: ImproveInput): Promise<DatasetBuilt> {
  const run = new RunState(['config', 'documents', 'generation', 'dataset']);
  setHandler(progressQuery, () => run.progress, {
    description: 'Every stage: where it stands and what came of it. No input.',
  });
  const { config: source, fresh } = parseInput({
    schema: ImproveInputSchema,
    input,
    workflow: 'buildDataset',
    example: IMPROVE_EXAMPLE,
  });
  const runId = workflowInfo().firstExecutionRunId;
  const budget = new RunBudget(run, { runId, fresh });
  run.show();
  const { resolved, documents, dataset } = await makeDataset(run, { source, budget });
  const { uri, version, sha256, generated, kept, rejected } = dataset;
  return {
    runId,
    config: resolved.source,
    model: resolved.config.name,
    documents: documents.documents,
    chunks: documents.chunks.rows,
    dataset: { uri, version, sha256, generated, kept, rejected },
    ledger: await activity.countLedger({ runId }),
    seconds: run.seconds(),
  };
}
