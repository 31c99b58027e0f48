import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { describePromotion } from './details.ts';
import {
  DECISION,
  MODEL,
  PromoteInputSchema,
  PROMOTION,
  SETTLED,
  STAGE,
  WAITING_FOR,
  type PromoteInput,
  type PromoteOutcome,
  type PromotionProgress,
} from '../contract/messages.ts';
import { tellEnding, type Told } from './telling/ending.ts';
import { parseInput } from './parse-input.ts';
import { takeDecisions } from './promotions/decisions.ts';
import { takeGrades } from './promotions/grades.ts';
import { remind, waitsFor } from './promotions/remind.ts';
import { promotionEnds } from './telling/promotion-ends.ts';
import { closePromotion, lookAtPromotion, openPromotion, promoteVersion, recordDecision } from './proxies.ts';
import { tellSuperseded } from './promotions/tell-superseded.ts';
import { samePerson } from '../contract/people.ts';
import type { PromotionSettled } from '../contract/promotion-stages.ts';
import { renewStaleEvidence } from './versions/renew-evidence.ts';
import { tellStale } from './promotions/tell-stale.ts';

/**
 * Moves an alias to an evaluated version, once the people that the alias's policy asks for have approved. It expires to hold,
 * and the move is a compare-and-set on the version that was evaluated as the incumbent.
 */
export function promoteModel(rawInput: PromoteInput): Promise<PromoteOutcome> {
  return tellEnding((ending) => promote(rawInput, ending), promotionEnds(rawInput));
}

async function promote(rawInput: PromoteInput, ending: Told): Promise<PromoteOutcome> {
  const input = parseInput({
    schema: PromoteInputSchema,
    input: rawInput,
    workflow: 'promoteModel',
    example: 'what improveModel starts it with',
  });
  const promotionId = workflowInfo().workflowId;
  const { expiresAfterMs, summary: _summary, page: _page, requestedBy: _requestedBy, ...asked } = input;
  const { model, version, alias } = asked;
  const state: PromotionProgress = {
    model,
    version,
    alias,
    approvalsNeeded: input.approvals,
    decisions: [],
    evidence: input.evidence.sha256,
    status: 'waiting',
    ...(input.startedBy && { startedBy: input.startedBy }),
  };
  const show = () => setCurrentDetails(describePromotion(input, state, { atMs: Date.now(), promotionId }));
  ending.onEnd((outcome) => {
    state.outcome = outcome;
    show();
  });
  let ready = false;
  const said = takeDecisions({ promotionId, state, ready: () => ready, show });
  takeGrades({ promotionId, state, ready: () => ready, show });
  let settled: PromotionSettled | undefined;
  setHandler(
    SETTLED,
    async () => {
      await condition(() => ready);
      // Whoever can send a signal could say this: the registry is asked.
      const found = state.status === 'waiting' ? await lookAtPromotion({ promotionId }) : undefined;
      if (found && found.state !== 'open') settled = found;
    },
    { description: 'For the workers: it looks into the registry, and ends where that has settled it. No input.' },
  );
  setHandler(PROMOTION, () => state, { description: 'Where the promotion stands. No input.' });

  upsertSearchAttributes([
    { key: MODEL, value: model },
    { key: STAGE, value: 'promotion' },
  ]);
  try {
    const askedAt = workflowInfo().startTime.toISOString();
    const opened = await openPromotion({ promotionId, ...asked, expiresAfterMs, askedAt });
    state.approvalsNeeded = opened.approvalsNeeded;
    if (opened.signed) state.signed = true;
    if (opened.rejected) state.rejected = opened.rejected;
    if (opened.past) state.past = opened.past;
    said.describe({ signed: opened.signed === true, ...(opened.breakGlass && { breakGlass: opened.breakGlass }) });
    ready = true;
    if (opened.held !== undefined && patched('held-when-opened')) settled = { state: 'held', why: opened.held };
    if (opened.superseded !== undefined) settled = { state: 'superseded', why: opened.superseded };
    state.expiresAt = new Date(Date.now() + expiresAfterMs).toISOString();
    if (state.approvalsNeeded > 0 && !settled) upsertSearchAttributes([{ key: WAITING_FOR, value: waitsFor(state) }]);
    show();

    if (opened.supersedes && patched('tells-what-it-supersedes')) await tellSuperseded(opened.supersedes);

    const waits = state.approvalsNeeded > 0 && !settled;
    if (waits && opened.evaluation !== false && patched('stale-is-told-when-opened')) tellStale(input, state, show);
    const stopReminding =
      waits && patched('reminders')
        ? remind({ state, waitsMs: expiresAfterMs, intervals: opened.remind, show })
        : undefined;
    const decided = await condition(
      () => said.rejection() !== undefined || said.approved() || settled !== undefined,
      expiresAfterMs,
    );
    stopReminding?.();
    // A decision that is being written when the time runs out still counts.
    await condition(allHandlersFinished);
    state.status = 'deciding';
    upsertSearchAttributes([{ key: WAITING_FOR, value: '' }]);
    const ended = settled && !said.rejection() ? outcomeOf(input, settled) : undefined;
    if (ended) state.ended = ended.reasons.join('; ');
    const expired = !decided && !said.rejection() && !said.approved();
    const outcome = ended ?? (await settle({ input, state, promotionId, expired, evaluation: opened.evaluation }));
    state.status = outcome.status;
    upsertSearchAttributes([{ key: DECISION, value: outcome.status }]);
    show();
    await condition(allHandlersFinished);
    return outcome;
  } catch (error) {
    const why = endOf(error);
    if (why !== undefined && patched('closed-when-it-ends-early')) {
      state.status = 'held';
      upsertSearchAttributes([{ key: WAITING_FOR, value: '' }]);
      show();
      await CancellationScope.nonCancellable(() => closePromotion({ promotionId, why }));
    }
    throw error;
  }
}

/** Why a promotion ends before it comes to anything: the registry must not keep it open. Undefined for a bug, which is tried again. */
function endOf(error: unknown): string | undefined {
  if (isCancellation(error)) return 'its workflow was cancelled';
  if (error instanceof ActivityFailure) return `its workflow failed: ${error.cause?.message ?? error.message}`;
  return undefined;
}

/** What a promotion comes to that the registry has settled meanwhile. */
function outcomeOf({ model, alias, version }: PromoteInput, { state, why }: PromotionSettled): PromoteOutcome {
  const status = state === 'open' ? 'held' : state;
  return { status, model, alias, version, reasons: [why] };
}

async function settle(options: {
  input: PromoteInput;
  state: PromotionProgress;
  promotionId: string;
  expired: boolean;
  /** False where the alias asks for none: nobody pays for a new one then. */
  evaluation: false | undefined;
}): Promise<PromoteOutcome> {
  const { input, state, promotionId, expired, evaluation } = options;
  const { model, version, alias, incumbentVersion, baseVersion } = input;
  const rejection = state.decisions.find((d) => d.decision === 'reject');
  const about = { model, alias, version };
  if (rejection) return { status: 'rejected', ...about, reasons: [`rejected by ${rejection.by}: ${rejection.why}`] };
  if (expired) {
    const asked = (state.requests ?? []).map(({ by, why }) => `; ${by} asked for changes: ${why}`).join('');
    const why = `nobody decided within ${input.expiresAfterMs / 3_600_000} hours${asked}`;
    const recorded = await recordDecision({
      promotionId,
      updateId: 'expiry',
      decision: 'expire',
      by: 'whetstone',
      why,
    });
    // What the registry has settled meanwhile, such as by a newer promotion, does not expire.
    if (recorded.status === 'refused' && patched('expiry-asks-the-registry')) {
      const found = await lookAtPromotion({ promotionId });
      if (found.state !== 'open') return outcomeOf(input, found);
    }
    return { status: 'held', ...about, reasons: [why] };
  }
  const broken = state.decisions.find((d) => d.decision === 'break-glass');
  // Who asked for changes after approving approves no more.
  const counted = broken
    ? [broken]
    : state.decisions.filter(
        (d, i) =>
          d.decision === 'approve' &&
          !state.decisions.slice(i + 1).some((l) => l.decision === 'request-changes' && samePerson(l.by, d.by)),
      );
  const approvers = [...new Set(counted.map((d) => d.by))];
  const { request } = input;
  const by = approvers.join(', ') || request?.by || 'the gate';
  const asked = request && `${request.override ? 'override: ' : ''}${request.why} (asked by ${request.by})`;
  const why = [asked, ...counted.map((d) => d.why)].filter(Boolean).join('; ') || input.gate.reasons.join('; ');
  const looks = !broken && !(evaluation === false && patched('renews-what-the-alias-asks-for'));
  const { expiresAt, approvalsNeeded } = state;
  const renewed = looks
    ? await renewStaleEvidence({ input, promotionId, approvers, approvalsNeeded, expiresAt })
    : undefined;
  if (renewed) return renewed;
  const move = await promoteVersion({ promotionId, ...about, incumbentVersion, baseVersion, by, why });
  switch (move.status) {
    case 'moved':
      return {
        status: 'promoted',
        ...about,
        reasons: [`${alias} points at version ${move.version}, decided by ${by}`],
      };
    case 'conflict':
    case 'blocked':
    case 'refused':
      return { status: 'held', ...about, reasons: [move.reason] };
    default:
      return move satisfies never;
  }
}
