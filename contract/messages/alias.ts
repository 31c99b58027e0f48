import { z } from 'zod';

/** What moves an alias back, or takes it down. */

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
export type RollbackInput = z.input<typeof RollbackInputSchema>;

export const TakedownInputSchema = z.strictObject({
  model: z.string().min(1),
  alias: z.string().min(1).default('production'),
  by: z.string().trim().min(1),
  why: z.string().trim().min(1),
});
export const TAKEDOWN_EXAMPLE = '{"model": "womens-health", "by": "your name", "why": "the reason"}';
export type TakedownInput = z.input<typeof TakedownInputSchema>;
