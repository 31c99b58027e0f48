import { transaction } from '../sql/transaction.ts';
import { closeOpen, type Closing } from './decisions/closing.ts';
import { askedAtOf, newerThan, supersededText, supersedeOlder } from './decisions/newer.ts';
import { tellWanted } from './outbox/append.ts';
import { seal } from './seals.ts';
import {
  NotInRegistryError,
  PromotionRequestSchema,
  AskedOfRunSchema,
  StartedBySchema,
  type Decision,
  type Promotion,
  type RegistryTables,
} from './schema.ts';
import { getVersion, lockModel, type Db } from './versions.ts';

export type NewPromotion = Omit<Promotion, 'state' | 'createdAt'> & {
  at: string;
  /** Why it can come to nothing: it is written down, and closed at once. */
  heldBecause?: string | undefined;
};

/**
 * Writes down a wish to move an alias, once for its id. One that asks for no approval is approved at once, and those that were asked for before
 * and still wait are superseded; it is itself, where one that was asked for later is open. Others are told of one that waits for people.
 */
export async function openPromotion(db: Db, promotion: NewPromotion): Promise<Promotion> {
  return transaction(db, async (trx) => {
    await lockModel(trx, promotion.model);
    const existing = await findPromotion(trx, promotion.id);
    if (existing) return existing;
    const opened = await insertPromotion(trx, promotion);
    await tellWanted(trx, opened.id);
    return opened;
  });
}

/**
 * The same within a transaction that holds the model's lock, for an id that is new.
 * @param options.supersedes not where its alias moves in the same transaction: what waits is superseded by a move, and not by one that is refused
 */
export async function insertPromotion(
  trx: Db,
  { at, heldBecause, ...promotion }: NewPromotion,
  { supersedes = true }: { supersedes?: boolean } = {},
): Promise<Promotion> {
  const { id: promotionId } = promotion;
  await getVersion(trx, promotion.model, promotion.version);
  const state = promotion.approvalsNeeded === 0 ? 'approved' : 'waiting';
  const row: RegistryTables['promotions'] = {
    ...promotion,
    evidenceSha256: promotion.evidenceSha256 ?? null,
    gateDecision: promotion.gateDecision ?? null,
    reasons: JSON.stringify(promotion.reasons),
    request: promotion.request ? JSON.stringify(promotion.request) : null,
    asks: promotion.asks ? JSON.stringify(promotion.asks) : null,
    startedBy: promotion.startedBy ? JSON.stringify(promotion.startedBy) : null,
    expiresAt: promotion.expiresAt ?? null,
    state,
    createdAt: at,
    askedAt: await askedAtOf(trx, { ...promotion, at }),
  };
  await trx.insertInto('promotions').values(row).execute();
  await seal(trx, { model: promotion.model, table: 'promotions', row });
  const opened = await getPromotion(trx, promotionId);
  const closing = { promotionId, by: 'whetstone', at };
  const newer = supersedes ? await newerThan(trx, opened) : undefined;
  if (heldBecause !== undefined) await closeOpen(trx, { ...closing, why: heldBecause }, 'held');
  else if (newer) await closeOpen(trx, { ...closing, why: supersededText(newer) }, 'superseded');
  else if (supersedes) await supersedeOlder(trx, { ...opened, at });
  return getPromotion(trx, promotionId);
}

/**
 * Closes a promotion that came to nothing as held, and writes down why; one that is settled stays as it is, and one that was
 * never opened needs no closing.
 */
export async function closePromotion(db: Db, closing: Closing): Promise<void> {
  const found = await findPromotion(db, closing.promotionId);
  if (!found) return;
  await transaction(db, async (trx) => {
    await lockModel(trx, found.model);
    await closeOpen(trx, closing, 'held');
  });
}

/** Promotions of all models that still wait or are about to move, oldest first. */
export async function openPromotions(db: Db): Promise<Promotion[]> {
  const rows = await db
    .selectFrom('promotions')
    .selectAll()
    .where('state', 'in', ['waiting', 'approved'])
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
  return rows.map(toPromotion);
}

/** @throws NotInRegistryError */
export async function getPromotion(db: Db, id: string): Promise<Promotion> {
  const found = await findPromotion(db, id);
  if (!found) throw new NotInRegistryError(`no promotion ${JSON.stringify(id)} in the registry; open it first`);
  return found;
}

/** Promotions of a model, oldest first. */
export async function listPromotions(db: Db, model: string): Promise<Promotion[]> {
  return (await promotionsOf(db, model).execute()).map(toPromotion);
}

/** Decisions on a promotion, first to last. */
export async function listDecisions(db: Db, promotionId: string): Promise<Decision[]> {
  const rows = await db
    .selectFrom('decisions')
    .selectAll()
    .where('promotionId', '=', promotionId)
    .orderBy('seq')
    .execute();
  return rows.map(({ reviewBy, ...decision }) => ({ ...decision, ...(reviewBy !== null && { reviewBy }) }));
}

/** Promotions of a model that its moves and decisions do not tell all of: those that did not move, and those that a person asked for. */
export async function untoldPromotions(db: Db, model: string): Promise<Promotion[]> {
  const rows = await promotionsOf(db, model)
    .where((eb) => eb.or([eb('state', '!=', 'promoted'), eb('request', 'is not', null)]))
    .execute();
  return rows.map(toPromotion);
}

/** Promotions of one version, oldest first. */
export async function promotionsTo(db: Db, model: string, version: number): Promise<Promotion[]> {
  const rows = await promotionsOf(db, model).where('version', '=', version).execute();
  return rows.map(toPromotion);
}

const promotionsOf = (db: Db, model: string) =>
  db.selectFrom('promotions').selectAll().where('model', '=', model).orderBy('createdAt').orderBy('id');

async function findPromotion(db: Db, id: string): Promise<Promotion | undefined> {
  const row = await db.selectFrom('promotions').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toPromotion(row);
}

function toPromotion(row: RegistryTables['promotions']): Promotion {
  const { evidenceSha256, gateDecision, reasons, request, asks, startedBy, expiresAt, askedAt, ...plain } = row;
  return {
    ...plain,
    reasons: JSON.parse(reasons) as string[],
    ...(evidenceSha256 !== null && { evidenceSha256 }),
    ...(gateDecision !== null && { gateDecision }),
    ...(request !== null && { request: PromotionRequestSchema.parse(JSON.parse(request)) }),
    ...(asks !== null && { asks: AskedOfRunSchema.parse(JSON.parse(asks)) }),
    ...(startedBy !== null && { startedBy: StartedBySchema.parse(JSON.parse(startedBy)) }),
    ...(expiresAt !== null && { expiresAt }),
    ...(askedAt !== null && { askedAt }),
  };
}
