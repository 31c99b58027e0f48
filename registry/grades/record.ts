import { z } from 'zod';
import { samePerson } from '../../contract/people.ts';
import { transaction } from '../../sql/transaction.ts';
import { getPromotion } from '../promotions.ts';
import { seal } from '../seals.ts';
import { lockModel, type Db } from '../versions.ts';
import { GradeSchema, type Grading, type GradingRow } from './schema.ts';

/** What people said of blind samples: append-only. */

export type GradingResult = { status: 'recorded' } | { status: 'refused'; message: string };

/**
 * Records what a person said of the sample of a promotion that waits. The same update id again is no second grading, and nobody grades a
 * question twice: whose the answers were is known by then.
 * @throws NotInRegistryError
 */
export async function recordGrading(db: Db, grading: Omit<Grading, 'seq'>): Promise<GradingResult> {
  const { promotionId, by, grades, updateId } = grading;
  const { model } = await getPromotion(db, promotionId);
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const { state } = await getPromotion(trx, promotionId);
    const known = await gradingsOf(trx, promotionId);
    if (known.some((one) => one.updateId === updateId)) return { status: 'recorded' };
    const refused = (message: string): GradingResult => ({
      status: 'refused',
      message: `promotion ${promotionId}: ${message}; nothing was changed`,
    });
    if (state !== 'waiting') return refused(`it is ${state}: grades are for who decides, and come before`);
    const own = known.filter((one) => samePerson(one.by, by)).flatMap((one) => one.grades);
    const again = grades.filter((one) =>
      own.some((other) => other.suite === one.suite && other.questionId === one.questionId),
    );
    if (again.length > 0)
      return refused(
        `${by} has graded ${again.length === 1 ? 'question' : 'questions'} ${again.map(({ question }) => question).join(', ')} already; leave out what was graded`,
      );
    const row: GradingRow = { ...grading, grades: JSON.stringify(grades), seq: known.length + 1 };
    await trx.insertInto('gradings').values(row).execute();
    await seal(trx, { model, table: 'gradings', row });
    return { status: 'recorded' };
  });
}

/** Gradings of a promotion, first to last. */
export async function gradingsOf(db: Db, promotionId: string): Promise<Grading[]> {
  const rows = await db
    .selectFrom('gradings')
    .selectAll()
    .where('promotionId', '=', promotionId)
    .orderBy('seq')
    .execute();
  return rows.map(toGrading);
}

/** Every grading of every promotion. */
export async function listGradings(db: Db): Promise<Grading[]> {
  return (await db.selectFrom('gradings').selectAll().orderBy('promotionId').orderBy('seq').execute()).map(toGrading);
}

const toGrading = ({ grades, ...plain }: GradingRow): Grading => ({
  ...plain,
  grades: z.array(GradeSchema).parse(JSON.parse(grades)),
});
