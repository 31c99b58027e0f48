import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Decision, Promotion, RegistryTables } from '../schema.ts';

type Db = Kysely<RegistryTables>;

/** What was said to the promotions of a model, with what each would move: without what a page of history has no use for. */
export type SaidOf = Pick<Decision, 'promotionId' | 'seq' | 'decision' | 'by' | 'why' | 'at'> &
  Pick<Promotion, 'alias' | 'version'> & {
    /** The key that signed it, and its roles as JSON; null for a claim. */
    keyId: string | null;
    roles: string | null;
  };

/** Decisions on all promotions of a model, first to last of each; or the newest of them alone, the newest first. */
export const decisionsOf = (db: Db, model: string, last?: number): Promise<SaidOf[]> =>
  said(
    db,
    last === undefined
      ? sql`p.model = ${model} order by d.seq`
      : sql`p.model = ${model} order by d.at desc limit ${last}`,
  );

/** What was said to the promotions that a model's moves do not tell all of: see untoldPromotions. First to last of each. */
export const decisionsOfUntold = (db: Db, model: string): Promise<SaidOf[]> =>
  said(db, sql`p.model = ${model} and (p.state <> 'promoted' or p.request is not null) order by d.seq`);

/** As plain SQL: of ten thousand rows, finding each column's name anew takes longer than the database does. */
async function said(db: Db, which: RawBuilder<unknown>): Promise<SaidOf[]> {
  const { rows } = await sql<SaidOf>`
    select d.promotion_id as "promotionId", d.seq, d.decision, d."by", d.why, d.at, p.alias, p.version, s.key_id as "keyId", k.roles
    from promotions p join decisions d on d.promotion_id = p.id
    left join decision_signatures s on s.promotion_id = d.promotion_id and s.seq = d.seq
    left join signing_keys k on k.id = s.key_id
    where ${which}`.execute(db.withoutPlugins());
  return rows;
}
