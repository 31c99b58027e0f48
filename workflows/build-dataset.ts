import { beginRun } from './begin-run.ts';
import type { DatasetBuilt, ImproveInput } from '../contract/messages.ts';
import { tellEnding, type Told } from './telling/ending.ts';
import { DATASET_ENDS } from './telling/run-ends.ts';
import * as activity from './proxies.ts';
import { makeDataset, told } from './stage-dataset.ts';

/** Documents to dataset, and nothing else: for people who train elsewhere. */
export function buildDataset(input: ImproveInput): Promise<DatasetBuilt> {
  return tellEnding((ending) => build(input, ending), DATASET_ENDS);
}

async function build(input: ImproveInput, ending: Told): Promise<DatasetBuilt> {
  const { run, source, runId, budget } = beginRun({
    workflow: 'buildDataset',
    input,
    ending,
    stages: ['config', 'documents', 'generation', 'dataset'],
  });
  const { resolved, documents, dataset } = await makeDataset(run, {
    source,
    budget,
    testNeeded: false,
  });
  const { uri, version, sha256, generated, kept, rejected } = dataset;
  return {
    runId,
    config: resolved.source,
    model: resolved.config.name,
    documents: documents.documents,
    chunks: documents.chunks.rows,
    dataset: { uri, version, sha256, generated, kept, rejected, ...told(dataset) },
    ledger: await activity.countLedger({ runId }),
    seconds: run.seconds(),
    ...run.failures(),
  };
}
