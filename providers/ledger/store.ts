import { sql, type Kysely } from 'kysely';
import { databaseFile, openDatabase } from '../../sql/database.ts';
import { transaction } from '../../sql/transaction.ts';
import { holds, listOf } from '../../sql/words.ts';
import { createBatchStore, type BatchStore } from './batch-store.ts';
import { createGroupCommit } from './group-commit.ts';
import {
  ANSWER,
  adoptAll,
  findAll,
  fromJournal,
  MAX_BATCH,
  recordAll,
  type AnswerRow,
  type LedgerLookup,
  type PaidCall,
} from './answers.ts';
import { NANO } from '../../contract/budget-error.ts';
import { expireDead, reserveAll, settleAll, takeTurnsOf, type Reservation, type ReservationRequest } from './budget.ts';
import { adoptJournals, openJournal } from './journal.ts';
import { enterOwner } from './owners.ts';
import { schemaMark } from './key.ts';
import { migrateLedger } from './migrate.ts';
import { takeShared } from './rates.ts';
import type { LedgerTables } from './tables.ts';
import type { TakeShared } from '../limits/shared-rate.ts';
import type { Amount, ChatReply, LedgerCounts } from '../../contract/ports.ts';

/** What calls usually take: means. */
export interface UsualCall {
  calls: number;
  outputTokens: number;
  latencyMs: number;
}

/** Many times shorter than a call, which holds no place in flight meanwhile. */
const GATHER_MS = 25;

/** The ledger's tables. Many calls share one transaction; a promise resolves when its own row is written. */
export interface LedgerStore {
  /** The answer that the run uses, or one that another run paid for, now noted as this run's hit. */
  find(lookup: LedgerLookup): Promise<ChatReply | undefined>;
  /**
   * Writes an answer: when this returns its promise, no death of the process loses it. The promise gives what the run uses:
   * the first one written, where two processes asked at once.
   */
  record(call: PaidCall): Promise<ChatReply>;
  /** Sets aside what a call may cost. */
  reserve(request: ReservationRequest): Promise<Reservation>;
  /** Gives back the reservation of a call that failed, and adds what it has cost all the same. */
  settle(call: { run: string; reservation: number | undefined } & Amount): Promise<void>;
  counts(run: string): Promise<LedgerCounts>;
  /** The newest answer to each key, of whatever run; changes nothing. */
  peek(keys: readonly string[]): Promise<(ChatReply | undefined)[]>;
  batches: BatchStore;
  /** Takes of a model's rates, which all workers keep together. */
  takeShared: TakeShared;
  usual(of: { provider: string; model: string; schema: string }): Promise<UsualCall | undefined>;
  close(): Promise<void>;
}

export interface LedgerFiles {
  /**
   * What the names of journals begin with: answers are safe there before they are in the tables. A SQLite ledger's own path by
   * default; a ledger on a server has none without it.
   */
  journals?: string | undefined;
}

export async function openLedgerStore(url: string, files: LedgerFiles = {}): Promise<LedgerStore> {
  const db = await openDatabase<LedgerTables>(url);
  const { owners, journal } = await enter(db, databaseFile(url) ?? files.journals).catch(async (error: unknown) => {
    await db.destroy();
    throw error;
  });
  const find = createGroupCommit<LedgerLookup, ChatReply | undefined>({
    maxItems: MAX_BATCH,
    gatherMs: GATHER_MS,
    commit: (lookups) => findAll(db, lookups),
  });
  let failed: PaidCall[] = [];
  const record = createGroupCommit<PaidCall, ChatReply>({
    // All that stands in the half of the journal that is cut.
    maxItems: Infinity,
    gatherMs: GATHER_MS,
    commit: async (calls) => {
      const written = journal?.cut();
      const all = [...failed, ...calls];
      try {
        const used = await transaction(db, (trx) => recordAll(trx, all));
        written?.();
        failed = [];
        return used.slice(-calls.length);
      } catch (error) {
        // Paid for, and not in the tables: the next commit writes them too.
        failed = all;
        throw error;
      }
    },
  });
  const reserve = createGroupCommit<ReservationRequest, Reservation>({
    maxItems: MAX_BATCH,
    gatherMs: 0,
    commit: (requests) => transaction(db, (trx) => reserveAll(trx, owners.self, requests)),
  });
  return {
    find,
    record: (call) => {
      journal?.append(JSON.stringify(call));
      return record(call);
    },
    reserve,
    settle: (call) =>
      transaction(db, async (trx) => {
        await takeTurnsOf(trx, [call]);
        await settleAll(trx, [call], new Map());
      }),
    counts: async (run) => {
      const { hits } = await db
        .selectFrom('hit')
        .select((eb) => eb.fn.countAll<number>().as('hits'))
        .where('run', '=', run)
        .executeTakeFirstOrThrow();
      const spent = await db.selectFrom('spend').selectAll().where('run', '=', run).executeTakeFirst();
      const costUsd = (spent?.costNanoUsd ?? 0) / NANO;
      return { hits, misses: spent?.calls ?? 0, tokens: spent?.tokens ?? 0, costUsd };
    },
    peek: async (keys) => {
      const { rows } = await sql<AnswerRow>`
        select key, ${ANSWER} from call
        where id in (select max(id) from call where key in ${listOf(db, keys)} group by key)`.execute(db);
      const found = new Map(rows.map(({ key, ...reply }) => [key, reply]));
      return keys.map((key) => found.get(key));
    },
    usual: async ({ provider, model, schema }) => {
      const { rows } = await sql<{ calls: number; outputTokens: number; latencyMs: number }>`
        select count(*) as calls, avg(output_tokens) as "outputTokens", avg(latency_ms) as "latencyMs" from (
          select output_tokens, latency_ms from call
          where provider = ${provider} and model = ${model} 
            and ${holds(db, 'request', schemaMark(schema))}
          order by id desc limit 500) as newest`.execute(db);
      return rows[0] && rows[0].calls > 0 ? rows[0] : undefined;
    },
    batches: createBatchStore(db, owners),
    takeShared: takeShared(db),
    close: async () => {
      // What could not be written until now stays in the journal where it can't be written now: the next process adopts it.
      if (failed.length > 0) {
        const last = failed;
        failed = await transaction(db, (trx) => recordAll(trx, last)).then(
          () => [],
          () => last,
        );
      }
      await journal?.close({ keep: failed.length > 0 });
      // A database that is gone forgets the lease by itself.
      await owners.close().catch(() => {});
      await db.destroy();
    },
  };
}

/** Brings the tables up to date, enters this process, and takes over what dead ones left. */
async function enter(db: Kysely<LedgerTables>, journals: string | undefined) {
  await migrateLedger(db);
  const owners = await enterOwner(db, { onRenewed: (known) => expireDead(db, known) });
  try {
    await expireDead(db, owners);
    const journal = journals === undefined ? undefined : openJournal(journals, owners.self);
    if (journals !== undefined)
      await adoptJournals<PaidCall>(journals, owners, (calls) =>
        transaction(db, (trx) => adoptAll(trx, calls.map(fromJournal))),
      );
    return { owners, journal };
  } catch (error) {
    await owners.close();
    throw error;
  }
}
