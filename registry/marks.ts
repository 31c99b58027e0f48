import { transaction } from '../sql/transaction.ts';
import { seal } from './seals.ts';
import type { Mark } from './schema.ts';
import { getVersion, lockModel, type Db } from './versions.ts';

/** What people say of an alias or a version until they take it back: append-only, the last row stands. */

export type Subject = { alias: string } | { version: number };

export type NewMark = Omit<Mark, 'seq' | 'subject'> & { of: Subject };

/** As it is kept: `alias:production`, `version:3`. */
export const subjectName = (of: Subject): string => ('alias' in of ? `alias:${of.alias}` : `version:${of.version}`);

const OPPOSITE = { unpin: 'pin', restore: 'archive' } as const;

/**
 * Pins an alias to what it serves, so that no promotion moves it, or puts a version away; or takes that back.
 * @returns false where that stands already, and nothing was changed
 * @throws NotInRegistryError for a model or a version that is not there
 */
export function appendMark(db: Db, { of, ...mark }: NewMark): Promise<boolean> {
  const subject = subjectName(of);
  return transaction(db, async (trx) => {
    await lockModel(trx, mark.model);
    if ('version' in of) await getVersion(trx, mark.model, of.version);
    const last = (await listMarks(trx, mark.model)).findLast((one) => one.subject === subject);
    const takesBack = mark.action === 'unpin' || mark.action === 'restore';
    const stands = takesBack
      ? last?.action !== OPPOSITE[mark.action as keyof typeof OPPOSITE]
      : last?.action === mark.action;
    if (stands) return false;
    const row = { ...mark, subject, seq: (last?.seq ?? 0) + 1 };
    await trx.insertInto('marks').values(row).execute();
    await seal(trx, { model: mark.model, table: 'marks', row });
    return true;
  });
}

/** Every mark of a model, oldest first within each subject. */
export function listMarks(db: Db, model: string): Promise<Mark[]> {
  return db.selectFrom('marks').selectAll().where('model', '=', model).orderBy('subject').orderBy('seq').execute();
}

/** The mark that stands on a subject: a pin or an archive. */
export function standing(marks: readonly Mark[], of: Subject): Mark | undefined {
  const name = subjectName(of);
  const last = marks.findLast(({ subject }) => subject === name);
  return last?.action === 'pin' || last?.action === 'archive' ? last : undefined;
}

/** Why a promotion can't move an alias to a version now; undefined where no mark keeps it. */
export async function keptBy(
  db: Db,
  move: { model: string; alias: string; version: number },
): Promise<string | undefined> {
  const marks = await listMarks(db, move.model);
  const pin = standing(marks, { alias: move.alias });
  if (pin) return `it is pinned by ${pin.by} at ${pin.at} (${pin.why}); unpin it first`;
  const archived = standing(marks, { version: move.version });
  if (archived)
    return `version ${move.version} was archived by ${archived.by} at ${archived.at} (${archived.why}); restore it first`;
  return undefined;
}
