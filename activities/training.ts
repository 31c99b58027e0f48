import { ApplicationFailure, CancelledFailure, Context, sleep } from '@temporalio/activity';
import { corpusOf } from '../documents/corpus.ts';
import { ChunkSchema } from '../schema/data.ts';
import { weightsBytes } from '../providers/training/model-folder.ts';
import type { TrainingHandle, TrainingStatus } from '../contract/ports.ts';
import type { StageName } from '../contract/messages.ts';
import type { Dependencies } from './dependencies.ts';
import { baseSource, recipeOf, stepsOf } from '../configs/schema.ts';
import { allowedFile } from '../documents/allowed-file.ts';
import { withHeartbeat } from './heartbeat.ts';
import { modelCard } from '../training/model-card.ts';
import { factsFile } from '../training/training-file.ts';
import type { Activities, TrainedModel } from '../contract/activities.ts';

/** Between two looks at a job: a step of a small model takes a tenth of this. */
const POLL_MS = 500;

interface Job {
  launch(): Promise<TrainingHandle>;
  poll(handle: TrainingHandle): Promise<TrainingStatus>;
  cancel(handle: TrainingHandle): Promise<void>;
}

export function trainingActivities(dependencies: Dependencies): Pick<Activities, 'makeBase' | 'fineTune'> {
  const { trainers, bases, artifacts, projectRoot, allowedRoots } = dependencies;
  return {
    makeBase: ({ base, chunks, seed, field = 'candidates[].base' }) =>
      followJob({
        stage: 'base',
        label: 'base model',
        field,
        job: {
          launch: async () => {
            const source = baseSource(base);
            if (source?.kind === 'path') {
              const expected = 'a folder with config.json, weights and a tokenizer, or a .gguf file';
              const path = await allowedFile({ projectRoot, allowedRoots, field, file: source.path, expected });
              return bases.launch({ base, path, seed });
            }
            if (source?.kind !== 'made') return bases.launch({ base, seed });
            const passages = artifacts.readJsonLines(chunks, ChunkSchema);
            const corpus = await artifacts.writeJsonLines({ kind: 'corpus', rows: corpusOf(passages) });
            return bases.launch({ base, corpus, seed });
          },
          poll: (h) => bases.poll(h),
          cancel: (h) => bases.cancel(h),
        },
      }),

    async fineTune(input) {
      const { key, base, dataset, seed } = input;
      const trainer = trainers[input.candidate.provider];
      const recipe = recipeOf(input.candidate, await weightsBytes(artifacts.pathOf(base.uri)));
      const train = recipe === 'facts' ? await factsFile({ artifacts, input }) : dataset.train;
      const candidate = { ...input.candidate, maxSteps: stepsOf(input.candidate, train.rows) };
      const job = { key, candidate, base, train, validation: dataset.validation, seed };
      const followed = await followJob({
        stage: 'training',
        label: candidate.name,
        job: { launch: () => trainer.launch(job), poll: (h) => trainer.poll(h), cancel: (h) => trainer.cancel(h) },
      });
      const trained: TrainedModel = { ...followed, recipe };
      const folder = artifacts.pathOf(trained.model.uri);
      await modelCard({ folder, input, trained });
      const kept = await artifacts.addFolder({
        kind: `models/${input.model}`,
        path: folder,
        name: trained.model.sha256.slice(0, 12),
      });
      return { ...trained, model: { uri: kept.uri, sha256: trained.model.sha256 } };
    },
  };
}

/**
 * Launches or adopts a job and waits for its end. A cancelled run stops it, and so does a worker that shuts down: its
 * checkpoints stay, and the next attempt resumes. An attempt that only lost its heartbeat leaves the job to the next one.
 */
async function followJob(options: {
  stage: StageName;
  label: string;
  /** Of the config, where it is to blame for what fails. */
  field?: string;
  job: Job;
}): Promise<TrainedModel> {
  const { stage, label, field = label, job } = options;
  return withHeartbeat({ stage, label }, async (report) => {
    const handle = await job.launch();
    try {
      for (;;) {
        const status = await job.poll(handle);
        switch (status.status) {
          case 'completed':
            return {
              model: status.model,
              trainSeconds: status.trainSeconds,
              steps: status.step,
              finalLoss: status.loss,
              ...(status.examples && { examples: status.examples }),
            };
          case 'failed':
            throw ApplicationFailure.create({
              type: 'whetstone.training',
              message: `${field}: ${status.reason}`,
              nonRetryable: !status.retryable,
            });
          case 'running':
            report(
              status.step,
              status.totalSteps,
              status.loss === undefined ? (status.note ?? '') : `loss ${status.loss.toFixed(3)}`,
            );
            break;
          case 'pending':
            report(0, 1, 'starting');
            break;
          default:
            status satisfies never;
        }
        await sleep(POLL_MS);
      }
    } catch (error) {
      if (error instanceof CancelledFailure && (await mustStop())) await job.cancel(handle);
      throw error;
    }
  });
}

/** Whether an attempt that was cancelled takes its job with it: not when the server has only given it up for another attempt. */
async function mustStop(): Promise<boolean> {
  const { cancellationDetails: why, info, client } = Context.current();
  if (why?.cancelRequested || why?.workerShutdown) return true;
  if (!why?.notFound || !info.workflowExecution) return false;
  // Terminated, or closed before the cancellation came here: no attempt will follow.
  const { workflowId, runId } = info.workflowExecution;
  return client.workflow
    .getHandle(workflowId, runId)
    .describe()
    .then(
      ({ status }) => status.name !== 'RUNNING',
      (error: unknown) => error instanceof Error && error.name === 'WorkflowNotFoundError',
    );
}
