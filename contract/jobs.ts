import type { DataRef } from '../schema/data.ts';
import type { CandidateOf, TrainerName } from '../configs/schema.ts';
import type { ChatModel } from './ports.ts';
import type { ModelRef } from '../schema/model-ref.ts';

/** Work that goes on by itself once it is launched, in a process or at a provider: bases that are made, candidates that are trained. */

/** Who runs a job: the maker of bases, or the candidate's provider. */
export type JobProvider = 'base' | TrainerName;

export interface JobHandle {
  provider: JobProvider;
  /** The idempotency key: one job exists for each, however often it is launched. */
  key: string;
  /** Where the provider keeps its state, in its own terms (a folder, a job id). */
  location: string;
  /** The machine that runs it. Without one, as in handles of before, any worker of the training queue may look at it. */
  machine?: JobMachine;
}

/** A machine that runs jobs, as workflows reach it. */
export interface JobMachine {
  /** The task queue that its own workers alone listen to. */
  queue: string;
  /** It counts as gone when it has not taken a task for so long. */
  lostAfterMs: number;
}

export type JobStatus =
  | { status: 'pending' }
  /** `note`: what it is at, before there are steps to count. */
  | { status: 'running'; step: number; totalSteps: number; loss?: number; note?: string }
  | {
      status: 'completed';
      model: ModelRef;
      step: number;
      loss?: number;
      trainSeconds: number;
      examples?: ExampleCounts;
    }
  /** `retryable`: launched again, it goes on from its last checkpoint. */
  | { status: 'failed'; reason: string; retryable: boolean };

/** What came of the training file, by the base's own tokenizer. */
export interface ExampleCounts {
  examples: number;
  /** Longer than `limit` tokens, and so left out. */
  tooLong: number;
  limit: number;
  longest: number;
  meanTokens: number;
  /** The first of those left out. */
  first: { line: number; tokens: number; question: string }[];
}

/** Runs jobs of one kind. Each call is short: whoever waits for a job polls it. */
export interface JobRunner<Job> {
  /**
   * Finds the job by its key, adopts it when alive, resumes it from its last checkpoint when dead, else creates it.
   * @throws JobWaits when it can't start yet
   */
  launch(job: Job): Promise<JobHandle>;
  poll(handle: JobHandle): Promise<JobStatus>;
  /** Stops the whole process group; what was checkpointed stays. Nothing happens to a job that is over. */
  cancel(handle: JobHandle): Promise<void>;
  /** Jobs that run now on this machine, whoever launched them. */
  running(): Promise<RunningJob[]>;
}

export interface RunningJob extends JobHandle {
  /** When anybody last launched it or looked at it, in milliseconds since 1970, where that is noted. */
  askedAtMs?: number | undefined;
}

/** What the job needs is taken by others: launched again later, it may start. */
export class JobWaits extends Error {
  override name = 'JobWaits';
}

export interface TrainingJob<Name extends TrainerName = TrainerName> {
  key: string;
  candidate: CandidateOf<Name>;
  base: ModelRef;
  /** JSON lines of {"messages": [{role, content}, ...]}. */
  train: DataRef;
  validation?: DataRef;
  seed: number;
}

export interface BaseModelJob {
  /** As the config names it: see configs/base-schema.ts. */
  base: string;
  /** Where a folder or a file lies on this machine, for a base that is one. */
  path?: string;
  /** JSON lines of {"text": "..."}: the documents' sentences and passages, for `tiny-llama`. */
  corpus?: DataRef;
  seed: number;
}

export type JobSpec = { provider: 'base'; job: BaseModelJob } | { provider: TrainerName; job: TrainingJob };

/** Fine-tunes the candidates of one provider. */
export type Trainer<Name extends TrainerName = TrainerName> = JobRunner<TrainingJob<Name>>;
export type Trainers = { [Name in TrainerName]: Trainer<Name> };
/** How the models are asked that providers keep with them, by provider: bases, and what was trained. @param id at its provider */
export type HostedModels = Readonly<Record<string, (id: string, concurrency: number) => ChatModel>>;

/** Makes the models that fine-tuning starts from, or brings them from where they are; each is made once. */
export type BaseModelMaker = JobRunner<BaseModelJob>;

/** Where the machines that train reach each other's checkpoints. */
export interface CheckpointStore {
  /** Keeps a finished folder; of a job's checkpoints the newest two stay. The same one again costs a look. */
  put(checkpoint: { key: string; step: number; folder: string }): Promise<void>;
  /** Brings a job's newest whole checkpoint to this machine, where it is further than `above`. Its folder is read, not written. */
  newest(wanted: { key: string; above: number }): Promise<{ step: number; folder: string } | undefined>;
  /** Deletes what is kept of a job, and of what this process sends once it has. */
  drop(key: string): Promise<void>;
}
