import type { Judgement } from '../../schema/data.ts';
import type { Columns } from '../../tables/parquet-columns.ts';

/** A judgement in a file; how a judge that asks others came to it is in its reason. Each other field has a column, or the type check fails. */
export const JUDGEMENT_COLUMNS = {
  judge: { type: 'string' },
  version: { type: 'string' },
  label: { type: 'string' },
  score: { type: 'double' },
  reason: { type: 'string' },
} as const satisfies Columns & Record<Exclude<keyof Judgement, 'composed'>, unknown>;

export const judgementRow = ({ composed: _inReason, ...judgement }: Judgement): Omit<Judgement, 'composed'> =>
  judgement;
