import type { RunConfig, TrainedCandidate } from '../configs/schema.ts';
import type { DocumentChanges } from '../schema/changes.ts';
import type { DataRef } from '../schema/data.ts';
import type { Evaluation, ServedAs, SuiteRef } from '../schema/evaluation.ts';
import type { ModelRef } from '../schema/model-ref.ts';
import type { OpenBook } from '../schema/retrieval.ts';
import type { DatasetResult, RunTerms } from './dataset-stages.ts';
import type { ExampleCounts, TrainingJob } from './jobs.ts';
import type { JobStep } from './runs/job-step.ts';
import type { StageName } from './messages.ts';
import type { PlanParts } from './version-stages.ts';

/** What the activities that train and evaluate models take and return. */

export interface TrainedModel {
  model: ModelRef;
  trainSeconds: number;
  steps: number;
  finalLoss?: number;
  /** What came of the training file; not of a base. */
  examples?: ExampleCounts;
  /** What it was trained on. */
  recipe?: 'facts' | 'plain';
}

export interface MakeBaseInput {
  base: string;
  chunks: DataRef;
  seed: number;
  /** Of the config, for messages. */
  field?: string;
}

export interface FineTuneInput {
  /** The idempotency key: run and candidate. */
  key: string;
  candidate: TrainedCandidate;
  base: ModelRef;
  dataset: DatasetResult;
  /** The documents' passages, for what is trained on beside the dataset's questions. */
  chunks?: DataRef;
  /** How it will answer from the documents, where the run's config has it so: what it is trained for with `openBook`. */
  openBook?: OpenBook;
  seed: number;
  model: string;
  configHash: string;
}

export interface PreparedTraining {
  job: TrainingJob;
  recipe: 'facts' | 'plain';
  /** What a person should know of what is trained on, a sentence each. */
  notes?: string[];
}

/** How a job is told of. */
export interface JobLabel {
  stage: StageName;
  label: string;
}

/** `lost`: its process is gone; launched again, it goes on from its last checkpoint. */
export type JobEnd = { status: 'completed'; trained: TrainedModel } | { status: 'lost'; reason: string };

/** What a look at a job finds; `running` only where that was asked for. */
export type JobFound = JobEnd | ({ status: 'running' } & JobStep);

/** What answers a suite: a model, asked as they would serve (by default as the config says), or what costs nothing. */
export type Arm =
  | { name: string; kind: 'model'; model: ModelRef; servedAs?: ServedAs }
  | { name: 'lookup'; kind: 'lookup'; train: DataRef }
  | { name: 'echo'; kind: 'echo' };

export interface AnswerInput extends RunTerms {
  config: RunConfig;
  suite: SuiteRef;
  arm: Arm;
}

export interface CompareInput {
  config: RunConfig;
  suites: { suite: SuiteRef; answers: DataRef[] }[];
  against: string;
  /** Arm of each candidate's own base, where the run has several. */
  bases?: Record<string, string>;
  /** What the arms ask, by arm: hash of weights, or name at a provider. */
  models: Record<string, string>;
  /** How each of them was asked, by arm. */
  serving?: Record<string, ServedAs>;
  /** What else it takes to evaluate again. */
  plan?: PlanParts;
  /** What the documents say otherwise than those of what serves. */
  changes?: DocumentChanges;
}

/** One question of a suite, answered by a candidate and its base. */
export interface AnsweredSample {
  question: string;
  reference: string;
  base: string;
  tuned: string;
  /** Whose `tuned` is. */
  candidate?: string;
  /** What of the documents it was given from: the nearest of it. */
  source?: { title: string; place?: string | undefined; text: string };
}

export interface CompareResult {
  evaluation: Evaluation;
  evidence: DataRef;
  /** The closing table in markdown. */
  table: string;
  sample: AnsweredSample | null;
}
