import { transaction } from '../sql/transaction.ts';
import { appendMove, history, lastMove, unknownAlias } from './aliases.ts';
import type { AliasMove } from './schema.ts';
import { lockModel, type Db } from './versions.ts';

export interface TakedownRequest {
  model: string;
  alias: string;
  by: string;
  why: string;
  /** ISO 8601. */
  at: string;
  /** A retry with the same id returns the same move. */
  requestId?: string;
}

/**
 * Points an alias at nothing, until a promotion or a rollback brings it back. What served is not withdrawn: whether it was at
 * fault is said by a rollback, or not at all.
 * @returns the move, or undefined where the alias serves nothing already
 * @throws NotInRegistryError for a model or alias that is not there
 */
export function takeDown(
  db: Db,
  { model, alias, by, why, at, requestId }: TakedownRequest,
): Promise<AliasMove | undefined> {
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const current = await lastMove(trx, model, alias);
    if (!current) throw await unknownAlias(trx, model, alias);
    const moves = requestId === undefined ? [] : await history(trx, model, alias);
    const repeated = moves.find((move) => move.requestId === requestId);
    if (repeated) return repeated;
    if (current.toVersion === null) return undefined;
    return appendMove(trx, {
      model,
      alias,
      by,
      why,
      at,
      fromVersion: current.toVersion,
      toVersion: null,
      kind: 'takedown',
      requestId: requestId ?? `takedown/${model}/${alias}/${current.seq}`,
    });
  });
}
