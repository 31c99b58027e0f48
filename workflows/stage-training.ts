import { ApplicationFailure, patched } from '@temporalio/workflow';
import type { PromptCandidate, QuoteCandidate, RunConfig } from '../configs/schema.ts';
import type { DatasetResult, ResolvedRun } from '../contract/dataset-stages.ts';
import type { FineTuneInput, MakeBaseInput, TrainedModel } from '../contract/model-stages.ts';
import type { DataRef } from '../schema/data.ts';
import type { OpenBook } from '../schema/retrieval.ts';
import { hostedModel } from '../contract/model-ref.ts';
import * as activity from './proxies.ts';
import { runJob } from './run-job.ts';
import type { RunState } from './run-state.ts';

const basesOf = (config: RunConfig) => [...new Set(config.candidates.map((c) => c.base))];

/**
 * Whether a base is looked at before questions are generated: one that somebody else made may turn out not to be trainable,
 * and nothing is to be paid before that is known. What is made from the documents takes a minute, and can be made meanwhile.
 */
export const basesComeFirst = (config: RunConfig): boolean =>
  basesOf(config).some((base) => base !== 'tiny-llama') && patched('bases-before-questions');

/** Each base that a candidate starts from, once. */
export async function makeBases(
  run: RunState,
  options: { resolved: ResolvedRun; chunks: DataRef },
): Promise<Map<string, TrainedModel>> {
  const { config } = options.resolved;
  const names = basesOf(config);
  return run.stage(
    'base',
    async () => {
      const made = new Map<string, TrainedModel>();
      for (const base of names)
        made.set(
          base,
          await makeBase(run, {
            base,
            chunks: options.chunks,
            seed: config.seed,
            field: `candidates[${config.candidates.findIndex((c) => c.base === base)}].base`,
          }),
        );
      return made;
    },
    () => names.join(', '),
  );
}

/** Fine-tunes every candidate; how many at once is for the workers of the training queue to say. */
export async function train(
  run: RunState,
  options: {
    resolved: ResolvedRun;
    dataset: DatasetResult;
    chunks: DataRef;
    /** How candidates will answer from the documents, where they do. */
    openBook?: OpenBook | undefined;
    baseOf: Map<string, TrainedModel>;
    runId: string;
  },
): Promise<Map<string, TrainedModel>> {
  const { resolved, dataset, chunks, openBook, baseOf, runId } = options;
  const { config } = resolved;
  return run.stage(
    'training',
    async () => {
      const trained = await Promise.all(
        config.candidates.map(async (candidate) => {
          if (candidate.provider === 'quote') return [candidate.name, quoting(candidate)] as const;
          const base = baseOf.get(candidate.base);
          if (!base) throw ApplicationFailure.nonRetryable(`no base ${candidate.base}`);
          if (candidate.provider === 'prompt') return [candidate.name, prompted(run, candidate, base)] as const;
          const model = await fineTune(run, {
            key: `${runId}-${candidate.name}`,
            candidate,
            base: base.model,
            dataset,
            chunks,
            ...(openBook && { openBook }),
            seed: config.seed,
            model: config.name,
            configHash: resolved.configHash,
          });
          return [candidate.name, model] as const;
        }),
      );
      return new Map(trained);
    },
    (trained) =>
      [...trained]
        .map(([name, t]) => {
          if (t.model.kind === 'quote') return `${name}: no model`;
          if (t.steps === 0) return `${name}: the base, under a prompt`;
          return `${name}: ${t.steps} steps, loss ${t.finalLoss?.toFixed(3) ?? '?'}${tooLong(t)}`;
        })
        .join('; '),
  );
}

const JOBS_ARE_POLLED = 'jobs-are-polled';

async function makeBase(run: RunState, input: MakeBaseInput): Promise<TrainedModel> {
  const hosted = hostedModel(input.base);
  if (hosted) return { model: hosted, trainSeconds: 0, steps: 0 };
  const summary = { summary: input.base };
  if (!patched(JOBS_ARE_POLLED)) return activity.trainingOfBefore().makeBase.executeWithOptions(summary, [input]);
  const job = await activity.prepareBase.executeWithOptions(summary, [input]);
  return runJob(run, {
    spec: { provider: 'base', job },
    about: { stage: 'base', label: 'base model' },
    ...summary,
    ...(input.field !== undefined && { field: input.field }),
    keep: (trained, where) => activity.keepBase.executeWithOptions({ ...summary, ...where }, [{ trained }]),
  });
}

async function fineTune(run: RunState, input: FineTuneInput): Promise<TrainedModel> {
  const { provider, name: label } = input.candidate;
  const summary = { summary: label };
  if (!patched(JOBS_ARE_POLLED)) return activity.trainingOfBefore().fineTune.executeWithOptions(summary, [input]);
  const { job, recipe, notes = [] } = await activity.prepareTraining.executeWithOptions(summary, [input]);
  run.warn(notes.map((note) => `${label}: ${note}`));
  return runJob(run, {
    spec: { provider, job },
    about: { stage: 'training', label },
    ...summary,
    keep: (trained, where) =>
      activity.keepTrained.executeWithOptions({ ...summary, ...where }, [
        { ...input, trained: { ...trained, recipe } },
      ]),
  });
}

/** What quotes is made by being named. */
const quoting = ({ sentences }: QuoteCandidate): TrainedModel => ({
  model: { kind: 'quote', sentences, rule: 1 },
  trainSeconds: 0,
  steps: 0,
});

/** The base, as it is. */
function prompted(run: RunState, { name, prompt }: PromptCandidate, { model }: TrainedModel): TrainedModel {
  if (typeof prompt !== 'string') run.warn(prompt.notes.map((note) => `${name}: ${prompt.file}: ${note}`));
  return { model, trainSeconds: 0, steps: 0 };
}

/** Said only where there is something to say. */
function tooLong({ examples }: TrainedModel): string {
  if (!examples || examples.tooLong === 0) return '';
  return `, ${examples.tooLong} of ${examples.examples} examples left out as longer than ${examples.limit} tokens`;
}
