import { z } from 'zod';
import { DataRefSchema } from '../../schema/data.ts';
import { GateDecisionSchema } from '../../schema/evaluation.ts';
import type { PersonsDecision } from '../deciding.ts';
import type { Outcome } from '../runs/outcome.ts';
import { query, signal } from './definitions.ts';
import { StartedBySchema } from './started-by.ts';

/** What `promoteModel` is started with, and where it stands. */

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
export type PromoteInput = z.infer<typeof PromoteInputSchema>;

export type PromoteOutcome =
  | { status: 'promoted'; model: string; alias: string; version: number; reasons: string[] }
  /** `goesOnAs`: the promotion that waits with new evidence in its place. */
  | { status: 'held'; model: string; alias: string; version: number; reasons: string[]; goesOnAs?: string }
  | { status: 'rejected'; model: string; alias: string; version: number; reasons: string[] }
  /** A newer promotion of the alias put an end to it. */
  | { status: 'superseded'; model: string; alias: string; version: number; reasons: string[] };

/** What somebody said. `key`: what signed it; without, the name is a claim. `setsAside`: whose requests for changes it put an end to. */
interface SaidDecision {
  decision: PersonsDecision;
  by: string;
  why: string;
  key?: string;
  setsAside?: string[];
}

/** What the query `PROMOTION` answers. */
export interface PromotionProgress {
  model: string;
  version: number;
  alias: string;
  approvalsNeeded: number;
  decisions: SaidDecision[];
  /** As the registry counts them: of each person the last word. */
  approvals?: number;
  /** Who asks for changes: the alias stays until they approve or withdraw that. */
  requests?: { by: string; why: string }[];
  /** Of a move past the rules: until when another person must review it, ISO 8601, and whether that must be signed. */
  review?: { by: string; signed: boolean };
  /** Decisions that came by a signal and do not count: why, the last of them. */
  notCounted?: string[];
  /** ISO 8601: when it is held if nobody has decided, and when it was reminded of. */
  expiresAt?: string;
  reminders?: string[];
  startedBy?: { by: string; how: string };
  /** Who rejected the same version before, for the same alias: a line each. */
  rejected?: string[];
  /** How it was withdrawn, taken down or rolled back from before, and cleared: a line each. */
  past?: string[];
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

/** Of promoteModel: the registry has settled it, so that it looks there and ends. */
export const SETTLED = signal('settled');

/** Of promoteModel. */
export const PROMOTION = query<PromotionProgress>('promotion');

/** One promotion a run. The end of a run's id: it starts with the time, which runs of the same minute share. */
export const promoteId = (options: { model: string; alias: string; runId: string }) =>
  `promote/${options.model}/${options.alias}/${options.runId.slice(-8)}`;
