import { JudgementSchema, type Judgement } from '../../schema/data.ts';
import { columnsOf } from '../../tables/schema-columns.ts';

/** A judgement in a file: how a judge that asks others came to it is in its reason. */
export const FiledJudgementSchema = JudgementSchema.omit({ composed: true });
export const JUDGEMENT_COLUMNS = columnsOf(FiledJudgementSchema);

export const judgementRow = ({ composed: _inReason, ...judgement }: Judgement): Omit<Judgement, 'composed'> =>
  judgement;
