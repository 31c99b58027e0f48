import { z } from 'zod';
import { RunConfigSchema } from '../configs/schema.ts';
import { DataRefSchema, type DataRef } from '../schema/data.ts';
import { SuiteRefSchema, type GateDecision, type Measured, type ServedAs } from '../schema/evaluation.ts';
import { ModelRefSchema, type ModelRef, type Weights } from '../schema/model-ref.ts';
import type { DatasetResult, ResolvedRun } from './dataset-stages.ts';

/** What the activities take and return that evaluate a registered version. */

/** What of a dataset an evaluation needs. */
export type EvaluatedData = Pick<DatasetResult, 'test' | 'trainExamples'>;

/** What an evaluation was made with, kept beside it: so the same can be asked again, of another version or against another incumbent. */
export const EvaluationPlanSchema = z.strictObject({
  config: RunConfigSchema,
  configHash: z.string(),
  suites: z.array(SuiteRefSchema),
  dataset: z.strictObject({ test: DataRefSchema, trainExamples: DataRefSchema }).optional(),
  chunks: DataRefSchema.optional(),
  /** The untuned models, by their names in the config. */
  bases: z.record(z.string(), ModelRefSchema),
});
export type EvaluationPlan = z.infer<typeof EvaluationPlanSchema>;

/** A version as it is evaluated, and what is known that can be compared with it. */
export interface FoundVersion {
  model: string;
  version: number;
  /** What its answers go by. */
  arm: string;
  ref: ModelRef;
  servedAs: ServedAs;
  /** Made elsewhere: no dataset of ours has taught it. */
  foreign: boolean;
  /** The base that it was trained from, as its config names it. */
  base: string;
  /** Its own evaluation, else the newest ones of its model: their plans say how evaluations are made here. */
  evaluations: { uri: string; sha256: string }[];
  /** The dataset that it was trained on. */
  dataset?: { uri: string; sha256: string };
  chunks?: DataRef;
  /** Untuned models in the registry, by name. */
  bases: Record<string, ModelRef>;
}

export interface PlanInput {
  found: FoundVersion;
  /** Whose evaluation and gate count; without, those of the evaluations that were found. */
  config?: string | Record<string, unknown> | undefined;
  /** In place of the config's suites. */
  suites?: string[] | undefined;
  /** Promotions to this alias are what the gate decides for. */
  alias?: string | undefined;
}

/** What an evaluation of a version is made with. */
export interface PlannedEvaluation extends ResolvedRun {
  dataset?: EvaluatedData;
  chunks?: DataRef;
  /** The base to compare with; missing where it has to be brought first. */
  base?: ModelRef;
  /** What a person should know. */
  notes: string[];
}

export interface RecordEvaluationInput {
  /** Of the workflow: asked again, it is the same evaluation. */
  runId: string;
  model: string;
  version: number;
  arm: string;
  configHash: string;
  evaluation: DataRef;
  gate: GateDecision;
  /** What it was compared with. */
  against: { model: string; alias: string };
  incumbentVersion: number | null;
  base: { name: string; model: ModelRef };
  servedAs: ServedAs;
  /** How long the version's answers took. */
  measured?: Measured;
}

export interface RecordedEvaluation {
  /** 1, 2, 3, ... within the version: what a run said of it is none of these. */
  seq: number;
  /** What an alias that never pointed at anything is first pointed at. */
  baseVersion: number;
}

/** What compareArms writes down, so that the evaluation can be made again. */
export interface PlanParts {
  configHash: string;
  dataset?: EvaluatedData;
  chunks?: DataRef;
  bases: Record<string, ModelRef>;
}

export interface KeepModelInput {
  /** Its name in the registry. */
  model: string;
  /** As it was brought to this machine. */
  weights: Weights;
}

/** A model that was made elsewhere, as it stays, and what of it was mended. */
export interface KeptModel {
  weights: Weights;
  /** Of the hub: the commit. */
  revision?: string;
  notes: string[];
}

export interface RegisterModelInput {
  model: string;
  ref: ModelRef;
  servedAs: ServedAs;
  /** As a config names it; without, the source. */
  base?: string;
  origin: {
    kind: 'folder' | 'hub' | 'hosted' | 'version';
    source: string;
    notes?: string[];
    by: string;
    why: string;
    run: string;
  };
}
