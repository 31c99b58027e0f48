import { transaction } from '../sql/transaction.ts';
import { appendMove, history, serving, unknownAlias, type MoveTo } from './aliases.ts';
import { listMarks, standing } from './marks.ts';
import type { AliasMove, ModelVersion } from './schema.ts';
import { withdrawnBecause } from './decisions/hindrance.ts';
import { appendBlock, getVersion, listVersions, lockModel, withdrawnTwin, type Db } from './versions.ts';

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
  /** The version to put back, of those that served before; without, the one before the current one. */
  to?: number;
  /** Also to the untuned base, which is worse than what anybody promoted. */
  allowBase?: boolean;
}

export type RollbackResult =
  /** `withdraws`: the version that was taken from its place, or was taken down before. */
  | { status: 'moved'; move: MoveTo; withdraws?: number | undefined }
  | { status: 'conflict'; servingVersion: number | null; message: string }
  /** No such version that served before, that is not withdrawn, and that is more than the untuned base. */
  | { status: 'unavailable'; servingVersion: number | null; message: string };

/** What a rollback would do. */
export type RollbackPlan =
  | { status: 'possible'; target: ModelVersion; servingVersion: number | null; withdraws: number | undefined }
  | Exclude<RollbackResult, { status: 'moved' }>;

/**
 * Puts back the version that served before the current one, and withdraws the current one. Asked again it goes back
 * further, past versions withdrawn in between; it never returns to one that it took down. An alias that serves nothing is rolled
 * back as if what was taken down still served, unless `to` names that.
 */
export async function rollback(db: Db, request: RollbackRequest): Promise<RollbackResult> {
  const { model, alias, by, why, at, requestId } = request;
  return transaction(db, async (trx) => {
    await lockModel(trx, model);
    const moves = await history(trx, model, alias);
    const repeated = requestId && moves.find((move) => move.requestId === requestId);
    if (repeated && repeated.toVersion !== null)
      return {
        status: 'moved',
        move: { ...repeated, toVersion: repeated.toVersion },
        withdraws: withdrawnBy(moves, repeated),
      };
    const plan = await planOf(trx, request, moves);
    if (plan.status !== 'possible') return plan;
    const { target, servingVersion, withdraws } = plan;
    if (withdraws !== undefined) await appendBlock(trx, { model, version: withdraws, action: 'block', by, why, at });
    const move = await appendMove(trx, {
      model,
      alias,
      fromVersion: servingVersion,
      toVersion: target.version,
      kind: 'rollback' as const,
      by,
      why,
      requestId: requestId ?? `rollback/${model}/${alias}/${moves.at(-1)?.seq}`,
      at,
    });
    return { status: 'moved', move, withdraws };
  });
}

/** What `rollback` would do now. @throws NotInRegistryError for a model or alias that is not there */
export const planRollback = async (db: Db, request: RollbackRequest): Promise<RollbackPlan> =>
  planOf(db, request, await history(db, request.model, request.alias));

async function planOf(db: Db, request: RollbackRequest, moves: readonly AliasMove[]): Promise<RollbackPlan> {
  const { model, alias, by, why, at, expectedVersion, to, allowBase = false } = request;
  const current = moves.at(-1);
  if (!current) throw await unknownAlias(db, model, alias);
  const servingVersion = current.toVersion;
  const name = `${model}@${alias}`;
  if (expectedVersion !== undefined && servingVersion !== expectedVersion) {
    const message = `${name}: expected version ${expectedVersion} to serve, but ${serving(servingVersion)}`;
    return { status: 'conflict', servingVersion, message };
  }
  // What serves, or served last: withdrawn by a rollback, but not where it is itself put back.
  const last = servingVersion ?? current.fromVersion;
  const withdraws = last === to || last === null ? undefined : last;
  // As if it were withdrawn already: what equals it must not come back in its place.
  const versions = (await listVersions(db, model)).map((other) =>
    other.version === withdraws ? { ...other, blocked: { by, why, at } } : other,
  );
  const marks = await listMarks(db, model);
  const served = servedBefore(moves, withdraws === undefined);
  const canServe = (version: ModelVersion) =>
    !withdrawnTwin(versions, version) && !standing(marks, { version: version.version });
  // Where nothing serves, what was taken down comes back by its number alone.
  const takenDown = servingVersion === null && current.fromVersion !== null ? current.fromVersion : undefined;
  const comesBack =
    takenDown !== undefined &&
    takenDown !== to &&
    !standing(marks, { version: takenDown }) &&
    !(await withdrawnBecause(db, await getVersion(db, model, takenDown)));
  const unavailable = (why: string): RollbackPlan => ({
    status: 'unavailable',
    servingVersion,
    message: `${name}: ${serving(servingVersion)}, and ${why}${comesBack ? `. To put back version ${takenDown}, which was taken down: --to ${takenDown} (in JSON "to": ${takenDown})` : ''}`,
  });
  const left = served.flatMap((earlier) => versions.filter((other) => other.version === earlier && canServe(other)));
  const goodLeft = [...new Set(left.filter(({ candidate }) => candidate !== 'base').map(({ version }) => version))];
  const target = to === undefined ? left.at(-1) : left.find(({ version }) => version === to);
  if (to !== undefined && servingVersion === to) return unavailable(`that is version ${to} already`);
  if (!target) {
    if (to === undefined) return unavailable('no earlier version is left to go back to');
    const asked = versions.find(({ version }) => version === to);
    const withdrawn = asked && (await withdrawnBecause(db, asked));
    const because = withdrawn ? ` (${withdrawn.said}. ${withdrawn.fix})` : '';
    const able = new Set([...left.map(({ version }) => version), ...(comesBack ? [takenDown] : [])]);
    return unavailable(
      `version ${to} is none that served before and can serve again${because}; those are: ${[...able].sort((a, b) => a - b).join(', ') || 'none'}`,
    );
  }
  if (target.candidate === 'base' && !allowBase) {
    const others = goodLeft.length > 0 ? `, or name another: ${goodLeft.join(', ')}` : '';
    return unavailable(
      `${to === undefined ? 'all that is left to go back to' : 'what is asked for'} is version ${target.version}, the untuned base. ` +
        `Say that you want it (--base; in JSON "base": true)${servingVersion === null ? '' : ', or take the alias down'}${others}`,
    );
  }
  return { status: 'possible', target, servingVersion, withdraws };
}

/** What a rollback that was made already withdrew: what served until then, or last. */
function withdrawnBy(moves: readonly AliasMove[], { seq, fromVersion, toVersion }: AliasMove): number | undefined {
  const last = fromVersion ?? moves.findLast((move) => move.seq < seq)?.fromVersion ?? undefined;
  return last === toVersion ? undefined : last;
}

/**
 * Versions that served before the current one, as a stack: a rollback takes its top off instead of adding to it.
 * @param withLast with the one that serves or served last
 */
function servedBefore(moves: readonly AliasMove[], withLast: boolean): number[] {
  const served: number[] = [];
  for (const { kind, toVersion: version } of moves) {
    if (version === null) continue;
    const before = served.lastIndexOf(version);
    if (kind === 'rollback' && before >= 0) served.length = before + 1;
    else if (served.at(-1) !== version) served.push(version);
  }
  return withLast ? served : served.slice(0, -1);
}
