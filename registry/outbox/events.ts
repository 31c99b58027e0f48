import { sha256Of } from '../../common/hash.ts';
import type { EventData, EventType, RegistryEvent } from '../../schema/event.ts';
import type { Promotion, RegistryTables } from '../schema.ts';

/** What a row of history is in the words of those who are told. Pure. */

export type NewEvent = Omit<RegistryEvent, 'seq'>;

/** The promotion that a row belongs to, as far as an event needs it. */
export type PromotionOf = Pick<Promotion, 'id' | 'model' | 'alias' | 'version'> & { evidenceSha256: string | null };

/** @param subject what makes it this event and no other, so that telling it again is no second one */
function event(
  type: EventType,
  about: { subject: string; model: string; alias?: string; at: string; data: EventData },
): NewEvent {
  const { subject, model, alias = null, at, data } = about;
  return { id: eventId(type, `${model}\n${subject}`), type, model, alias, at, data };
}

/** Without a full stop, which parts what a webhook's signature is over. */
const eventId = (type: EventType, subject: string) => `evt_${sha256Of(`${type}\n${subject}`).slice(0, 32)}`;

export function ofVersion(row: RegistryTables['versions'], subject: string): NewEvent {
  const { model, version, createdAt: at, evidenceSha256, gate } = row;
  const decision = gate === null ? undefined : (JSON.parse(gate) as { decision: string }).decision;
  const data = {
    version,
    ...(evidenceSha256 !== null && { evidenceSha256 }),
    ...(decision !== undefined && { gateDecision: decision }),
  };
  return event('version.registered', { subject, model, at, data });
}

/** Evaluated again, after it was registered. */
export function ofEvaluation(row: RegistryTables['evaluations'], subject: string): NewEvent {
  const { model, version, evidenceSha256, gate, at } = row;
  const { decision } = JSON.parse(gate) as { decision: string };
  return event('version.evaluated', { subject, model, at, data: { version, evidenceSha256, gateDecision: decision } });
}

export function ofBlock(row: RegistryTables['versionBlocks'], subject: string): NewEvent {
  const { model, version, action, by, why, at } = row;
  const type = action === 'block' ? 'version.withdrawn' : 'version.cleared';
  return event(type, { subject, model, at, data: { version, by, why } });
}

export function ofPromotion(row: RegistryTables['promotions']): NewEvent {
  const { id: subject, model, alias, createdAt: at } = row;
  return event('approval.wanted', { subject, model, alias, at, data: waitsFor(row) });
}

/** It still waits. */
export function ofReminder(
  row: RegistryTables['promotions'],
  { reminder, at }: { reminder: number; at: string },
): NewEvent {
  const { id, model, alias } = row;
  return event('approval.reminded', { subject: `${id} ${reminder}`, model, alias, at, data: waitsFor(row) });
}

function waitsFor(row: RegistryTables['promotions']): EventData {
  const { id: promotionId, version, approvalsNeeded, expiresAt } = row;
  const { expectedVersion: fromVersion, evidenceSha256, gateDecision, reasons, request } = row;
  const asked = request === null ? undefined : (JSON.parse(request) as { by: string; why: string });
  return {
    version,
    fromVersion,
    promotionId,
    approvalsNeeded,
    ...(expiresAt !== null && { expiresAt }),
    ...(gateDecision !== null && { gateDecision }),
    reasons: JSON.parse(reasons) as string[],
    ...(evidenceSha256 !== null && { evidenceSha256 }),
    ...(asked && { by: asked.by, why: asked.why }),
  };
}

/** What the clock or the registry wrote is told by what the promotion came to. */
export function ofDecision(
  row: RegistryTables['decisions'],
  subject: string,
  promotion: PromotionOf,
): NewEvent | undefined {
  const { promotionId, decision, by, why, at, reviewBy } = row;
  if (decision === 'expire' || decision === 'close') return undefined;
  const { model, alias, version } = promotion;
  const data = { version, promotionId, decision, by, why, ...(reviewBy !== null && { reviewBy }) };
  return event(decision === 'review' ? 'promotion.reviewed' : 'approval.decided', { subject, model, alias, at, data });
}

const MOVES = {
  promote: 'promotion.promoted',
  'break-glass': 'alias.glass_broken',
  bootstrap: 'alias.bootstrapped',
  rollback: 'alias.rolled_back',
  takedown: 'alias.taken_down',
} as const satisfies Record<RegistryTables['aliasMoves']['kind'], EventType>;

export function ofMove(
  row: RegistryTables['aliasMoves'],
  subject: string,
  promotion: PromotionOf | undefined,
): NewEvent {
  const { model, alias, kind, toVersion, fromVersion, by, why, at } = row;
  const data = {
    ...(toVersion !== null && { version: toVersion }),
    fromVersion,
    move: row.seq,
    by,
    why,
    ...(promotion && { promotionId: promotion.id }),
    ...(typeof promotion?.evidenceSha256 === 'string' && { evidenceSha256: promotion.evidenceSha256 }),
  };
  return event(MOVES[kind], { subject, model, alias, at, data });
}

const ENDS = {
  held: 'promotion.held',
  rejected: 'promotion.rejected',
  expired: 'promotion.expired',
  superseded: 'promotion.superseded',
} as const satisfies Partial<Record<Promotion['state'], EventType>>;

/** What a promotion came to, but for a move, which tells itself. */
export function ofEnd(
  promotion: PromotionOf & { state: Promotion['state'] },
  last: Pick<RegistryTables['decisions'], 'by' | 'why' | 'at'>,
): NewEvent | undefined {
  const { id: promotionId, model, alias, version, state, evidenceSha256 } = promotion;
  if (!(state in ENDS)) return undefined;
  const { by, why, at } = last;
  const data = { version, promotionId, by, why, ...(evidenceSha256 !== null && { evidenceSha256 }) };
  return event(ENDS[state as keyof typeof ENDS], { subject: promotionId, model, alias, at, data });
}

/** A run that waits at its cap. */
export interface ReachedBudget {
  model: string;
  workflowId: string;
  runId: string;
  /** How often its budget was raised before. */
  raises: number;
  why: string;
  caps: string[];
  /** ISO 8601. */
  at: string;
}

export function ofBudget({ model, workflowId, runId, raises, why, caps, at }: ReachedBudget): NewEvent {
  return event('budget.reached', { subject: `${runId} ${raises}`, model, at, data: { workflowId, why, caps } });
}
