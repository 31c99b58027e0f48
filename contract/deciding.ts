import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { z } from 'zod';
import { DecisionProofSchema } from '../schema/identity.ts';

/** How people decide on a promotion: Updates, and the same as a Signal, which outlives that no worker runs. */

/** What can be said while a promotion waits. `withdraw` takes a request for changes back. */
export const DECISIONS = ['approve', 'reject', 'request-changes', 'withdraw', 'break-glass'] as const;
export type PersonsDecision = (typeof DECISIONS)[number];

export const DecisionInputSchema = z.strictObject({
  /** As the Signal has it: one line is the input of both. An Update takes its own alone. */
  decision: z.enum(DECISIONS).optional(),
  by: z.string().trim().min(1),
  why: z.string().trim().min(1),
  /** What proves it, as `npx whetstone approve --sign` prints it. */
  signed: DecisionProofSchema.optional(),
});
export type DecisionInput = z.infer<typeof DecisionInputSchema>;
export const DECISION_EXAMPLE = '{"by": "your name", "why": "the reason"}';

const update = (name: string) => ({ type: 'update', name }) as UpdateDefinition<string, [DecisionInput]>;

/** Of promoteModel: each answers with what follows from the decision, in words. */
export const DECISION_UPDATES: Readonly<Record<PersonsDecision, UpdateDefinition<string, [DecisionInput]>>> = {
  approve: update('approve'),
  reject: update('reject'),
  'request-changes': update('requestChanges'),
  withdraw: update('withdrawRequest'),
  'break-glass': update('breakGlass'),
};

export const DecideSignalSchema = DecisionInputSchema.extend({
  decision: z.enum(DECISIONS),
  /** Of the Update that it repeats: both are one decision. */
  id: z.string().min(1).max(200).optional(),
});
export type DecideSignal = z.infer<typeof DecideSignalSchema>;
export const DECIDE_EXAMPLE = '{"decision": "approve", "by": "your name", "why": "the reason"}';

/** Of promoteModel: the server keeps it until a worker runs. What comes of it stands on the promotion's page. */
export const DECIDE = { type: 'signal', name: 'decide' } as SignalDefinition<[DecideSignal]>;
