import type { Kysely } from 'kysely';
import { transaction } from '../sql/transaction.ts';
import type { Calibration, RegistryTables } from './schema.ts';

/** What was measured of judges against people: append-only, one row for each judge's version and set of labels. */

/** Keeps a calibration. The same judge, version and labels again change nothing. */
export async function recordCalibration(db: Kysely<RegistryTables>, calibration: Calibration): Promise<void> {
  const { judge, version, labelsSha256 } = calibration;
  await transaction(db, async (trx) => {
    const kept = await trx
      .selectFrom('calibrations')
      .select('judge')
      .where('judge', '=', judge)
      .where('version', '=', version)
      .where('labelsSha256', '=', labelsSha256)
      .executeTakeFirst();
    if (kept) return;
    await trx
      .insertInto('calibrations')
      .values(calibration)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

/** The newest calibration of each version of a judge, newest first. */
export async function listCalibrations(db: Kysely<RegistryTables>, judge?: string): Promise<Calibration[]> {
  const rows = await db
    .selectFrom('calibrations')
    .selectAll()
    .$if(judge !== undefined, (query) => query.where('judge', '=', judge ?? ''))
    .orderBy('at', 'desc')
    .execute();
  const seen = new Set<string>();
  return rows.filter(({ judge: name, version }) => {
    const key = `${name}\n${version}`;
    return !seen.has(key) && seen.add(key);
  });
}
