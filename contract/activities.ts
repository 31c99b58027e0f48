import type { Prompt, RunConfig } from '../configs/schema.ts';
import type { DocumentChanges } from '../schema/changes.ts';
import type { DataRef } from '../schema/data.ts';
import type { Evaluation, GateDecision, ServedAs, SuiteRef } from '../schema/evaluation.ts';
import type { IndexRef } from '../schema/retrieval.ts';
import type { HostedModel } from '../schema/model-ref.ts';
import type {
  AssembleInput,
  AssembleResult,
  DocumentsResult,
  ImportShardInput,
  ProbeResult,
  ResolvedRun,
  RunTerms,
  ShardInput,
  ShardResult,
} from './dataset-stages.ts';
import type { BudgetReached } from './budget-error.ts';
import type { FailureCount } from './failures.ts';
import type { RecordGradesInput, RecordGradesResult } from './grading.ts';
import type { TellStep } from './runs/job-step.ts';
import type { BaseModelJob, JobHandle, JobSpec } from './jobs.ts';
import type {
  AnswerInput,
  CompareInput,
  CompareResult,
  FineTuneInput,
  JobFound,
  JobLabel,
  MakeBaseInput,
  PreparedTraining,
  TrainedModel,
} from './model-stages.ts';
import type { LedgerCounts } from './ports.ts';
import type { ImproveResult } from './messages/run-result.ts';
import type {
  EvidenceInput,
  EvidenceResult,
  GateReading,
  Incumbent,
  OpenPromotionInput,
  PromoteVersionInput,
  PromoteVersionResult,
  PromotionOpened,
  PromotionSettled,
  RecordDecisionInput,
  RecordDecisionResult,
  RecordReviewInput,
  RegisterInput,
  ReviewedMove,
} from './promotion-stages.ts';
import type {
  EvaluatedData,
  FoundVersion,
  KeepModelInput,
  KeptModel,
  PlanInput,
  PlannedEvaluation,
  RecordedEvaluation,
  RecordEvaluationInput,
  RegisterModelInput,
} from './version-stages.ts';

import type {
  ClaimResult,
  FinishedRunInput,
  MadeOf,
  MadeOfInput,
  ModelClaim,
  SinceLastRun,
} from './runs/run-stages.ts';

/**
 * Every activity, by the name that workflows call it. Each takes and returns one object, of references and small numbers only: see
 * the `*-stages.ts` beside this file.
 */
export interface Activities {
  resolveConfig(input: { config: string | Record<string, unknown> }): Promise<ResolvedRun>;
  /** @param input.since what serves, to say what the documents say otherwise */
  /** Takes a model for a run, where no other run of it is open. */
  claimModel(input: ModelClaim): Promise<ClaimResult>;
  /** What a run is made of, by hashes and versions. */
  readMadeOf(input: MadeOfInput): Promise<MadeOf>;
  /** What of that is not as it was when the last run of the same config came to its gate. */
  compareWithLastRun(input: { model: string; madeOf: MadeOf }): Promise<SinceLastRun>;
  /** Keeps what a run was made of that came to its gate. */
  keepFinishedRun(input: FinishedRunInput): Promise<void>;
  readDocuments(input: { config: RunConfig; since?: Incumbent }): Promise<DocumentsResult>;
  /** Makes the index of the config's model say the documents' passages, those with groups too, and no others. */
  indexDocuments(
    input: RunTerms & {
      config: RunConfig;
      chunks: DataRef;
      restricted?: DataRef;
      list: DataRef;
      presence?: DataRef;
      /** Gets the passages' vectors, too. */
      layers?: DataRef;
    },
  ): Promise<{
    index: IndexRef;
    added: number;
    kept: number;
    removed: number;
    /** What answers no more, whichever version serves, and why. */
    notes?: string[];
    layers?: DataRef;
  }>;
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
  /** Looks at a job for a while; tried again until the job is over, or has come as far as `tell` asks. `field`: of the config, for messages. */
  pollJob(input: JobLabel & { job: JobHandle; field?: string; tell?: TellStep }): Promise<JobFound>;
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
  /** Without terms, as runs of before ask it, no embedding model is asked. `unmarked`: who answers was taught nothing by the dataset. */
  freezeSuites(
    input: {
      config: RunConfig;
      dataset?: EvaluatedData;
      chunks?: DataRef;
      unmarked?: boolean;
      changes?: DocumentChanges;
      /** What serves, where nobody has compared the documents with its own yet. */
      since?: Incumbent;
    } & Partial<RunTerms>,
  ): Promise<SuiteRef[]>;
  findIncumbent(input: { model: string; alias: string }): Promise<Incumbent | null>;
  answerSuite(input: AnswerInput): Promise<DataRef & { failures?: FailureCount[] }>;
  compareArms(input: CompareInput): Promise<CompareResult>;
  /** The decision on the candidate to go on with, what kept it where that is so, those on the others, and what else an approver should know. */
  decideGate(input: {
    config: RunConfig;
    evaluation: Evaluation;
  }): Promise<
    GateDecision & { others?: GateDecision[]; reading?: GateReading } & Pick<ImproveResult, 'faults' | 'notChosen'>
  >;
  /** Keeps what an approver reads. */
  writeEvidence(input: EvidenceInput): Promise<EvidenceResult>;
  registerCandidate(input: RegisterInput): Promise<{ version: number; baseVersion: number }>;
  /** The registered version that a person names, with what is known to compare it with. */
  findVersion(input: { name: string }): Promise<FoundVersion>;
  /** How a version is to be evaluated: config, suites, dataset and base. */
  planEvaluation(input: PlanInput): Promise<PlannedEvaluation>;
  /** Writes an evaluation down as the version's newest. */
  recordEvaluation(input: RecordEvaluationInput): Promise<RecordedEvaluation>;
  /** What serves now that did not when a promotion's version was evaluated, in words; empty where nothing has changed. */
  findStale(input: {
    model: string;
    version: number;
    alias: string;
    incumbentVersion: number | null;
  }): Promise<string[]>;
  /** The same of suites and judges. */
  findStaleSuites(input: { evidence: DataRef }): Promise<string[]>;
  /** Where files that a person names lie on this machine. */
  prepareModel(input: { folder?: string; hub?: string }): Promise<BaseModelJob>;
  /** Keeps the weights of a model that was made elsewhere. */
  keepModel(input: KeepModelInput): Promise<KeptModel>;
  /** Asks a hosted model one small thing. */
  /** A prompt by its file, its examples rendered by a template. */
  readPrompt(input: { file: string; template: string }): Promise<Prompt>;
  lookHosted(input: { model: HostedModel; servedAs: ServedAs }): Promise<void>;
  /** Writes a model that was made elsewhere down as a version; the same one again is the version that it was. */
  registerModel(input: RegisterModelInput): Promise<{ version: number; isNew: boolean }>;
  countLedger(input: { runId: string }): Promise<LedgerCounts>;
  /** Has others told that a promotion still waits for people; `reminder` counts from 1. */
  tellReminder(input: { promotionId: string; reminder: number }): Promise<void>;
  /** Has others told that a run waits at its cap. */
  tellBudgetReached(input: BudgetReached): Promise<void>;
  openPromotion(input: OpenPromotionInput): Promise<PromotionOpened>;
  /** Whether the registry has settled a promotion, and by what. */
  lookAtPromotion(input: { promotionId: string }): Promise<PromotionSettled>;
  recordDecision(input: RecordDecisionInput): Promise<RecordDecisionResult>;
  /** Writes down what a person said of a promotion's blind sample, and whose the answers are. */
  recordGrades(input: RecordGradesInput): Promise<RecordGradesResult>;
  promoteVersion(input: PromoteVersionInput): Promise<PromoteVersionResult>;
  /** Writes down that a promotion came to nothing, and why; one that is settled stays as it is. */
  closePromotion(input: { promotionId: string; why: string }): Promise<void>;
  rollbackAlias(input: {
    requestId: string;
    model: string;
    alias: string;
    by: string;
    why: string;
    to?: number | undefined;
    base?: boolean | undefined;
  }): Promise<{ from: number; to: number; withdrawn?: number | undefined }>;
  takeDownAlias(input: {
    requestId: string;
    model: string;
    alias: string;
    by: string;
    why: string;
  }): Promise<{ from: number }>;
  /** Closes the review that a move past the rules owes, once. */
  recordReview(input: RecordReviewInput): Promise<ReviewedMove>;
}
