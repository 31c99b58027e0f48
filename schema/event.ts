import { z } from 'zod';

/** What the registry tells others, by type, in the words of the docs. */
export const EVENTS = {
  'version.registered': 'A version was registered, whatever the gate said of it.',
  'version.evaluated': 'A registered version was evaluated again, on another suite or against what serves now.',
  'version.withdrawn': 'A version was withdrawn: no alias moves to it until somebody clears it.',
  'version.cleared': 'A withdrawn version may be promoted again.',
  'approval.wanted': 'A promotion was opened, and waits for people.',
  'approval.reminded': 'A promotion still waits for people.',
  'approval.decided': 'Somebody decided on a promotion.',
  'promotion.promoted': 'An alias moved to the version that was promoted.',
  'promotion.held': 'A promotion came to nothing; `why` says what kept it.',
  'promotion.rejected': 'Somebody rejected a promotion.',
  'promotion.expired': 'Nobody decided on a promotion in time.',
  'promotion.superseded':
    'A promotion came to nothing because a newer one took its place, or another version serves than was expected.',
  'promotion.reviewed': 'Another person reviewed a move that was made past its rules.',
  'alias.bootstrapped': 'An alias that had never served anything was pointed at the base, before its first promotion.',
  'alias.glass_broken':
    'Somebody moved an alias at once, past its approvals and its gate; another person owes a review.',
  'alias.rolled_back': 'An alias went back to a version that served before.',
  'alias.taken_down': 'An alias serves nothing any more.',
  'budget.reached': 'A run waits because its budget is used up.',
} as const;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as [EventType, ...EventType[]];

/** Names that are taken for what is not there yet, and why nobody may ask for them. */
export const FUTURE_EVENTS = { 'canary.harmed': 'there are no canaries yet, so it would never be sent' } as const;

/** What an event says, beside the model and the alias that it is about. */
export const EventDataSchema = z.object({
  /** The version that it is about. */
  version: z.number().int().optional(),
  /** What served before. */
  fromVersion: z.number().int().nullable().optional(),
  /** The number of the move among those of its alias. */
  move: z.number().int().optional(),
  /** The promotion, and the id of its workflow. */
  promotionId: z.string().optional(),
  by: z.string().optional(),
  why: z.string().optional(),
  /** What somebody decided. */
  decision: z.string().optional(),
  /** ISO 8601: until when another person must have reviewed it. */
  reviewBy: z.string().optional(),
  approvalsNeeded: z.number().int().optional(),
  /** ISO 8601: until when it waits. */
  expiresAt: z.string().optional(),
  gateDecision: z.string().optional(),
  /** The gate's, in words. */
  reasons: z.array(z.string()).optional(),
  /** Hash of the evaluation that it rests on. */
  evidenceSha256: z.string().optional(),
  /** The run that waits, and what it may pay. */
  workflowId: z.string().optional(),
  caps: z.array(z.string()).optional(),
});

export type EventData = z.infer<typeof EventDataSchema>;

/** One thing that happened. */
export interface RegistryEvent {
  /** 1, 2, 3, ... in the order in which it happened. */
  seq: number;
  /** The same however often it is told. */
  id: string;
  type: EventType;
  model: string;
  /** Null where it is about no alias. */
  alias: string | null;
  /** ISO 8601. */
  at: string;
  data: EventData;
}
