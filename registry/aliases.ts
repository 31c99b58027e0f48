import { sql } from 'kysely';
import { transaction } from '../sql/transaction.ts';
import { closeOpen, settlePromotion } from './decisions/closing.ts';
import { newerThan, supersededText } from './decisions/newer.ts';
import { getPromotion } from './promotions.ts';
import { checkPromotion } from './decisions/check.ts';
import type { Policies } from './rules/policies.ts';
import { keptBy } from './marks.ts';
import { baseLack, hindrance, withdrawnBecause } from './decisions/hindrance.ts';
import { seal } from './seals.ts';
import { NotInRegistryError, TakenDownError, type AliasMove, type Deployment, type ModelVersion } from './schema.ts';
import { getVersion, lockModel, unknownModel, type Db } from './versions.ts';

export interface MoveRequest {
  model: string;
  alias: string;
  toVersion: number;
  /** What must serve now for the move to happen: the version that was evaluated as the incumbent, null for none. */
  expectedVersion: number | null;
  by: string;
  why: string;
  kind: 'promote' | 'bootstrap';
  /** Of a promotion: an alias that never pointed at anything is first pointed at `expectedVersion`, so that it can be rolled back. */
  firstToBase?: boolean;
  /** A retry with the same id returns the same move. */
  promotionId: string;
  /** ISO 8601. */
  at: string;
}

/** A move to a version: not a takedown. */
export type MoveTo = AliasMove & { toVersion: number };

export type MoveResult =
  | { status: 'moved'; move: MoveTo }
  /** Another version serves than the one the evidence is about. */
  | { status: 'conflict'; servingVersion: number | null; message: string }
  /** The version was withdrawn and not cleared, or archived, or the alias is pinned. */
  | { status: 'blocked'; servingVersion: number | null; message: string }
  /** The alias's policy asks for evidence or approvals that the promotion lacks. */
  | { status: 'refused'; servingVersion: number | null; message: string };

/**
 * Moves an alias by compare-and-set, as one new row. Of two moves that expect the same incumbent exactly one wins.
 * A promotion must have been opened (openPromotion) and meet the alias's policy; a bootstrap only ever makes the first
 * move of an alias, and that of a promotion stands or falls with it. An approved promotion that can't move is closed with the reason, in the same transaction.
 */
export function moveAlias(db: Db, request: MoveRequest, policies: Policies): Promise<MoveResult> {
  return transaction(db, async (trx) => {
    await lockModel(trx, request.model);
    return moveWithin(trx, request, policies);
  });
}

/** The same within a transaction that holds the model's lock. */
export async function moveWithin(trx: Db, request: MoveRequest, policies: Policies): Promise<MoveResult> {
  const { model, alias, toVersion: version, expectedVersion, by, why, kind, promotionId, at } = request;
  const end = async <T extends MoveResult & { message: string }>(result: T): Promise<T> => {
    if (kind === 'promote') await closeFailed(trx, request, result);
    return result;
  };
  let brokenGlass = false;
  const repeated = await findRepeated(trx, request);
  if (repeated) return { status: 'moved', move: repeated };

  const candidate = await getVersion(trx, model, version);
  const withdrawn = await withdrawnBecause(trx, candidate);
  const current = await lastMove(trx, model, alias);
  const servingVersion = current?.toVersion ?? null;
  const name = `${model}@${alias}`;
  const base = kind === 'promote' && request.firstToBase && !current ? (expectedVersion ?? undefined) : undefined;
  if (withdrawn) {
    const message = `${name}: ${withdrawn.said}; ${serving(servingVersion)}. ${withdrawn.fix}`;
    return end({ status: 'blocked', servingVersion, message });
  }
  if (kind === 'bootstrap' ? current !== undefined : (base ?? servingVersion) !== expectedVersion) {
    const expected = kind === 'bootstrap' ? 'no version' : versionName(expectedVersion);
    const message =
      `${name}: expected ${expected} to serve, but ${serving(servingVersion)}. ` +
      `Evaluate version ${version} against what serves now`;
    return end({ status: 'conflict', servingVersion, message });
  }
  if (kind === 'promote') {
    // What serves may be what it expects again, after a rollback of a newer one.
    const newer = await newerThan(trx, await getPromotion(trx, promotionId), { moved: true });
    if (newer) return end({ status: 'conflict', servingVersion, message: `${name}: ${supersededText(newer)}` });
    const kept = await keptBy(trx, { model, alias, version });
    if (kept) return end({ status: 'blocked', servingVersion, message: `${name}: ${kept}` });
    const check = await checkPromotion(trx, { ...request, id: promotionId, version, base }, policies);
    if (check.lacks !== undefined)
      return end({ status: 'refused', servingVersion, message: `${name}: ${check.lacks}` });
    if (base !== undefined) {
      const lacks = await baseLack({ getVersion: (...of) => getVersion(trx, ...of) }, { model, alias, version, base });
      if (lacks !== undefined) return end({ status: 'refused', servingVersion, message: `${name}: ${lacks}` });
      const keeps = await hindrance(trx, { model, alias, version: base });
      if (keeps !== undefined) return end({ status: 'blocked', servingVersion, message: `${name}: ${keeps}` });
      const first = { model, alias, fromVersion: null, toVersion: base, kind: 'bootstrap' as const, by, at };
      const why = 'the base model, so that the first promotion can be rolled back';
      await appendMove(trx, { ...first, why, requestId: `${promotionId}/base` });
    }
    brokenGlass = check.brokenGlass;
    await settlePromotion(trx, promotionId, 'promoted');
  }
  const move = {
    model,
    alias,
    fromVersion: base ?? servingVersion,
    toVersion: version,
    kind: brokenGlass ? ('break-glass' as const) : kind,
    by,
    why,
    requestId: promotionId,
    at,
  };
  return { status: 'moved', move: await appendMove(trx, move) };
}

/** One that still waits may yet be approved, and one that asks for another move is not meant: both stay open. */
async function closeFailed(trx: Db, request: MoveRequest, result: { status: string; message: string }): Promise<void> {
  const { promotionId, model, alias, toVersion, expectedVersion, at } = request;
  const promotion = await getPromotion(trx, promotionId);
  const { state } = promotion;
  const isMeant =
    promotion.model === model &&
    promotion.alias === alias &&
    promotion.version === toVersion &&
    promotion.expectedVersion === expectedVersion;
  const isSuperseded = result.status === 'conflict';
  if (!isMeant || (state === 'waiting' && !isSuperseded)) return;
  const closing = { promotionId, why: result.message, by: 'whetstone', at };
  await closeOpen(trx, closing, isSuperseded ? 'superseded' : 'held');
}

/** The version that the alias points at now; undefined where it points at none, or was taken down. */
export async function findServing(db: Db, model: string, alias: string): Promise<ModelVersion | undefined> {
  const last = await lastMove(db, model, alias);
  return last && last.toVersion !== null ? getVersion(db, model, last.toVersion) : undefined;
}

/** What an alias answers with. @throws NotInRegistryError naming the known models or aliases, TakenDownError */
export async function deploymentOf(db: Db, model: string, alias: string): Promise<Deployment> {
  const last = await lastMove(db, model, alias);
  if (!last) throw await unknownAlias(db, model, alias);
  if (last.toVersion === null) throw new TakenDownError(last);
  return { stable: await getVersion(db, model, last.toVersion), move: last };
}

/** Moves of a model's alias, or of all its aliases, oldest first within each. */
export async function history(db: Db, model: string, alias?: string): Promise<AliasMove[]> {
  const moves = movesOf(db, model);
  return (alias === undefined ? moves : moves.where('alias', '=', alias)).execute();
}

/** What of a move a page of history tells. */
export type MoveTold = Pick<AliasMove, 'alias' | 'fromVersion' | 'toVersion' | 'kind' | 'by' | 'why' | 'at'>;

/** Moves as they are told: all of them, oldest first within each alias, or the newest alone. As plain SQL, for there may be tens of thousands. */
export async function movesTold(db: Db, of: { model: string; alias?: string; last?: number }): Promise<MoveTold[]> {
  const { model, alias, last } = of;
  const { rows } = await sql<MoveTold>`
    select alias, from_version as "fromVersion", to_version as "toVersion", kind, "by", why, at from alias_moves
    where model = ${model} ${alias === undefined ? sql`` : sql`and alias = ${alias}`}
    ${last === undefined ? sql`order by alias, seq` : sql`order by at desc limit ${last}`}`.execute(
    db.withoutPlugins(),
  );
  return rows;
}

/** Moves of any alias to one version, oldest first within each alias. */
export function movesTo(db: Db, model: string, version: number): Promise<AliasMove[]> {
  return movesOf(db, model).where('toVersion', '=', version).execute();
}

const movesOf = (db: Db, model: string) =>
  db.selectFrom('aliasMoves').selectAll().where('model', '=', model).orderBy('alias').orderBy('seq');

async function findRepeated(trx: Db, request: MoveRequest): Promise<MoveTo | undefined> {
  const { model, alias, toVersion: version, promotionId } = request;
  const found = await trx.selectFrom('aliasMoves').selectAll().where('requestId', '=', promotionId).executeTakeFirst();
  if (found && (found.model !== model || found.alias !== alias || found.toVersion !== version)) {
    throw new Error(
      `promotion ${promotionId} already moved ${found.model}@${found.alias} to version ${found.toVersion}; ` +
        `asked to move ${model}@${alias} to version ${version}: a promotion moves one alias once`,
    );
  }
  return found && { ...found, toVersion: version };
}

/** One move of an alias; undefined where there is none. */
export function moveOf(db: Db, { model, alias, seq }: Pick<AliasMove, 'model' | 'alias' | 'seq'>) {
  return movesOf(db, model).where('alias', '=', alias).where('seq', '=', seq).executeTakeFirst();
}

/** What made an alias what it is now; undefined where it never moved. */
export function lastMove(db: Db, model: string, alias: string): Promise<AliasMove | undefined> {
  return db
    .selectFrom('aliasMoves')
    .selectAll()
    .where('model', '=', model)
    .where('alias', '=', alias)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Adds a row to an alias's history. The caller holds the model's lock. */
export async function appendMove<Move extends Omit<AliasMove, 'seq'>>(trx: Db, move: Move): Promise<Move & AliasMove> {
  const last = await lastMove(trx, move.model, move.alias);
  const row = { ...move, seq: (last?.seq ?? 0) + 1 };
  await trx.insertInto('aliasMoves').values(row).execute();
  await seal(trx, { model: move.model, table: 'aliasMoves', row });
  return row;
}

export async function unknownAlias(db: Db, model: string, alias: string): Promise<NotInRegistryError> {
  const known = [...new Set((await history(db, model)).map((move) => move.alias))];
  const registered = await db.selectFrom('models').select('name').where('name', '=', model).executeTakeFirst();
  if (!registered) return unknownModel(db, model);
  return new NotInRegistryError(
    `model ${model} has no alias ${JSON.stringify(alias)}; known: ${known.join(', ') || 'none yet: promote a version first'}`,
  );
}

const versionName = (version: number | null) => (version === null ? 'no version' : `version ${version}`);
/** `version 3 serves now` */
export const serving = (version: number | null) => `${versionName(version)} serves now`;
