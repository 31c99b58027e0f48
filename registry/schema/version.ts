import { z } from 'zod';
import { DataRefSchema } from '../../schema/data.ts';
import { MeasuredSchema, servedKey, type GateDecision, type Measured, type ServedAs } from '../../schema/evaluation.ts';
import { modelId, type ModelRef } from '../../schema/model-ref.ts';
import type { OpenBook } from '../../schema/retrieval.ts';

/** Versions of models, and their evaluations. */

/** An artifact by reference: uri and content hash in hex. */
export interface ArtifactRef {
  uri: string;
  sha256: string;
}

/** Kept as JSON, and so checked when it is read. */
export const SamplingSchema = z.strictObject({
  temperature: z.number().min(0).max(2),
  maxTokens: z.number().int().positive(),
});

/** What made a version, with the hashes to follow it by. Kept as JSON. */
export const MadeSchema = z.strictObject({
  configHash: z.string(),
  dataset: z.strictObject({ uri: z.string(), sha256: z.string() }),
  /** The documents' passages. */
  chunks: DataRefSchema.optional(),
  /** The documents, by id, hash and place. */
  documents: DataRefSchema.optional(),
  /** What the evaluation compared it with; null where nothing served. */
  incumbentVersion: z.number().int().nullable(),
  /** The candidate as its config has it: how it was trained. */
  candidate: z.record(z.string(), z.unknown()).optional(),
});

/** Where a version comes from that no run made. Kept as JSON. */
export const OriginSchema = z.strictObject({
  kind: z.enum(['folder', 'hub', 'hosted', 'version']),
  /** As it was named. */
  source: z.string(),
  /** What was mended, in words. */
  notes: z.array(z.string()).optional(),
  by: z.string(),
  why: z.string(),
  /** Of the workflow that registered it. */
  run: z.string(),
});

/** What an evaluation of a registered version was made with. Kept as JSON. */
export const EvaluatedAgainstSchema = z.strictObject({
  /** What the version's answers go by in it. */
  arm: z.string(),
  configHash: z.string(),
  against: z.strictObject({ model: z.string(), alias: z.string() }),
  /** What served there; null where nothing did. */
  incumbentVersion: z.number().int().nullable(),
  /** What an alias that never pointed at anything is first pointed at. */
  baseVersion: z.number().int(),
  measured: MeasuredSchema.optional(),
});

/** An evaluation of a version that was registered before. */
export interface VersionEvaluation {
  model: string;
  version: number;
  /** 1, 2, 3, ... within the version. */
  seq: number;
  /** Of the workflow that made it. */
  runId: string;
  evidence: ArtifactRef;
  gate: GateDecision;
  made: z.infer<typeof EvaluatedAgainstSchema>;
  at: string;
}

/** What answers, its system prompt, sampling and what it retrieves: promoted and rolled back as one. */
export interface ModelVersion {
  model: string;
  /** 1, 2, 3, ... within the model. */
  version: number;
  /** The candidate's name in its run, or `base` for the base model. */
  candidate: string;
  runId: string;
  base: string;
  /** What answers. */
  ref: ModelRef;
  systemPrompt: string;
  sampling: z.infer<typeof SamplingSchema>;
  /** Out of which documents it answers, and how; without, by itself. */
  openBook?: OpenBook | undefined;
  datasetVersion?: string | undefined;
  /** The evaluation that speaks for this version: its newest. */
  evidence?: ArtifactRef | undefined;
  /** What the gate said of it, whatever that was; missing in versions of before, and of a base. */
  gate?: GateDecision | undefined;
  made?: z.infer<typeof MadeSchema> | undefined;
  /** How its answers were, as its newest evaluation measured them; missing where it did not. */
  measured?: Measured | undefined;
  /** Where no run made it. */
  origin?: z.infer<typeof OriginSchema> | undefined;
  /** Its newest evaluation, where it was evaluated after it was registered. */
  evaluated?:
    | (VersionEvaluation['made'] &
        Pick<VersionEvaluation, 'seq' | 'runId' | 'at'> & {
          /** What it was registered with. */
          first: Pick<ModelVersion, 'evidence' | 'gate'>;
        })
    | undefined;
  createdAt: string;
  /** Set while the version is withdrawn: no alias moves to it until someone clears it. */
  blocked?: { by: string; why: string; at: string } | undefined;
}

/** A version as it is served. */
export const servedAsOf = ({
  systemPrompt,
  sampling,
  openBook,
}: Pick<ModelVersion, 'systemPrompt' | 'sampling' | 'openBook'>): ServedAs => ({
  systemPrompt,
  ...sampling,
  ...(openBook && { openBook }),
});

/** What makes two versions the same. */
export const contentKey = (version: Pick<ModelVersion, 'ref' | 'systemPrompt' | 'sampling' | 'openBook'>): string =>
  `${modelId(version.ref)} ${servedKey(servedAsOf(version))}`;

/** A model with what its aliases point at. */
export interface ModelSummary {
  name: string;
  versions: number;
  /** Version by alias. */
  aliases: Record<string, number>;
}
