import type { Kysely } from 'kysely';
import type { Calibration, RegistryTables } from './schema.ts';

/** What was measured of judges against people: append-only, one row for each judge's version and set of labels. */

/** Keeps a calibration. The same judge, version and labels again change nothing. */
export async function recordCalibration(db: Kysely<RegistryTables>, calibration: Calibration): Promise<void> {
  await db
    .insertInto('calibrations')
    .values(calibration)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
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
