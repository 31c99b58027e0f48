import { sql } from 'kysely';
import { renewalOf } from '../../contract/promotions/renewals.ts';
import type { Promotion, PromotionState } from '../schema.ts';
import type { Db } from '../versions.ts';
import { besides, closeOpen } from './closing.ts';

/**
 * Which of several promotions of an alias is the newest: the one that was asked for last, whenever it was opened. An old one may be opened
 * late, where no worker ran, and one whose evidence was stale is opened again, as another, when its evaluation ends.
 */

type Named = Pick<Promotion, 'id' | 'model' | 'version' | 'alias'>;

/**
 * When a promotion was asked for. A renewal's is that of the first one, which the registry knows itself: nobody makes one newer than
 * it is by what they start it with.
 */
export async function askedAtOf(
  trx: Db,
  { id, model, version, alias, askedAt, at }: Named & { askedAt?: string | undefined; at: string },
): Promise<string> {
  const { first } = renewalOf(id);
  const found =
    first === id
      ? undefined
      : await rowsOf(trx, { model, alias }).where('id', '=', first).where('version', '=', version).executeTakeFirst();
  // In one form, for they are compared as text.
  return new Date(found ? (found.askedAt ?? found.createdAt) : (askedAt ?? at)).toISOString();
}

const rowsOf = (db: Db, { model, alias }: Pick<Named, 'model' | 'alias'>) =>
  db
    .selectFrom('promotions')
    .select(['id', 'version', 'createdAt', 'askedAt'])
    .where('model', '=', model)
    .where('alias', '=', alias);

/** One that was asked for later. `moved`: whose move makes this one old, whatever serves since. */
const OPEN_OR_MOVED: readonly PromotionState[] = ['waiting', 'approved', 'promoted'];
const MOVED: readonly PromotionState[] = ['promoted'];

/** The last promotion of the same alias that was asked for later and is open, or moved the alias; undefined where there is none. */
export async function newerThan(
  trx: Db,
  { id, model, alias, askedAt, createdAt }: Named & Pick<Promotion, 'askedAt' | 'createdAt'>,
  { moved = false }: { moved?: boolean } = {},
): Promise<Pick<Promotion, 'id' | 'version'> | undefined> {
  const asked = sql<string>`coalesce(asked_at, created_at)`;
  return rowsOf(trx, { model, alias })
    .where('state', 'in', moved ? MOVED : OPEN_OR_MOVED)
    .where('id', '!=', id)
    .where(asked, '>', askedAt ?? createdAt)
    .orderBy(asked, 'desc')
    .limit(1)
    .executeTakeFirst();
}

export const supersededText = ({ id, version }: Pick<Promotion, 'id' | 'version'>): string =>
  `superseded by ${id}, which promotes version ${version} and is newer`;

const supersedes = (id: string) => `superseded by ${id}`;

/**
 * Closes the promotions of the same model and alias that still wait for people: what they were to decide on is not the newest any more.
 * One that is approved already moves, and the compare-and-set says who came first.
 */
export async function supersedeOlder(trx: Db, newer: Named & { at: string }): Promise<void> {
  const { id, model, alias, at } = newer;
  const older = await rowsOf(trx, { model, alias })
    .where('state', '=', 'waiting')
    .where('id', '!=', id)
    .orderBy('createdAt')
    .execute();
  const closing = { why: supersededText(newer), by: 'whetstone', at, updateId: supersedes(id) };
  for (const { id: promotionId } of older) await closeOpen(trx, { promotionId, ...closing }, 'superseded');
}

/** The promotions that one superseded when it was opened. */
export async function supersededBy(db: Db, id: string): Promise<string[]> {
  const rows = await db
    .selectFrom('decisions')
    .select('promotionId')
    .where('updateId', 'in', [supersedes(id), besides(supersedes(id))])
    .where('decision', '=', 'close')
    .orderBy('promotionId')
    .execute();
  return rows.map(({ promotionId }) => promotionId);
}
