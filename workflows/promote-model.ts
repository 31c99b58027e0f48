import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  currentUpdateInfo,
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
  DECISION_EXAMPLE,
  DecisionInputSchema,
  DECISION_UPDATES,
  MODEL,
  PromoteInputSchema,
  PROMOTION,
  SETTLED,
  STAGE,
  WAITING_FOR,
  type DecisionInput,
  type PromoteInput,
  type PromoteOutcome,
  type PromotionProgress,
} from '../contract/messages.ts';
import { samePerson, spelling } from '../contract/people.ts';
import { parseInput } from './parse-input.ts';
import { takeGrades } from './promotions/grades.ts';
import { closePromotion, lookAtPromotion, openPromotion, promoteVersion, recordDecision } from './proxies.ts';
import { tellSuperseded } from './promotions/tell-superseded.ts';
import type { PromotionSettled } from '../contract/promotion-stages.ts';

/**
 * Moves an alias to an evaluated version, once the people that the alias's policy asks for have approved. It expires to hold,
 * and the move is a compare-and-set on the version that was evaluated as the incumbent.
 */
export async function promoteModel(rawInput: PromoteInput): Promise<PromoteOutcome> {
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
  };
  const show = () => setCurrentDetails(describePromotion(input, state));
  /** Decisions being written: a second one that arrives meanwhile is refused as well. */
  const deciding = new Set<string>();
  let ready = false;

  const decide = async (decision: 'approve' | 'reject', { by, why, signed }: DecisionInput): Promise<string> => {
    deciding.add(spelling(by));
    try {
      await condition(() => ready);
      const recorded = await recordDecision({
        promotionId,
        updateId: currentUpdateInfo()?.id ?? '',
        decision,
        by,
        why,
        ...(signed && { proof: signed }),
      });
      // The registry is the truth: what it refuses is no decision.
      if (recorded.status === 'refused') refuse(recorded.message);
      state.decisions.push({ decision, by, why, ...(signed && { key: signed.key }) });
    } finally {
      deciding.delete(spelling(by));
    }
    show();
    const approvals = state.decisions.filter((d) => d.decision === 'approve').length;
    if (decision === 'reject') return `rejected by ${by}; what serves goes on serving`;
    return approvals >= state.approvalsNeeded
      ? `approved by ${by}; the alias moves now`
      : `approved by ${by}; ${state.approvalsNeeded - approvals} more needed`;
  };

  const validate = (args: DecisionInput) => {
    parseInput({ schema: DecisionInputSchema, input: args, workflow: 'decision', example: DECISION_EXAMPLE });
    const [first] = state.decisions;
    if (state.status !== 'waiting')
      refuse(
        `this promotion is already decided (${state.status})${first ? `, by ${first.by}: ${first.why}` : ''}; nothing was changed`,
      );
    if (rejection()) refuse(`already rejected by ${rejection()?.by}; nothing was changed`);
    if (approved()) refuse(`already approved by ${first?.by}; nothing was changed`);
    if (deciding.has(spelling(args.by)) || state.decisions.some((d) => samePerson(d.by, args.by)))
      refuse(`${args.by} has already decided; another person must`);
  };
  const rejection = () => state.decisions.find((d) => d.decision === 'reject');
  const approved = () =>
    ready && state.decisions.filter((d) => d.decision === 'approve').length >= state.approvalsNeeded;

  const sample = `Input: ${DECISION_EXAMPLE}`;
  setHandler(DECISION_UPDATES.approve, (args) => decide('approve', args), {
    validator: validate,
    description: `Approve this promotion. ${sample}`,
  });
  setHandler(DECISION_UPDATES.reject, (args) => decide('reject', args), {
    validator: validate,
    description: `Reject this promotion: what serves goes on serving. ${sample}`,
  });
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
    const opened = await openPromotion({ promotionId, ...asked, expiresAfterMs });
    state.approvalsNeeded = opened.approvalsNeeded;
    if (opened.signed) state.signed = true;
    ready = true;
    if (opened.held !== undefined && patched('held-when-opened')) settled = { state: 'held', why: opened.held };
    if (state.approvalsNeeded > 0 && !settled)
      upsertSearchAttributes([{ key: WAITING_FOR, value: `approval of ${model} version ${version}` }]);
    show();

    if (opened.supersedes && patched('tells-what-it-supersedes')) await tellSuperseded(opened.supersedes);

    const decided = await condition(
      () => rejection() !== undefined || approved() || settled !== undefined,
      expiresAfterMs,
    );
    // A decision that is being written when the time runs out still counts.
    await condition(allHandlersFinished);
    state.status = 'deciding';
    upsertSearchAttributes([{ key: WAITING_FOR, value: '' }]);
    const ended = settled && !rejection() ? outcomeOf(input, settled) : undefined;
    if (ended) state.ended = ended.reasons.join('; ');
    const expired = !decided && !rejection() && !approved();
    const outcome = ended ?? (await settle({ input, state, promotionId, expired }));
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
}): Promise<PromoteOutcome> {
  const { input, state, promotionId, expired } = options;
  const { model, version, alias, incumbentVersion, baseVersion } = input;
  const rejection = state.decisions.find((d) => d.decision === 'reject');
  const about = { model, alias, version };
  if (rejection) return { status: 'rejected', ...about, reasons: [`rejected by ${rejection.by}: ${rejection.why}`] };
  if (expired) {
    const why = `nobody decided within ${input.expiresAfterMs / 3_600_000} hours`;
    await recordDecision({ promotionId, updateId: 'expiry', decision: 'expire', by: 'whetstone', why });
    return { status: 'held', ...about, reasons: [why] };
  }
  const approvers = state.decisions.map((d) => d.by);
  const { request } = input;
  const by = approvers.join(', ') || request?.by || 'the gate';
  const asked = request && `${request.override ? 'override: ' : ''}${request.why} (asked by ${request.by})`;
  const why = [asked, ...state.decisions.map((d) => d.why)].filter(Boolean).join('; ') || input.gate.reasons.join('; ');
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

function refuse(message: string): never {
  throw ApplicationFailure.create({ type: 'whetstone.decision', nonRetryable: true, message });
}
