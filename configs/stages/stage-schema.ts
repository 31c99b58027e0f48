import { z } from 'zod';
import { PricesSchema, positiveInteger, text } from '../model-schema.ts';
import { NameSchema } from '../name-schema.ts';

/** The policy of each alias: configs/stages.yaml, read anew for each decision and each move, never by a run. */

const DURATION = 'hours or days, such as 36h or 14d';
export const DurationSchema = z
  .string()
  .regex(/^[1-9]\d{0,4}[hd]$/)
  .meta({ expected: DURATION });

/** What `36h` or `14d` comes to. */
export const durationMs = (duration: string): number =>
  Number(duration.slice(0, -1)) * (duration.endsWith('d') ? 24 : 1) * 3_600_000;

/** Who may decide on promotions at all; an alias may ask for one of them. */
const DecidingRoleSchema = z.enum(['approver', 'admin']);

const ApprovalsSchema = z.union([
  z.number().int().min(0).max(10),
  z.strictObject({
    count: z.number().int().min(1).max(10).describe('People who must approve.'),
    roles: z
      .array(DecidingRoleSchema)
      .min(1)
      .describe('Roles, one of which the key of each must have: such approvals are signed.'),
  }),
]);

/** What a run may ask, too: of two, the smaller limit counts. */
const measuredLimits = {
  p95LatencyMs: positiveInteger
    .optional()
    .describe('Most milliseconds that 95 of 100 answers may take, as the evaluation measured them.'),
  usdPer1000Answers: z
    .number()
    .positive()
    .optional()
    .describe(
      "Most US dollars for 1,000 answers: a hosted model's by its tokens and `providers.<name>.prices`, weights' by the time that they take and `machineUsdPerHour`.",
    ),
};
export const AskedConstraintsSchema = z.strictObject(measuredLimits);

const ConstraintsSchema = z.strictObject({
  ...measuredLimits,
  machineUsdPerHour: z
    .number()
    .positive()
    .optional()
    .describe(
      'US dollars for an hour of the machine that serves weights. An answer is charged as if the machine gave no other meanwhile, which is the most that it can cost.',
    ),
  regions: z
    .array(text)
    .min(1)
    .optional()
    .describe('Where a hosted model may be, as `providers.<name>.region` says. Weights are served by ourselves.'),
  providers: z
    .record(
      text,
      z.strictObject({
        region: text.optional().describe('Where it answers.'),
        prices: PricesSchema.optional().describe('What it costs.'),
      }),
    )
    .optional()
    .describe('By provider: what we know of it.'),
});

const NO_CANARY =
  'there is no canary yet. Leave it out: try the version on an alias of its own first, such as staging, and ask for `approvals` before production';

const BreakGlassSchema = z.union([
  z.literal('never'),
  z.strictObject({
    roles: z
      .array(DecidingRoleSchema)
      .min(1)
      .optional()
      .describe('Roles, one of which the key of who does it must have: it is signed then.'),
    reviewWithin: DurationSchema.default('72h').describe('Within how long another person must review it.'),
  }),
]);

const REMINDER = 'a share of the time that it waits, such as 50%, or how long before its end, such as 24h';

export const StagePolicySchema = z.strictObject({
  description: z.string().default('').describe('What the alias is for.'),
  approvals: ApprovalsSchema.default(0).describe('People who must approve before the alias moves.'),
  evidence: z
    .array(z.enum(['evaluation', 'gate-promote']))
    .default(['evaluation', 'gate-promote'])
    .describe(
      "What a move must carry. `evaluation`: an evaluation against what serves; `gate-promote`: the gate's yes.",
    ),
  maxAge: DurationSchema.optional().describe('How old the evaluation may be when the alias moves.'),
  constraints: ConstraintsSchema.optional().describe(
    'What is asked of what is promoted; what is not known does not pass.',
  ),
  override: z
    .union([z.number().int().min(1).max(10), z.literal('never')])
    .optional()
    .describe(
      'Where `gate-promote` is asked: people, other than the one who asks, who must approve what the gate did not; 1 where it is left out. `never`: nobody can.',
    ),
  authenticated: z
    .boolean()
    .optional()
    .describe(
      'Whether only decisions count that are signed by a key that `npx whetstone keys list` shows. Without it a name is a claim; a signature that comes all the same must be right.',
    ),
  fourEyes: z
    .boolean()
    .optional()
    .describe(
      'Whether nobody moves the alias alone: at least two people approve, both signed, and who asked for the promotion, or started its run, is none of them.',
    ),
  breakGlass: BreakGlassSchema.optional().describe(
    'Whether a person may move the alias at once, past approvals and gate, and owes a review. `never`, also where it is left out: nobody.',
  ),
  remind: z
    .array(
      z
        .string()
        .regex(/^([1-9]\d?%|[1-9]\d{0,4}[hd])$/)
        .meta({ expected: REMINDER }),
    )
    .optional()
    .describe(`When a promotion that waits says so again: ${REMINDER}. Without it 50% and 24h; an empty list: never.`),
  canary: z
    .unknown()
    .refine(() => false, { error: NO_CANARY })
    .optional()
    .describe('Refused: there is no canary yet.'),
});

export const StagesSchema = z.strictObject({
  aliases: z.record(NameSchema, StagePolicySchema).describe('The policy of each alias, by its name.'),
});

export type StagePolicy = z.output<typeof StagePolicySchema>;
export type Stages = z.output<typeof StagesSchema>;
