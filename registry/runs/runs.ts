import type { Kysely } from 'kysely';
import { z } from 'zod';
import { transaction } from '../../sql/transaction.ts';
import type { RegistryTables } from '../schema.ts';

/** Which run works on a model now, and what finished runs were made of. */

type Db = Kysely<RegistryTables>;

/** The run that a model belongs to. Whether it is still open is for Temporal to say: nobody has to give it back. */
export type RunClaim = RegistryTables['runClaims'];

/**
 * Takes a model for a run, where nobody has it.
 * @param options.over the run that has it and is over, as was seen: only that one is replaced, so that of several who saw it one wins
 * @returns who has it now
 */
export function claimRun(db: Db, { over, ...claim }: RunClaim & { over?: string | undefined }): Promise<RunClaim> {
  return transaction(db, async (trx) => {
    const { model, ...holder } = claim;
    await trx
      .insertInto('runClaims')
      .values(claim)
      .onConflict((conflict) => conflict.column('model').doNothing())
      .execute();
    if (over !== undefined)
      await trx.updateTable('runClaims').set(holder).where('model', '=', model).where('runId', '=', over).execute();
    return trx.selectFrom('runClaims').selectAll().where('model', '=', model).executeTakeFirstOrThrow();
  });
}

/** What a run was made of, each part by a hash or a version: `documents`, `judges`, ... */
export const MadeOfSchema = z.record(z.string(), z.string());

/** A run that came to its gate. */
export type FinishedRun = Omit<RegistryTables['finishedRuns'], 'madeOf'> & { madeOf: z.infer<typeof MadeOfSchema> };

/** Keeps what a run was made of, once. */
export async function keepFinishedRun(db: Db, { madeOf, ...run }: FinishedRun): Promise<void> {
  await transaction(db, async (trx) => {
    const kept = await trx.selectFrom('finishedRuns').select('runId').where('runId', '=', run.runId).executeTakeFirst();
    if (!kept)
      await trx
        .insertInto('finishedRuns')
        .values({ ...run, madeOf: JSON.stringify(madeOf) })
        .execute();
  });
}

/** The last run of a model that came to its gate, of those that `isAsked`. */
export async function lastFinishedRun(
  db: Db,
  model: string,
  isAsked: (run: FinishedRun) => boolean = () => true,
): Promise<FinishedRun | undefined> {
  const rows = await db
    .selectFrom('finishedRuns')
    .selectAll()
    .where('model', '=', model)
    .orderBy('at', 'desc')
    .orderBy('runId', 'desc')
    .execute();
  return rows.map((row) => ({ ...row, madeOf: MadeOfSchema.parse(JSON.parse(row.madeOf)) })).find(isAsked);
}
