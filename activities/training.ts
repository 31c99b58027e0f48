import { ApplicationFailure, CancelledFailure, Context, sleep } from '@temporalio/activity';
import { fileURLToPath } from 'node:url';
import { corpusOf } from '../documents/corpus.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { shortHash } from '../artifacts/place.ts';
import { localFileRef, localFolderRef } from '../artifacts/local-ref.ts';
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
import type { Activities, FineTuneInput, TrainedModel } from '../contract/activities.ts';

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
    async makeBase({ base, chunks, seed, field = 'candidates[].base' }) {
      const about = { stage: 'base', label: 'base model' } as const;
      const made = await followJob({
        ...about,
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
            return bases.launch({ base, corpus: await localFileRef(artifacts, corpus), seed });
          },
          poll: (h) => bases.poll(h),
          cancel: (h) => bases.cancel(h),
        },
      });
      const { uri, sha256 } = made.model;
      const shared = await withHeartbeat(about, async () =>
        artifacts.share({ kind: 'bases', path: await artifacts.localFolder(uri), name: shortHash(sha256) }),
      );
      return { ...made, model: { uri: shared, sha256 } };
    },

    async fineTune(input) {
      const about = { stage: 'training', label: input.candidate.name } as const;
      const trainer = trainers[input.candidate.provider];
      const { recipe, ...job } = await withHeartbeat(about, () => trainingJob(artifacts, input));
      const followed = await followJob({
        ...about,
        job: { launch: () => trainer.launch(job), poll: (h) => trainer.poll(h), cancel: (h) => trainer.cancel(h) },
      });
      const trained: TrainedModel = { ...followed, recipe };
      const { uri, sha256 } = trained.model;
      const kept = await withHeartbeat(about, async () => {
        const folder = await artifacts.localFolder(uri);
        await modelCard({ folder, input, trained });
        return artifacts.addFolder({ kind: `models/${input.model}`, path: folder, name: shortHash(sha256) });
      });
      return { ...trained, model: { uri: kept.uri, sha256 } };
    },
  };
}

/** The job of a candidate, with all that it reads on this machine, and the recipe of its training file. */
async function trainingJob(artifacts: ArtifactStore, input: FineTuneInput) {
  const { key, dataset, seed } = input;
  const base = await localFolderRef(artifacts, input.base);
  const recipe = recipeOf(input.candidate, await weightsBytes(fileURLToPath(base.uri)));
  const train = recipe === 'facts' ? await factsFile({ artifacts, input }) : dataset.train;
  const candidate = { ...input.candidate, maxSteps: stepsOf(input.candidate, train.rows) };
  const validation = await localFileRef(artifacts, dataset.validation);
  return { recipe, key, candidate, base, train: await localFileRef(artifacts, train), validation, seed };
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
