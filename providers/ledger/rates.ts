import { sql, type Kysely } from 'kysely';
import { laterOf, nowMs } from '../../sql/words.ts';
import type { Amounts, TakeShared } from '../limits/shared-rate.ts';
import type { LedgerTables } from './tables.ts';

/**
 * The rates that all workers keep together: of each, one row says until when it is taken, by the database's clock. Who takes more moves
 * that on, in one statement, and may use what lies between.
 */
export const takeShared =
  (db: Kysely<LedgerTables>): TakeShared =>
  async ({ id, periodsMs }) => {
    const now = nowMs(db);
    // A parameter beside whole numbers is taken for one by Postgres.
    const real = (periodMs: number) => sql<number>`cast(${periodMs} as double precision)`;
    const [requests, tokens] = [real(periodsMs.requests), real(periodsMs.tokens)];
    const after = (taken: string, period: ReturnType<typeof real>) =>
      sql`${laterOf(db, sql.ref(taken), now)} + ${period}`;
    const { rows } = await sql<Amounts>`
      insert into rate (id, requests_until_ms, tokens_until_ms)
      values (${id}, ${now} + ${requests}, ${now} + ${tokens})
      on conflict (id) do update set
        requests_until_ms = ${after('rate.requestsUntilMs', requests)},
        tokens_until_ms = ${after('rate.tokensUntilMs', tokens)}
      returning requests_until_ms - ${requests} - ${now} as requests, tokens_until_ms - ${tokens} - ${now} as tokens`.execute(
      db,
    );
    return rows[0]!;
  };
