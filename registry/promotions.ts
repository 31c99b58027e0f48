import type { StagePolicy } from '../configs/schema.ts';
import { samePerson } from '../contract/people.ts';
import type { DecisionProof } from '../schema/identity.ts';
import { transaction } from '../sql/transaction.ts';
import { keepProof, keysOfDecisions, verifyDecision } from './identity/verify.ts';
import { asksAndApproves, needsProof, overrideLacks, policyApprovals } from './overrides.ts';
import { seal } from './seals.ts';
import {
  NotInRegistryError,
  PromotionRequestSchema,
  type Decision,
  type Promotion,
  type PromotionState,
  type RegistryTables,
} from './schema.ts';
import { getVersion, lockModel, type Db } from './versions.ts';

export type NewPromotion = Omit<Promotion, 'state' | 'createdAt'> & { at: string };
export type NewDecision = Omit<Decision, 'seq'> & { proof?: DecisionProof | undefined };

export type DecisionResult =
  /** `state` is what the promotion has come to: `waiting` while more approvals are asked. */
  | { status: 'recorded'; decision: Decision; state: PromotionState; approvals: number; approvalsNeeded: number }
  /** Already decided; `message` names by whom, when and why. */
  | { status: 'refused'; state: PromotionState; message: string };

/** Writes down a wish to move an alias, once for its id. One that asks for no approval is approved at once. */
export async function openPromotion(db: Db, { at, ...promotion }: NewPromotion): Promise<Promotion> {
  return transaction(db, async (trx) => {
    await lockModel(trx, promotion.model);
    const existing = await findPromotion(trx, promotion.id);
    if (existing) return existing;
    await getVersion(trx, promotion.model, promotion.version);
    const state = promotion.approvalsNeeded === 0 ? 'approved' : 'waiting';
    const row: RegistryTables['promotions'] = {
      ...promotion,
      evidenceSha256: promotion.evidenceSha256 ?? null,
      gateDecision: promotion.gateDecision ?? null,
      reasons: JSON.stringify(promotion.reasons),
      request: promotion.request ? JSON.stringify(promotion.request) : null,
      state,
      createdAt: at,
    };
    await trx.insertInto('promotions').values(row).execute();
    await seal(trx, { model: promotion.model, table: 'promotions', row });
    return getPromotion(trx, promotion.id);
  });
}

/**
 * Records what a person (or the clock) said. A reject or an expiry settles the promotion, as does the last approval
 * asked; what comes after is refused. The same update id again is no second decision. A proof must be right, and is asked where the
 * alias's policy asks for it.
 */
export async function recordDecision(
  db: Db,
  { proof, ...input }: NewDecision,
  policies: Readonly<Record<string, StagePolicy>>,
): Promise<DecisionResult> {
  const { model } = await getPromotion(db, input.promotionId);
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const promotion = await getPromotion(trx, input.promotionId);
    const decisions = await listDecisions(trx, input.promotionId);
    const { approvalsNeeded } = promotion;
    const recorded = (decision: Decision, all: readonly Decision[], state: PromotionState): DecisionResult => {
      const approvals = all.filter((other) => other.decision === 'approve').length;
      return { status: 'recorded', decision, state, approvals, approvalsNeeded };
    };
    const refused = (message: string): DecisionResult => ({
      status: 'refused',
      state: promotion.state,
      message: `promotion ${promotion.id}: ${message}`,
    });

    const same = decisions.find(({ updateId }) => updateId === input.updateId);
    if (same?.decision === input.decision) return recorded(same, decisions, promotion.state);
    if (same) return refused(`update ${input.updateId} already said: ${inWords(same)}`);
    if (promotion.state !== 'waiting') {
      const last = decisions.at(-1);
      return refused(last ? `already decided: ${inWords(last)}` : `${promotion.state}: no decision is asked`);
    }
    if (proof) {
      const verified = await verifyDecision(trx, { ...input, proof, promotion });
      if ('refused' in verified) return refused(verified.refused);
    } else if (input.decision !== 'expire' && needsProof(policies[promotion.alias])) {
      return refused(
        `${promotion.alias} takes signed decisions only. Sign it: npx whetstone ${input.decision} ${promotion.id} --why "..." --sign`,
      );
    }
    const own = asksAndApproves({ by: input.by, promotion }, policies[promotion.alias]);
    if (input.decision === 'approve' && own) return refused(own);
    const earlier = decisions.find(({ by, decision }) => samePerson(by, input.by) && decision === 'approve');
    if (earlier && input.decision === 'approve') {
      return refused(`${inWords(earlier)}; ${approvalsNeeded} different people are asked`);
    }

    const decision = { ...input, seq: decisions.length + 1 };
    await trx.insertInto('decisions').values(decision).execute();
    if (proof) await keepProof(trx, { promotionId: promotion.id, seq: decision.seq, proof });
    await seal(trx, { model, table: 'decisions', row: decision });
    const all = [...decisions, decision];
    const state = stateAfter(all, approvalsNeeded);
    await settlePromotion(trx, promotion.id, state);
    return recorded(decision, all, state);
  });
}

/** What a promotion lacks to move its alias under the alias's policy, in words; undefined when it lacks nothing. */
export async function checkPromotion(
  trx: Db,
  asked: Pick<Promotion, 'id' | 'model' | 'version' | 'alias' | 'expectedVersion'>,
  policies: Readonly<Record<string, StagePolicy>>,
): Promise<string | undefined> {
  const policy = policies[asked.alias];
  const known = Object.keys(policies).sort().join(', ');
  if (!known)
    throw new NotInRegistryError('this registry knows no policy: open it with the policies of configs/stages.yaml');
  if (!policy) return `alias ${JSON.stringify(asked.alias)} has no policy any more; aliases with one: ${known}`;
  const promotion = await getPromotion(trx, asked.id);
  const asOpened = `${promotion.model}@${promotion.alias} to version ${promotion.version}`;
  const asAsked = `${asked.model}@${asked.alias} to version ${asked.version}`;
  if (asOpened !== asAsked || promotion.expectedVersion !== asked.expectedVersion) {
    return (
      `promotion ${promotion.id} was opened to move ${asOpened} from ${promotion.expectedVersion ?? 'none'}, ` +
      `but asked to move ${asAsked} from ${asked.expectedVersion ?? 'none'}`
    );
  }
  if (promotion.state !== 'approved') return `promotion ${promotion.id} is ${promotion.state}, not approved`;
  if (policy.evidence.includes('evaluation') && !promotion.evidenceSha256) {
    return `promotion ${promotion.id} carries no evaluation, which this alias asks`;
  }
  const decisions = await countedDecisions(trx, promotion.id, policy);
  if (policy.evidence.includes('gate-promote') && promotion.gateDecision !== 'promote') {
    const lacks = overrideLacks({ promotion, decisions, policy });
    if (lacks) return lacks;
  }
  const approvals = decisions.filter(
    ({ decision, by }) => decision === 'approve' && !asksAndApproves({ by, promotion }, policy),
  ).length;
  const needed = policyApprovals(policy);
  if (approvals < needed) {
    const signed = needsProof(policy) ? 'signed ' : '';
    return `promotion ${promotion.id} has ${approvals} ${signed}approvals; this alias asks ${needed}`;
  }
  return undefined;
}

/** The decisions that an alias's policy lets count. */
async function countedDecisions(trx: Db, promotionId: string, policy: StagePolicy): Promise<Decision[]> {
  const decisions = await listDecisions(trx, promotionId);
  if (!needsProof(policy)) return decisions;
  const signed = await keysOfDecisions(trx, promotionId);
  return decisions.filter(({ seq }) => signed.has(seq));
}

/** What closes a promotion that comes to nothing. */
export interface Closing {
  promotionId: string;
  /** What kept it from moving its alias. */
  why: string;
  by: string;
  /** ISO 8601. */
  at: string;
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

/** The same within a transaction that holds the model's lock, as held or as superseded. */
export async function closeOpen(trx: Db, closing: Closing, state: 'held' | 'superseded'): Promise<void> {
  const { promotionId, why, by, at } = closing;
  const found = await findPromotion(trx, promotionId);
  if (!found || !OPEN.includes(found.state)) return;
  const seq = (await listDecisions(trx, promotionId)).length + 1;
  const decision = { promotionId, seq, decision: 'close' as const, by, why, updateId: 'close', at };
  await trx.insertInto('decisions').values(decision).execute();
  await seal(trx, { model: found.model, table: 'decisions', row: decision });
  await settlePromotion(trx, promotionId, state);
}

const OPEN: readonly PromotionState[] = ['waiting', 'approved'];

/** Sets the state of a promotion that is still open: what is settled stays settled. */
export async function settlePromotion(trx: Db, id: string, state: PromotionState): Promise<void> {
  await trx.updateTable('promotions').set({ state }).where('id', '=', id).where('state', 'in', OPEN).execute();
}

/** Promotions of all models that still wait or are about to move, oldest first. */
export async function openPromotions(db: Db): Promise<Promotion[]> {
  const rows = await db
    .selectFrom('promotions')
    .selectAll()
    .where('state', 'in', OPEN)
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
  return db.selectFrom('decisions').selectAll().where('promotionId', '=', promotionId).orderBy('seq').execute();
}

/** What was said to the promotions of a model, with what each would move: without what a page of history has no use for. */
export type SaidOf = Pick<Decision, 'promotionId' | 'decision' | 'by' | 'why' | 'at'> &
  Pick<Promotion, 'alias' | 'version'> & {
    /** The key that signed it; null for a claim. */
    keyId: string | null;
  };

/** Decisions on all promotions of a model, first to last of each. */
export function decisionsOf(db: Db, model: string): Promise<SaidOf[]> {
  return db
    .selectFrom('decisions')
    .innerJoin('promotions', 'promotions.id', 'decisions.promotionId')
    .leftJoin('decisionSignatures', (join) =>
      join
        .onRef('decisionSignatures.promotionId', '=', 'decisions.promotionId')
        .onRef('decisionSignatures.seq', '=', 'decisions.seq'),
    )
    .select(['decisions.promotionId', 'decision', 'by', 'why', 'at', 'alias', 'version', 'keyId'])
    .where('promotions.model', '=', model)
    .orderBy('decisions.promotionId')
    .orderBy('decisions.seq')
    .execute();
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
  const { evidenceSha256, gateDecision, reasons, request, ...plain } = row;
  return {
    ...plain,
    reasons: JSON.parse(reasons) as string[],
    ...(evidenceSha256 !== null && { evidenceSha256 }),
    ...(gateDecision !== null && { gateDecision }),
    ...(request !== null && { request: PromotionRequestSchema.parse(JSON.parse(request)) }),
  };
}

function stateAfter(decisions: readonly Decision[], approvalsNeeded: number): PromotionState {
  const last = decisions.at(-1)!.decision;
  if (last === 'close') return 'held';
  if (last === 'reject') return 'rejected';
  if (last === 'expire') return 'expired';
  const approvals = decisions.filter(({ decision }) => decision === 'approve').length;
  return approvals >= approvalsNeeded ? 'approved' : 'waiting';
}

const PAST = { approve: 'approved', reject: 'rejected', expire: 'expired', close: 'closed' } as const;
const inWords = ({ decision, by, at, why }: Decision) => `${PAST[decision]} by ${by} at ${at}${why ? ` (${why})` : ''}`;
