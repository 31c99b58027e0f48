import type { Cap } from '../budget-error.ts';
import type { FailureCount } from '../failures.ts';
import type { JobStep } from '../runs/job-step.ts';
import type { Outcome } from '../runs/outcome.ts';
import type { RaiseBudgetInput } from './budget.ts';

/** How far a run is. */

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
