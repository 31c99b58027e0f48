import { sql, type Kysely, type RawBuilder } from 'kysely';
import { listOf } from '../../sql/words.ts';

/** Numbers, for `in`: an empty list has no type that Postgres would know. */
export const idsOf = (db: Pick<Kysely<unknown>, 'getExecutor'>, ids: readonly number[]): RawBuilder<unknown> =>
  ids.length > 0 ? listOf(db, ids) : sql`(null)`;
