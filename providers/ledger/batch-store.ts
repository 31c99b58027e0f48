import { sql, type Kysely } from 'kysely';
import { transaction } from '../../sql/transaction.ts';
import { listOf, valuesOf } from '../../sql/words.ts';
import type { Owner, Owners } from './owners.ts';
import type { LedgerTables } from './tables.ts';

/** Which calls wait in which batch: kept beside the ledger, so that a batch outlives the worker that sent it. */
export interface BatchStore {
  /** Writes down a batch before it is sent: one that was sent and not noted would be paid twice. */
  open(batch: { id: string; server: string; keys: readonly string[] }): Promise<void>;
  /** Notes what the server calls it. */
  sent(batch: { id: string; remoteId: string }): Promise<void>;
  /** The batch that each of these calls waits in. */
  find(keys: readonly string[]): Promise<Map<string, OpenBatch>>;
  /** Whether another process than this one may still be sending it. */
  isSentElsewhere(batch: OpenBatch): Promise<boolean>;
  /** These calls got no answer there: they may be sent again. */
  forget(keys: readonly string[]): Promise<void>;
}

export interface OpenBatch {
  id: string;
  /** Undefined where the worker died while it sent it. */
  remoteId: string | undefined;
  /** Who sent it, or sends it now. */
  owner: Owner;
}

export function createBatchStore(db: Kysely<LedgerTables>, owners: Owners): BatchStore {
  return {
    open: ({ id, server, keys }) =>
      transaction(db, async (trx) => {
        await trx.insertInto('batch').values({ id, server, remoteId: null, owner: owners.self }).execute();
        await sql`insert into batch_call (key, batch)
          select value, ${id} from ${valuesOf(trx, keys)} where true
          on conflict (key) do update set batch = excluded.batch`.execute(trx);
      }),
    sent: async ({ id, remoteId }) => {
      await db.updateTable('batch').set({ remoteId }).where('id', '=', id).execute();
    },
    find: async (keys) => {
      const { rows } = await sql<{ key: string; id: string; remoteId: string | null; owner: string }>`
        select batch_call.key as key, batch.id as id, batch.remote_id as "remoteId", batch.owner as owner
        from batch_call join batch on batch.id = batch_call.batch
        where batch_call.key in ${listOf(db, keys)}`.execute(db);
      return new Map(
        rows.map(({ key, id, remoteId, owner }) => [
          key,
          { id, remoteId: remoteId ?? undefined, owner: ownerOf(owner) },
        ]),
      );
    },
    isSentElsewhere: async ({ owner }) => owner !== owners.self && owners.isAlive(owner),
    forget: async (keys) => {
      await sql`delete from batch_call
        where key in ${listOf(db, keys)}`.execute(db);
    },
  };
}

const ownerOf = (text: string): Owner => (text.startsWith('{') ? (JSON.parse(text) as Owner) : text);
