import { transaction } from '../sql/transaction.ts';
import { appendMove, history, serving, unknownAlias } from './aliases.ts';
import type { AliasMove } from './schema.ts';
import { appendBlock, listVersions, lockModel, withdrawnTwin, type Db } from './versions.ts';

export interface RollbackRequest {
  model: string;
  alias: string;
  by: string;
  why: string;
  /** ISO 8601. */
  at: string;
  /** A retry with the same id returns the same move, where a second request would go back further. */
  requestId?: string;
  /** Roll back only while this serves. */
  expectedVersion?: number;
}

export type RollbackResult =
  | { status: 'moved'; move: AliasMove }
  | { status: 'conflict'; servingVersion: number; message: string }
  /** No earlier version that is not withdrawn. */
  | { status: 'unavailable'; servingVersion: number; message: string };

/**
 * Puts back the version that served before the current one, and withdraws the current one. Asked again it goes back
 * further, past versions withdrawn in between; it never returns to one that it took down.
 */
export async function rollback(db: Db, request: RollbackRequest): Promise<RollbackResult> {
  const { model, alias, by, why, at, requestId, expectedVersion } = request;
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const moves = await history(trx, model, alias);
    const repeated = requestId && moves.find((move) => move.requestId === requestId);
    if (repeated) return { status: 'moved', move: repeated };
    const current = moves.at(-1);
    if (!current) throw await unknownAlias(trx, model, alias);

    const servingVersion = current.toVersion;
    if (expectedVersion !== undefined && servingVersion !== expectedVersion) {
      const message = `${model}@${alias}: expected version ${expectedVersion} to serve, but ${serving(servingVersion)}`;
      return { status: 'conflict', servingVersion, message };
    }
    // As if the current one were withdrawn already: what equals it must not come back in its place.
    const versions = (await listVersions(trx, model)).map((other) =>
      other.version === servingVersion ? { ...other, blocked: { by, why, at } } : other,
    );
    const target = servedBefore(moves).findLast((earlier) =>
      versions.some((other) => other.version === earlier && !withdrawnTwin(versions, other)),
    );
    if (target === undefined) {
      const message = `${model}@${alias}: ${serving(servingVersion)}, and no earlier version is left to go back to`;
      return { status: 'unavailable', servingVersion, message };
    }
    await appendBlock(trx, { model, version: servingVersion, action: 'block', by, why, at });
    const move = await appendMove(trx, {
      model,
      alias,
      fromVersion: servingVersion,
      toVersion: target,
      kind: 'rollback',
      by,
      why,
      requestId: requestId ?? `rollback/${model}/${alias}/${current.seq}`,
      at,
    });
    return { status: 'moved', move };
  });
}

/** Versions that served before the current one, as a stack: a rollback takes its top off instead of adding to it. */
function servedBefore(moves: readonly AliasMove[]): number[] {
  const served: number[] = [];
  for (const { kind, toVersion: version } of moves) {
    if (kind === 'rollback') served.length = served.lastIndexOf(version) + 1;
    else if (served.at(-1) !== version) served.push(version);
  }
  return served.slice(0, -1);
}
