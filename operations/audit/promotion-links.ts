import type { AliasMove, Decision, Promotion } from '../../registry/schema.ts';
import type { SaidOf } from '../../registry/decisions/said.ts';
import { standingOf } from '../../registry/decisions/standing.ts';
import type { Evaluated } from './evaluation-links.ts';
import { demand, type Link } from './link.ts';

/** Links of a chain that say how a version came to serve, and who let it. */

export function deploymentLink(move: AliasMove, promotions: readonly Promotion[]): Link {
  const { model, alias, seq, fromVersion, toVersion, kind, by, why, at, requestId } = move;
  return {
    what: 'deployment',
    name: `${model}@${alias}, move ${seq}`,
    where: 'the registry',
    says: [`${fromVersion ?? 'nothing'} -> ${toVersion ?? 'nothing'}, ${kind} by ${by} at ${at}: ${why}`],
    check: async () => {
      if (kind !== 'promote' && kind !== 'break-glass') return;
      const promotion = promotions.find(({ id }) => id === requestId);
      demand(promotion?.state ?? 'no promotion', 'promoted', `its promotion ${requestId}`);
    },
  };
}

/** A move away from the version: taken down, rolled back from, or replaced by another. */
export const departureLink = (move: AliasMove): Link => {
  const { check: _, ...link } = deploymentLink(move, []);
  return { ...link, name: `${link.name}, away from it` };
};

export function approvalLink(options: {
  promotion: Promotion;
  decisions: readonly Decision[];
  /** Of each that was signed, by its number: the key. */
  keys: ReadonlyMap<number, string>;
  evaluations: readonly Evaluated[];
  moves: readonly AliasMove[];
}): Link {
  const { promotion, decisions, keys, evaluations, moves } = options;
  const { id, alias, state, approvalsNeeded, evidenceSha256, gateDecision, request } = promotion;
  return {
    what: 'approvals',
    name: id,
    ...(evidenceSha256 !== undefined && { sha256: evidenceSha256 }),
    where: 'the registry',
    says: [
      `to ${alias}: ${state}; ${approvalsNeeded} approval(s) asked`,
      ...(request ? [`asked for by ${request.by}${request.override ? ', override' : ''}: ${request.why}`] : []),
      ...decisions.map(
        ({ decision, seq, by, at, why }) =>
          `${decision} by ${by}${keys.has(seq) ? ` (signed by key ${keys.get(seq)})` : ''} at ${at}: ${why}`,
      ),
      ...(state === 'promoted' ? owedLines(decisions) : []),
    ],
    check: async () => {
      const of = evaluations.find(({ evidence }) => evidence.sha256 === evidenceSha256);
      const known = evaluations.map(({ evidence }) => evidence.sha256).join(' or ') || 'none';
      demand(evidenceSha256 ?? 'none', of?.evidence.sha256 ?? known, 'the evidence that was approved');
      if (of?.gate) demand(gateDecision ?? 'none', of.gate.decision, "the gate's decision that was approved");
      const approvals = standingOf(decisions, new Map()).approvals.length;
      const broken = decisions.some(({ decision }) => decision === 'break-glass');
      const hasMoved = moves.some(({ requestId }) => requestId === id);
      demand(hasMoved, state === 'promoted', 'whether it moved its alias');
      if (hasMoved && approvals < approvalsNeeded && !broken)
        throw new Error(`${approvals} approvals, and ${approvalsNeeded} were asked; yet it moved its alias`);
    },
  };
}

/** By the number of each decision on a promotion, the key that signed it. */
export const keysOf = (said: readonly SaidOf[], id: string): ReadonlyMap<number, string> =>
  new Map(said.flatMap(({ promotionId, seq, keyId }) => (promotionId === id && keyId !== null ? [[seq, keyId]] : [])));

/** A move past the rules that nobody has reviewed. */
function owedLines(decisions: readonly Decision[]): string[] {
  const broken = decisions.find(({ decision }) => decision === 'break-glass');
  if (!broken || decisions.some(({ decision }) => decision === 'review')) return [];
  const due = broken.reviewBy ?? broken.at;
  return [`a review is owed until ${due}${due < new Date().toISOString() ? ', and is OVERDUE' : ''}`];
}
