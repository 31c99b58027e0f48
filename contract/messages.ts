import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type QueryDefinition,
  type SignalDefinition,
  type UpdateDefinition,
} from '@temporalio/common';
import { z } from 'zod';
import { DataRefSchema } from '../schema/data.ts';
import { EvaluationSchema, GateDecisionSchema } from '../schema/evaluation.ts';
import type { Cap } from './budget-error.ts';
import type { PersonsDecision } from './deciding.ts';
import type { FailureCount } from './failures.ts';
import type { JobStep } from './runs/job-step.ts';
import type { Outcome } from './runs/outcome.ts';
import type { NotDone } from './runs/run-stages.ts';

/** Everything that crosses the wire to a workflow: inputs, updates, queries, search attributes, ids. */

export const MODEL = defineSearchAttributeKey('WhetstoneModel', SearchAttributeType.KEYWORD);
export const STAGE = defineSearchAttributeKey('WhetstoneStage', SearchAttributeType.KEYWORD);
/** What the run waits for, in a few words; empty when it waits for nobody. */
export const WAITING_FOR = defineSearchAttributeKey('WhetstoneWaitingFor', SearchAttributeType.KEYWORD);
export const DECISION = defineSearchAttributeKey('WhetstoneDecision', SearchAttributeType.KEYWORD);
/** How it ended, and why in a few words: see outcome.ts. Empty until then, and where it was terminated. */
export const OUTCOME = defineSearchAttributeKey('WhetstoneOutcome', SearchAttributeType.KEYWORD);
/** Temporal's own: the schedule that started a workflow. */
export const SCHEDULED_BY = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);
export const SEARCH_ATTRIBUTES = [MODEL, STAGE, WAITING_FOR, DECISION, OUTCOME];

/** Who started a run, and by what: `command line`, `schedule`. A claim, as any name that nobody signed. */
export const StartedBySchema = z.strictObject({ by: z.string().trim().min(1), how: z.string().min(1) });
export type StartedBy = z.infer<typeof StartedBySchema>;
/** The memo that says it: the Start form of the Temporal UI puts in the input of an earlier run, and no memo. */
export const STARTED_BY = 'startedBy';

export const ImproveInputSchema = z.strictObject({
  /** A name below configs/, or a whole config. */
  config: z.union([z.string().min(1), z.record(z.string(), z.unknown())]),
  /** Ask the models again for what earlier runs have paid for. */
  fresh: z.boolean().default(false),
  /** Of before: it is a memo now (STARTED_BY), and counts here for what a schedule of before starts alone. */
  startedBy: StartedBySchema.optional(),
  /** Run though nothing changed since the last run; without, what a schedule starts ends at once then. */
  anyway: z.boolean().optional(),
});
export const IMPROVE_EXAMPLE = '{"config": "quickstart"}';

export const PromoteInputSchema = z.strictObject({
  model: z.string().min(1),
  version: z.number().int().positive(),
  alias: z.string().min(1),
  /** The version that was evaluated as what serves; null when nothing served. The move is compared with it. */
  incumbentVersion: z.number().int().positive().nullable(),
  /** What the alias is first pointed at where nothing serves, so that the first promotion can be rolled back. */
  baseVersion: z.number().int().positive(),
  /** Approvals the run asks for; the alias's policy may ask for more. */
  approvals: z.number().int().min(0),
  expiresAfterMs: z.number().int().positive(),
  /** What a person decides by: the gate's words, and the evidence. */
  gate: GateDecisionSchema,
  evidence: DataRefSchema,
  /** The closing table, in markdown. */
  summary: z.string(),
  /** The evidence page: its short form in markdown, and where the whole is. Promotions of before have none. */
  page: z.strictObject({ brief: z.string(), link: z.string() }).optional(),
  requestedBy: z.string(),
  /** Where a person asks for it; `override`: whatever the gate said, where the alias's policy allows that. */
  request: z
    .strictObject({ by: z.string().trim().min(1), why: z.string().trim().min(1), override: z.boolean() })
    .optional(),
  /** What the run asks beside the alias's policy: of two, the stricter counts. */
  asks: z
    .strictObject({
      maxAge: z.string().optional(),
      p95LatencyMs: z.number().optional(),
      usdPer1000Answers: z.number().optional(),
    })
    .optional(),
  /** Who started the run that it comes from, where that is known. */
  startedBy: StartedBySchema.optional(),
});

export const RollbackInputSchema = z.strictObject({
  model: z.string().min(1),
  alias: z.string().min(1).default('production'),
  by: z.string().min(1),
  why: z.string().min(1),
  /** The version to put back; without, the one that served before. */
  to: z.number().int().positive().optional(),
  /** Also to the untuned base. */
  base: z.boolean().optional(),
});
export const ROLLBACK_EXAMPLE = '{"model": "womens-health", "by": "your name", "why": "the reason"}';

export const TakedownInputSchema = z.strictObject({
  model: z.string().min(1),
  alias: z.string().min(1).default('production'),
  by: z.string().trim().min(1),
  why: z.string().trim().min(1),
});
export const TAKEDOWN_EXAMPLE = '{"model": "womens-health", "by": "your name", "why": "the reason"}';

/** The new caps of a whole run, and who raised them. */
export const RaiseBudgetSchema = z
  .strictObject({
    usd: z.number().positive().optional(),
    tokens: z.number().int().positive().optional(),
    by: z.string().trim().min(1),
    why: z.string().trim().min(1),
  })
  .refine(({ usd, tokens }) => usd !== undefined || tokens !== undefined, 'expected usd or tokens, or both');
export const RAISE_EXAMPLE = '{"usd": 20, "by": "your name", "why": "the reason"}';
/** The type of the failure of an activity whose run may pay no more. */
export const BUDGET_FAILURE = 'whetstone.budget';
/** The type of what an attempt ends with whose job goes on: nothing failed, and it is looked at again. */
export const STILL_RUNNING = 'whetstone.still-running';
/** The type of the failure of a run of which too many items failed. */
export const FAILED_ITEMS = 'whetstone.failed-items';
/** The type of the failure of a run whose teacher can't write what is asked of it. */
export const UNREADABLE = 'whetstone.unreadable';

export const STAGE_NAMES = [
  'config',
  'documents',
  'generation',
  'dataset',
  'base',
  'training',
  'evaluation',
  'gate',
  'promotion',
] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export interface StageProgress {
  name: StageName;
  status: 'waiting' | 'running' | 'done' | 'skipped';
  /** In plain words: what came of it. */
  summary: string;
  startedAtMs?: number;
  seconds?: number;
}

/** What the query `PROGRESS` answers. */
export interface RunProgress {
  model: string;
  stages: StageProgress[];
  generation: {
    /** Calls to the teacher: a passage, or two, and a kind of questions. */
    tasks: number;
    tasksDone: number;
    questions: number;
    /** Rejected pairs that the teacher wrote again; they count among the questions. */
    corrected: number;
    kept: number;
    rejected: Record<string, number>;
    /** Replies of models that could not be read, whether or not a later one could. */
    unreadable?: number;
  };
  /** What the run needs of a person before it goes on. */
  waitingFor?: { what: 'budget'; reason: string; caps: Cap[] } | undefined;
  raises?: RaiseBudgetInput[];
  /** What could not be processed, by kind of item; the run went on without it. */
  failures?: FailureCount[];
  /** What a person should look at, though the run goes on. */
  warnings?: string[];
  promotionId?: string;
  /** The evaluation as markdown, once there is one. */
  table?: string;
  /** What changed since the last run of the same config, in words. */
  since?: string;
  /** Jobs under way that have told how far they are; `atMs`: when, and `first`: the first time, from which their pace is counted. */
  jobs?: (JobStep & { stage: StageName; label: string; atMs: number; first: { step: number; atMs: number } })[];
  /** Of a stage that is made of many parts: how many are done. */
  parts?: { stage: StageName; done: number; total: number; of: string } | undefined;
  /** How the run ended. */
  outcome?: Outcome;
}

/** An activity's heartbeat: where long work stands. */
export interface Heartbeat {
  stage: StageName;
  label: string;
  done: number;
  total: number;
  text?: string;
  /** Replies of models that could not be read so far. */
  unreadable?: number;
}

/** What a run comes to; the JSON report is made from it. */
export const ImproveResultSchema = z.strictObject({
  runId: z.string(),
  config: z.string(),
  configHash: z.string(),
  model: z.string(),
  dataset: z.strictObject({
    uri: z.string(),
    version: z.string(),
    sha256: z.string(),
    generated: z.number().int(),
    kept: z.number().int(),
    rejected: z.record(z.string(), z.number().int()),
    /** Examples that the target lacks, where a teacher was to meet it. */
    missing: z.number().int().optional(),
    /** Sentences, list items and table rows of the documents, and those that gave a pair. */
    statements: z.strictObject({ total: z.number().int(), covered: z.number().int() }).optional(),
    warnings: z.array(z.string()).optional(),
  }),
  candidates: z.array(
    z.strictObject({
      name: z.string(),
      modelUri: z.string(),
      modelSha256: z.string(),
      trainSeconds: z.number(),
      finalLoss: z.number().optional(),
      /** In the registry. */
      version: z.number().int().optional(),
    }),
  ),
  evaluation: EvaluationSchema,
  gate: GateDecisionSchema,
  /** Of the gate's reasons, those that kept the candidate from being promoted. */
  faults: z.array(z.string()).optional(),
  /** One question of the gate's suite, answered by a candidate and its base, and what of the documents it was given from. */
  sample: z
    .strictObject({
      question: z.string(),
      reference: z.string(),
      base: z.string(),
      tuned: z.string(),
      candidate: z.string().optional(),
      source: z.strictObject({ title: z.string(), place: z.string().optional(), text: z.string() }).optional(),
    })
    .nullable(),
  /** The promotion that was started, when the gate said promote. */
  promotion: z.strictObject({ workflowId: z.string(), version: z.number().int() }).nullable(),
  /** The evaluation's hash, and its page: where a person finds it is an address, or a command. */
  evidence: z
    .strictObject({ evaluation: z.string(), uri: z.string(), sha256: z.string(), link: z.string() })
    .optional(),
  ledger: z.strictObject({
    hits: z.number().int(),
    misses: z.number().int(),
    tokens: z.number().int(),
    costUsd: z.number(),
  }),
  seconds: z.record(z.string(), z.number()),
  /** What failed and was left out, in words. */
  failures: z.array(z.string()).optional(),
});

/** What `improveModel` comes to. */
export type ImproveEnd = ImproveResult | NotDone;

/** What `buildDataset` comes to. */
export type DatasetBuilt = Pick<
  ImproveResult,
  'runId' | 'config' | 'model' | 'dataset' | 'ledger' | 'seconds' | 'failures'
> & {
  documents: number;
  chunks: number;
};

export type PromoteOutcome =
  | { status: 'promoted'; model: string; alias: string; version: number; reasons: string[] }
  /** `goesOnAs`: the promotion that waits with new evidence in its place. */
  | { status: 'held'; model: string; alias: string; version: number; reasons: string[]; goesOnAs?: string }
  | { status: 'rejected'; model: string; alias: string; version: number; reasons: string[] }
  /** A newer promotion of the alias put an end to it. */
  | { status: 'superseded'; model: string; alias: string; version: number; reasons: string[] };

/** What the query `PROMOTION` answers. */
export interface PromotionProgress {
  model: string;
  version: number;
  alias: string;
  approvalsNeeded: number;
  /** `key`: what signed it; without, the name is a claim. */
  decisions: { decision: PersonsDecision; by: string; why: string; key?: string }[];
  /** As the registry counts them: of each person the last word. */
  approvals?: number;
  /** Who asks for changes: the alias stays until they approve or withdraw that. */
  requests?: { by: string; why: string }[];
  /** Decisions that came by a signal and do not count: why, the last of them. */
  notCounted?: string[];
  /** ISO 8601: when it is held if nobody has decided, and when it was reminded of. */
  expiresAt?: string;
  reminders?: string[];
  startedBy?: { by: string; how: string };
  /** Who rejected the same version before, for the same alias: a line each. */
  rejected?: string[];
  /** Why its evidence does not hold any more, as it was found when it was opened. */
  stale?: string[];
  /** What people said of the blind sample, a line each. */
  gradings?: string[];
  /** Whether only signed decisions count. */
  signed?: true;
  /** Hash of the evaluation that is decided by. */
  evidence: string;
  status: 'waiting' | 'deciding' | 'promoted' | 'held' | 'rejected' | 'superseded';
  /** Why it ended, where that is not for people's decisions to say. */
  ended?: string;
  /** How its workflow ended. */
  outcome?: Outcome;
}

export type ImproveInput = z.input<typeof ImproveInputSchema>;
export type ImproveResult = z.infer<typeof ImproveResultSchema>;
export type PromoteInput = z.infer<typeof PromoteInputSchema>;
export type TakedownInput = z.input<typeof TakedownInputSchema>;
export type RollbackInput = z.input<typeof RollbackInputSchema>;
export type RaiseBudgetInput = z.infer<typeof RaiseBudgetSchema>;

/** As the workflow's own defineUpdate, defineSignal and defineQuery, which only workflows may load. */
const update = <Result, Input>(name: string) => ({ type: 'update', name }) as UpdateDefinition<Result, [Input]>;
const signal = (name: string) => ({ type: 'signal', name }) as SignalDefinition<[]>;
const query = <Result>(name: string) => ({ type: 'query', name }) as QueryDefinition<Result>;

/** Of promoteModel: the registry has settled it, so that it looks there and ends. */
export const SETTLED = signal('settled');
/** Of improveModel and buildDataset. */
export const RAISE_BUDGET = update<RaiseBudgetInput, RaiseBudgetInput>('raiseBudget');
export const PROGRESS = query<RunProgress>('progress');
/** Of promoteModel. */
export const PROMOTION = query<PromotionProgress>('promotion');

/** One open run a config: a second start of the same config joins the first. */
export const improveId = (options: { name: string; configHash: string }) =>
  `improve/${options.name}/${options.configHash.slice(0, 8)}`;
export const datasetId = (options: { name: string; configHash: string }) =>
  `dataset/${options.name}/${options.configHash.slice(0, 8)}`;
/** One promotion a run. The end of a run's id: it starts with the time, which runs of the same minute share. */
export const promoteId = (options: { model: string; alias: string; runId: string }) =>
  `promote/${options.model}/${options.alias}/${options.runId.slice(-8)}`;
export const scheduleId = (config: string) => `retrain/${config}`;
/** The model that a schedule retrains; undefined for a schedule of somebody else's. */
export const scheduledModel = (id: string): string | undefined => /^retrain\/(.+)$/.exec(id)?.[1];
