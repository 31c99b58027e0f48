import { z } from 'zod';
import type { ImproveResult } from './messages.ts';
import type { Evaluation, GateDecision } from '../schema/evaluation.ts';

/** What crosses the wire to the workflows on registered versions. */

export const EvaluateInputSchema = z.strictObject({
  /** `name@v3`, or `name@staging` for what an alias serves. */
  version: z.string().trim().min(1),
  /** Files of questions, or `test`; without, what its last evaluation asked. */
  suites: z.array(z.string().trim().min(1)).min(1).optional(),
  /** A config whose evaluation and gate settings count; without, those of its last evaluation. */
  config: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
  /** `name@alias`, what to compare with; without, what serves where it would be promoted to. */
  against: z.string().trim().min(1).optional(),
  /** Ask the models again for what was paid for before. */
  fresh: z.boolean().default(false),
});
export const EVALUATE_EXAMPLE =
  '{"version": "womens-health@v2", "suites": ["test", "datasets/samples/womens-health/golden.jsonl"]}';

/** What `evaluateVersion` comes to. */
export interface EvaluateResult extends Pick<ImproveResult, 'runId' | 'ledger' | 'seconds' | 'failures'> {
  model: string;
  version: number;
  /** Which of the version's evaluations it is. */
  seq: number;
  config: string;
  configHash: string;
  evaluation: Evaluation;
  gate: GateDecision;
  against: { model: string; alias: string };
  incumbentVersion: number | null;
  baseVersion: number;
  evidence: { evaluation: string; uri: string; rows: number };
  page?: { uri: string; sha256: string; link: string; brief: string };
  /** The closing table, in markdown. */
  table: string;
}

export type EvaluateInput = z.input<typeof EvaluateInputSchema>;

/** One open evaluation for each version and input: a second start of the same joins the first. */
export const evaluateId = (options: { model: string; version: string; inputHash: string }) =>
  `evaluate/${options.model}/${options.version}/${options.inputHash.slice(0, 8)}`;

export { parseModelName } from '../schema/model-name.ts';
