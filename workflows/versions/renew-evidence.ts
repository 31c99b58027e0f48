import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  startChild,
  TimeoutFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { WAITING_FOR, type PromoteInput, type PromoteOutcome } from '../../contract/messages.ts';
import { renewalId, renewalOf } from '../../contract/promotions/renewals.ts';
import { spanText } from '../../contract/reminders.ts';
import type { EvaluateInput, EvaluateResult } from '../../contract/version-messages.ts';
import { closePromotion, findStale, findStaleSuites } from '../proxies.ts';

/** How often a promotion's evidence is made anew before it is held: each time something else has changed meanwhile. */
const MOST_RENEWALS = 3;
/** What an evaluation is given at least; for Temporal, none at all is no limit. */
const LEAST_MS = 1_000;

/**
 * Looks, before an alias moves, whether what was approved still holds: whether what serves, a suite or a judge's version is another one
 * since. Then the version is evaluated again, and a promotion with the new evidence takes this one's place; what was approved was the
 * old evidence, and does not count there. It has the time that is left to the promotion: one that waits, such as for its budget, ends with it.
 * @returns what this promotion comes to; undefined where its evidence is fresh
 */
export async function renewStaleEvidence(options: {
  input: PromoteInput;
  promotionId: string;
  approvers: readonly string[];
  /** As it was opened with: with what an override asks. */
  approvalsNeeded: number;
  /** ISO 8601: until when the promotion waits. */
  expiresAt: string | undefined;
}): Promise<PromoteOutcome | undefined> {
  if (!patched('stale-evidence-is-evaluated-again')) return undefined;
  const { input, promotionId, approvers, approvalsNeeded, expiresAt } = options;
  const { model, version, alias, incumbentVersion, evidence, gate } = input;
  const held = async (reason: string): Promise<PromoteOutcome> => {
    await closePromotion({ promotionId, why: reason });
    return { status: 'held', model, alias, version, reasons: [reason] };
  };
  const stale: string[] = [];
  try {
    stale.push(...(await findStale({ model, version, alias, incumbentVersion })));
    stale.push(...(await findStaleSuites({ evidence })));
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure) || !patched('held-where-staleness-is-unknown'))
      throw error;
    return held(
      `whether its evidence is stale can't be known: ${messageOf(error)}. Evaluate it anew (npx whetstone evaluate ${model}@v${version}), and ask for its promotion again`,
    );
  }
  if (stale.length === 0) return undefined;
  const why = `its evidence is stale: ${stale.join('; ')}`;
  const { first, renewals } = renewalOf(promotionId);
  if (renewals >= MOST_RENEWALS)
    return held(`${why}. It was evaluated again ${renewals} times; ask for it when nothing else moves the alias`);

  upsertSearchAttributes([{ key: WAITING_FOR, value: 'a new evaluation' }]);
  setCurrentDetails(`## Promote ${model} version ${version} to ${alias}\n\n**Evaluated again**: ${why}.\n\n<br><br>`);
  const id = renewalId(first, renewals + 1);
  const leftMs = Math.max(LEAST_MS, (expiresAt ? Date.parse(expiresAt) : 0) - Date.now());
  const asks: EvaluateInput = {
    version: `${model}@v${version}`,
    against: `${model}@${alias}`,
    renews: {
      promotion: id,
      approvals: approvalsNeeded,
      expiresAfterMs: input.expiresAfterMs,
      // What rested on the gate's yes needs it again; an override never did.
      override: gate.decision !== 'promote',
    },
  };
  let result: EvaluateResult;
  try {
    result = await executeChild('evaluateVersion', {
      workflowId: `evaluate/${id}`,
      args: [asks],
      workflowExecutionTimeout: leftMs,
      staticSummary: `Evaluate ${model} version ${version} again`,
    });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ChildWorkflowFailure)) throw error;
    const failed =
      error.cause instanceof TimeoutFailure
        ? `it took longer than the ${spanText(leftMs)} that were left to this promotion`
        : messageOf(error);
    return held(`${why}; and it could not be evaluated again: ${failed}`);
  }
  if (gate.decision === 'promote' && result.gate.decision !== 'promote')
    return held(`${why}. Evaluated again, the gate says ${result.gate.decision}: ${result.gate.reasons.join('; ')}`);

  const lost =
    approvers.length > 0 ? `; what ${approvers.join(', ')} approved was the old evidence and does not count` : '';
  const said = `${why}. Evaluated again, it goes on as ${id}${lost}`;
  const { page: _page, ...asked } = input;
  const { uri, evaluation: sha256, rows } = result.evidence;
  const renewed: PromoteInput = {
    ...asked,
    incumbentVersion: result.incumbentVersion,
    baseVersion: result.baseVersion,
    gate: result.gate,
    evidence: { uri, sha256, rows },
    summary: `**Evaluated again**, for ${why} (before: ${promotionId})${lost}.\n\n${result.table}`,
    ...(result.page && { page: { brief: result.page.brief, link: result.page.link } }),
  };
  // First: two of one alias would not wait side by side.
  const outcome: PromoteOutcome = { ...(await held(said)), status: 'held', goesOnAs: id };
  await startChild('promoteModel', {
    workflowId: id,
    args: [renewed],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `${model} version ${version} to ${alias}, evaluated again`,
  });
  return outcome;
}

/** Of what failed at the bottom. */
function messageOf(error: Error): string {
  let current: Error = error;
  while (
    current.cause instanceof Error &&
    (current instanceof ChildWorkflowFailure || current instanceof ActivityFailure)
  )
    current = current.cause;
  return current instanceof ApplicationFailure ? current.message : String(current.message);
}
