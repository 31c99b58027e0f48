import type { CandidateConfig, RunConfig } from '../configs/schema.ts';
import type { DataRef, InstructionFlag } from '../schema/data.ts';
import type { Evaluation, GateDecision, ServedAs, SuiteRef } from '../schema/evaluation.ts';
import type { FailureCount } from './failures.ts';
import type { BaseModelJob, ExampleCounts, JobHandle, JobSpec, TrainingJob } from './jobs.ts';
import type { PromoteInput, StageName } from './messages.ts';
import type { ModelRef } from '../schema/model-ref.ts';
import type { Budget, LedgerCounts } from './ports.ts';

/** What each activity takes and returns: one object each, references and small numbers only. */

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
  /** Pairs of the config's files. */
  imports: DataRef;
  /** Documents that could not be cut into passages. */
  failures?: FailureCount[];
  /** What of the documents' and pairs' files was left out, and why. */
  notes?: string[];
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

/** On what terms a run pays for model calls. */
export interface RunTerms {
  runId: string;
  /** Pay again for what other runs have paid for. */
  fresh: boolean;
  /** The most that the run may pay now: the config's, or what it was raised to. */
  budget: Budget;
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
  candidate: CandidateConfig;
  base: ModelRef;
  dataset: DatasetResult;
  /** The documents' passages, for the recipe that trains on them too. */
  chunks?: DataRef;
  seed: number;
  model: string;
  configHash: string;
}

export interface PreparedTraining {
  job: TrainingJob;
  recipe: 'facts' | 'plain';
}

/** How a job is told of. */
export interface JobLabel {
  stage: StageName;
  label: string;
}

/** `lost`: its process is gone; launched again, it goes on from its last checkpoint. */
export type JobEnd = { status: 'completed'; trained: TrainedModel } | { status: 'lost'; reason: string };

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
}

export interface CompareResult {
  evaluation: Evaluation;
  evidence: DataRef;
  /** The closing table in markdown. */
  table: string;
  sample: { question: string; reference: string; base: string; tuned: string } | null;
}

export interface Incumbent {
  version: number;
  model: ModelRef;
  servedAs?: ServedAs;
}

export interface RegisterInput {
  runId: string;
  config: RunConfig;
  configHash: string;
  base: ModelRef;
  candidate: { name: string; trained: TrainedModel };
  dataset: DatasetResult;
  evaluation: Evaluation;
  gate: GateDecision;
  evidence: DataRef;
  incumbentVersion: number | null;
}

export type PromoteVersionInput = Pick<
  PromoteInput,
  'model' | 'version' | 'alias' | 'incumbentVersion' | 'baseVersion'
> & { promotionId: string; by: string; why: string };

export type PromoteVersionResult =
  { status: 'moved'; version: number } | { status: 'conflict' | 'blocked' | 'refused'; reason: string };

export interface RecordDecisionInput {
  promotionId: string;
  updateId: string;
  decision: 'approve' | 'reject' | 'expire';
  by: string;
  why: string;
}

/** Every activity, by the name that workflows call it. */
export interface Activities {
  resolveConfig(input: { config: string | Record<string, unknown> }): Promise<ResolvedRun>;
  readDocuments(input: { config: RunConfig }): Promise<DocumentsResult>;
  /** Asks each model one small thing, before anything is made with it. */
  probeModels(input: RunTerms & { config: RunConfig }): Promise<ProbeResult[]>;
  /** Screens and judges imported pairs [from, to). */
  judgeImports(input: ImportShardInput): Promise<ShardResult>;
  /** Generates, judges and corrects. */
  makeExamples(input: ShardInput): Promise<ShardResult>;
  assembleDataset(input: AssembleInput): Promise<AssembleResult>;
  /** What a base is made of. */
  prepareBase(input: MakeBaseInput): Promise<BaseModelJob>;
  /** Writes what a candidate is trained on. */
  prepareTraining(input: FineTuneInput): Promise<PreparedTraining>;
  /** Starts or adopts a job, once it can start. */
  launchJob(input: JobLabel & { spec: JobSpec }): Promise<JobHandle>;
  /** Looks at a job for a while; tried again until the job is over. `field`: of the config, for messages. */
  pollJob(input: JobLabel & { job: JobHandle; field?: string }): Promise<JobEnd>;
  /** Stops a job, if it runs. */
  cancelJob(input: { job: JobHandle }): Promise<void>;
  /** Lets all machines read a base. */
  keepBase(input: { trained: TrainedModel }): Promise<TrainedModel>;
  /** Keeps what training made, with its card. */
  keepTrained(input: FineTuneInput & { trained: TrainedModel }): Promise<TrainedModel>;
  /** The whole of it in one activity, as runs of before jobs were polled ask for it. */
  makeBase(input: MakeBaseInput): Promise<TrainedModel>;
  /** As `makeBase`. */
  fineTune(input: FineTuneInput): Promise<TrainedModel>;
  /** Without terms, as runs of before ask it, no embedding model is asked. */
  freezeSuites(
    input: { config: RunConfig; dataset: DatasetResult; chunks: DataRef } & Partial<RunTerms>,
  ): Promise<SuiteRef[]>;
  findIncumbent(input: { model: string; alias: string }): Promise<Incumbent | null>;
  answerSuite(input: AnswerInput): Promise<DataRef & { failures?: FailureCount[] }>;
  compareArms(input: CompareInput): Promise<CompareResult>;
  decideGate(input: { config: RunConfig; evaluation: Evaluation }): Promise<GateDecision>;
  registerCandidate(input: RegisterInput): Promise<{ version: number; baseVersion: number }>;
  countLedger(input: { runId: string }): Promise<LedgerCounts>;
  openPromotion(input: OpenPromotionInput): Promise<{ approvalsNeeded: number }>;
  recordDecision(input: RecordDecisionInput): Promise<{ status: 'recorded' } | { status: 'refused'; message: string }>;
  promoteVersion(input: PromoteVersionInput): Promise<PromoteVersionResult>;
  /** Writes down that a promotion came to nothing, and why; one that is settled stays as it is. */
  closePromotion(input: { promotionId: string; why: string }): Promise<void>;
  rollbackAlias(input: {
    requestId: string;
    model: string;
    alias: string;
    by: string;
    why: string;
  }): Promise<{ from: number; to: number }>;
}

/** What a promotion was started with, but for what only its workflow and people need. */
export type OpenPromotionInput = Omit<PromoteInput, 'expiresAfterMs' | 'summary' | 'requestedBy'> & {
  promotionId: string;
};
