import { tellEnd } from '../outbox/append.ts';
import { seal } from '../seals.ts';
import type { Decision, PromotionState } from '../schema.ts';
import type { Db } from '../versions.ts';

/** How a promotion is settled: within a transaction that holds the model's lock. */

/** What closes a promotion that comes to nothing. */
export interface Closing {
  promotionId: string;
  /** What kept it from moving its alias. */
  why: string;
  by: string;
  /** ISO 8601. */
  at: string;
}

const OPEN: readonly PromotionState[] = ['waiting', 'approved'];
export const isOpen = (state: PromotionState): boolean => OPEN.includes(state);

/** Closes a promotion as held, or as superseded; one that is settled stays as it is. */
export async function closeOpen(
  trx: Db,
  { updateId = 'close', ...closing }: Closing & { updateId?: string },
  state: 'held' | 'superseded',
): Promise<void> {
  const { promotionId } = closing;
  const found = await trx
    .selectFrom('promotions')
    .select(['model', 'state'])
    .where('id', '=', promotionId)
    .executeTakeFirst();
  if (!found || !isOpen(found.state)) return;
  await appendDecision(trx, found.model, { ...closing, decision: 'close', updateId });
  await settlePromotion(trx, promotionId, state);
}

/** Before the ids that people's decisions are sent under: the registry's own, such as `close`, are apart from them. */
const PERSONS = 'u:';
export const personsId = (id: string): string => `${PERSONS}${id}`;
export const isPersonsId = (id: string): boolean => id.startsWith(PERSONS);

/** Of an id of the registry's own that a person's row of before holds already, when these were kept as they were sent. */
export const besides = (id: string) => `${id}, besides`;

/** Adds a row to what was said to a promotion. */
export async function appendDecision(trx: Db, model: string, decision: Omit<Decision, 'seq'>): Promise<Decision> {
  const last = await trx
    .selectFrom('decisions')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('promotionId', '=', decision.promotionId)
    .executeTakeFirst();
  const seq = (last?.seq ?? 0) + 1;
  const updateId = await freeId(trx, decision);
  const row = { ...decision, updateId, seq, reviewBy: decision.reviewBy ?? null };
  await trx.insertInto('decisions').values(row).execute();
  await seal(trx, { model, table: 'decisions', row });
  return { ...decision, updateId, seq };
}

/** The registry says each thing once, so that what has one of its ids already is a person's row. */
async function freeId(trx: Db, { promotionId, updateId }: Omit<Decision, 'seq'>): Promise<string> {
  if (isPersonsId(updateId)) return updateId;
  const taken = await trx
    .selectFrom('decisions')
    .select('seq')
    .where('promotionId', '=', promotionId)
    .where('updateId', '=', updateId)
    .executeTakeFirst();
  return taken ? besides(updateId) : updateId;
}

/** Sets the state of a promotion that is still open, and has others told: what is settled stays settled. */
export async function settlePromotion(trx: Db, id: string, state: PromotionState): Promise<void> {
  await trx.updateTable('promotions').set({ state }).where('id', '=', id).where('state', 'in', OPEN).execute();
  await tellEnd(trx, id);
}
