import { z } from 'zod';
import { update } from './definitions.ts';

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
export type RaiseBudgetInput = z.infer<typeof RaiseBudgetSchema>;

/** The type of the failure of an activity whose run may pay no more. */
export const BUDGET_FAILURE = 'whetstone.budget';

/** Of improveModel and buildDataset. */
export const RAISE_BUDGET = update<RaiseBudgetInput, RaiseBudgetInput>('raiseBudget');
