import type { RunConfig } from '../configs/schema.ts';
import type { DocumentChanges } from '../schema/changes.ts';
import type { DataRef, InstructionFlag } from '../schema/data.ts';
import type { IndexRef } from '../schema/retrieval.ts';
import type { FailureCount } from './failures.ts';
import type { Budget } from './ports.ts';

/** What the activities that make a dataset take and return. */

/** On what terms a run pays for model calls. */
export interface RunTerms {
  runId: string;
  /** Pay again for what other runs have paid for. */
  fresh: boolean;
  /** The most that the run may pay now: the config's, or what it was raised to. */
  budget: Budget;
}

export interface ResolvedRun {
  config: RunConfig;
  configHash: string;
  source: string;
  /** Whether any model's calls go out in batches, which take up to a day. */
  batched: boolean;
  /** Models behind a network that the run asks. */
  remoteModels?: number;
}

export interface DocumentsResult {
  documents: number;
  chunks: DataRef;
  /** What the teacher is asked in the first round. */
  tasks: DataRef;
  /** The documents, a line each: id, hash, title, place. */
  list?: DataRef;
  /** Hash over the documents' ids and contents. */
  documentsSha256: string;
  licences: string[];
  /** Documents that state none. */
  unlicensed?: number;
  /** Personal data that the documents had, by kind. */
  personalData: Record<string, number>;
  /** Texts that try to instruct a model: how many, and the first of them. */
  instructions: { found: number; first: InstructionFlag[] };
  /** Passages that no teacher sees because of them. */
  skipped: number;
  /** Those passages, where there are any. */
  withheld?: DataRef;
  /** Passages of documents that only some groups may read: for an index, which knows who asks, and for nothing that is trained. */
  restricted?: DataRef;
  /** What was found where, read or not: what is gone is told by it. */
  presence?: DataRef;
  /** The manifest of the documents as bytes, text and passages: see `LayersManifestSchema`. */
  layers?: DataRef;
  /** Pairs of the config's files. */
  imports: DataRef;
  /** Documents that could not be cut into passages. */
  failures?: FailureCount[];
  /** What of the documents' and pairs' files was left out, and why. */
  notes?: string[];
  /** What the documents say otherwise than those of the version that serves, where one does. */
  changes?: DocumentChanges;
  /** The snapshot of their passages, where the config has answers given from them. */
  index?: IndexRef;
}

/** What came of one small request to a model. */
export interface ProbeResult {
  /** `teacher`, `judge llm-faithfulness`, ... */
  use: string;
  /** `provider/model` */
  model: string;
  status: 'read' | 'unread' | 'refused';
  /** Why not, the reply, the likely cause and the fix. */
  why?: string;
}

export interface ShardInput extends RunTerms {
  config: RunConfig;
  tasks: DataRef;
  /** Tasks [from, to) of the file. */
  from: number;
  to: number;
}

export interface ImportShardInput extends RunTerms {
  config: RunConfig;
  imports: DataRef;
  from: number;
  to: number;
}

export interface ShardResult {
  /** Judged: pairs, what came of correcting them, and rejects of the parser. */
  examples: DataRef;
  /** Statements that the teacher said it asked nothing of, and why; absent where there are none. */
  skipped?: DataRef;
  kept: number;
  rejected: Record<string, number>;
  /** Corrections among the examples: rejected pairs that the teacher wrote again. */
  corrected: number;
  /** Replies of models that could not be read, whether or not a later one could. */
  unreadable?: number;
  /** What failed, by kind of item. */
  failures?: FailureCount[];
}

export interface AssembleInput extends RunTerms {
  config: RunConfig;
  configHash: string;
  documents: DocumentsResult;
  shards: DataRef[];
  /** What the teacher skipped, shard by shard. */
  skipped?: DataRef[];
  /** Whether a test split without a question is a failure, because what is trained is evaluated on it. */
  testNeeded?: boolean;
  /**
   * The round that may follow: a dataset that falls short of the target is not built when it has more accepted examples than
   * `above`, so that the last round was worth it. `asked`: what earlier rounds asked. Null builds it in any case.
   */
  nextRound: { sample: number; above: number; asked?: DataRef[] } | null;
}

/** A dataset, or whom to ask again because too few examples are left for the target. */
export type AssembleResult =
  | { status: 'built'; dataset: DatasetResult; failures?: FailureCount[] }
  | {
      status: 'short';
      accepted: number;
      missing: number;
      /** What to ask in the next round. */
      tasks: DataRef;
    };

export interface DatasetResult {
  uri: string;
  version: string;
  sha256: string;
  generated: number;
  kept: number;
  rejected: Record<string, number>;
  /** Examples that the target lacks, where a teacher was to meet it. */
  missing?: number;
  /** Sentences, list items and table rows of the documents, and those that gave a pair. */
  statements?: { total: number; covered: number };
  /** What a person should know before training on it, a sentence each. */
  warnings?: string[];
  /** Chat-format JSON lines for the trainer. */
  train: DataRef;
  validation: DataRef;
  /** Parquet. */
  test: DataRef;
  trainExamples: DataRef;
}
