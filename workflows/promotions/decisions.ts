import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  currentUpdateInfo,
  patched,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import {
  DECIDE,
  DECIDE_EXAMPLE,
  DecideSignalSchema,
  DECISION_EXAMPLE,
  DECISION_UPDATES,
  DECISIONS,
  DecisionInputSchema,
  type DecideSignal,
  type DecisionInput,
  type PersonsDecision,
} from '../../contract/deciding.ts';
import type { PromotionProgress } from '../../contract/messages.ts';
import { spelling } from '../../contract/people.ts';
import { reviewCommand, signCommand } from '../../contract/promotions/commands.ts';
import { setsAsideText } from '../../contract/promotions/words.ts';
import type { PromotionOpened, RecordDecisionResult } from '../../contract/promotion-stages.ts';
import { parseInput } from '../parse-input.ts';
import { recordDecision } from '../proxies.ts';

type Recorded = Extract<RecordDecisionResult, { status: 'recorded' }>;

/** What each Update does, for the menu of the Temporal UI. */
const DESCRIPTIONS: Readonly<Record<PersonsDecision, string>> = {
  approve: 'Approve this promotion; a request for changes of your own is over then.',
  reject: 'Reject this promotion: what serves goes on serving.',
  'request-changes':
    'Ask for changes: the alias stays where it is until you approve or withdraw that, or an admin does.',
  withdraw: 'Take your request for changes back.',
  'break-glass':
    'Move the alias at once, past its approvals and its gate, where its rule lets you. Another person owes a review.',
};

/** What people have said so far, as the registry knows it. */
export interface Said {
  /** Whether the alias is to move. */
  approved: () => boolean;
  rejection: () => PromotionProgress['decisions'][number] | undefined;
  /** Says in the menu of Updates and Signals what the alias's policy asks. */
  describe: (policy: Pick<PromotionOpened, 'breakGlass'> & { signed: boolean }) => void;
}

/** Takes people's decisions on a promotion while it waits: as Updates, and as the Signal that waits for a worker. */
export function takeDecisions(options: {
  promotionId: string;
  state: PromotionProgress;
  /** Whether the registry knows the promotion. */
  ready: () => boolean;
  show: () => void;
}): Said {
  const { promotionId, state, ready, show } = options;
  /** Decisions being written: a second one that arrives meanwhile is refused as well. */
  const deciding = new Set<string>();
  /** Of Updates and Signals: the same decision may come as both. */
  const ids = new Set<string>();
  /** Of those, what was written down, and what was refused and may come again. */
  const written = new Set<string>();
  const refusedIds = new Set<string>();
  let moves = false;
  let reviewSigned = false;
  /** Answers of activities may come in another order than they were written. */
  let newest = 0;

  const rejection = () => state.decisions.find((d) => d.decision === 'reject');
  const approvals = () => state.approvals ?? state.decisions.filter((d) => d.decision === 'approve').length;
  // What was recorded before the registry said where that leads is counted here.
  const approved = () => ready() && (moves || (state.approvals === undefined && approvals() >= state.approvalsNeeded));

  const decide = async (
    decision: PersonsDecision,
    input: DecisionInput,
    { id: updateId, receivedAt = nowText() }: { id: string; receivedAt?: string },
  ): Promise<string> => {
    const { by, why, signed } = input;
    const isKnown = ids.has(updateId);
    ids.add(updateId);
    refusedIds.delete(updateId);
    deciding.add(spelling(by));
    let recorded: Recorded;
    try {
      await condition(ready);
      const result = await recordDecision({
        promotionId,
        updateId,
        decision,
        by,
        why,
        receivedAt,
        ...(signed && { proof: signed }),
      });
      // The registry is the truth: what it refuses is no decision, and may be one when it comes again.
      if (result.status === 'refused') {
        if (!written.has(updateId)) refusedIds.add(updateId);
        refuse(result.message);
      }
      recorded = result;
      const isNew = !written.has(updateId) && (!isKnown || patched('recorded-after-a-refusal'));
      written.add(updateId);
      const setsAside = result.setsAside?.map((one) => one.by);
      if (isNew)
        state.decisions.push({
          decision,
          by,
          why,
          ...(signed && { key: signed.key }),
          ...(setsAside && { setsAside }),
        });
      if (result.moves) moves = true;
      if (result.reviewBy !== undefined) state.review = { by: result.reviewBy, signed: reviewSigned };
      if (result.seq !== undefined && result.seq > newest) {
        newest = result.seq;
        state.approvals = result.approvals ?? 0;
        state.requests = result.requests ?? [];
      }
    } finally {
      deciding.delete(spelling(by));
    }
    show();
    return answerTo({
      decision,
      by,
      promotionId,
      recorded,
      missing: state.approvalsNeeded - approvals(),
      reviewSigned,
      moves: approved(),
    });
  };

  const assertOpen = (decision: PersonsDecision, { by }: DecisionInput, id: string | undefined) => {
    // The same one again: the registry answers as before.
    if (id !== undefined && ids.has(id) && !refusedIds.has(id)) return;
    const [first] = state.decisions;
    if (state.status !== 'waiting')
      refuse(
        `this promotion is already decided (${state.status})${first ? `, by ${first.by}: ${first.why}` : ''}; nothing was changed`,
      );
    if (rejection()) refuse(`already rejected by ${rejection()?.by}; nothing was changed`);
    if (approved()) refuse(`already approved by ${first?.by}; nothing was changed`);
    const own = state.decisions.findLast((d) => spelling(d.by) === spelling(by));
    const isSaid = own?.decision === 'approve' && (decision === 'approve' || decision === 'reject');
    if (deciding.has(spelling(by)) || isSaid) refuse(`${by} has already decided; another person must`);
  };

  const describe: Said['describe'] = ({ signed, breakGlass }) => {
    reviewSigned = breakGlass?.signed ?? signed;
    const command = (decision: PersonsDecision) => signCommand(decision, promotionId);
    for (const decision of DECISIONS) {
      const asks = signed || (decision === 'break-glass' && breakGlass?.signed === true);
      const whose =
        decision === 'break-glass' && breakGlass !== undefined ? ` Whom its rule lets: ${breakGlass.who}.` : '';
      setHandler(
        DECISION_UPDATES[decision],
        (input) => decide(decision, input, { id: currentUpdateInfo()?.id ?? '' }),
        {
          validator: (input) => {
            const { decision: named } = parseInput({
              schema: DecisionInputSchema,
              input,
              workflow: 'decision',
              example: DECISION_EXAMPLE,
            });
            if (named !== undefined && named !== decision)
              refuse(`decision: found ${named}, expected ${decision}: send it as that Update; nothing was changed`);
            assertOpen(decision, input, currentUpdateInfo()?.id);
          },
          description: `${DESCRIPTIONS[decision]}${whose} Input: ${asks ? `the line that this prints: ${command(decision)}` : DECISION_EXAMPLE}`,
        },
      );
    }
    setHandler(DECIDE, takeSignal, {
      description: `Decide where no worker may run: the server keeps it, and what comes of it stands on this page. Input: ${signed ? `the line that this prints: ${command('approve')} (or reject)` : DECIDE_EXAMPLE}`,
    });
  };

  /** Signals that waited for a worker come all at once, and count in their order. */
  let before: Promise<void> = Promise.resolve();
  const fromSignal = async (raw: DecideSignal, receivedAt: string) => {
    try {
      const { decision, id, ...input } = parseInput({
        schema: DecideSignalSchema,
        input: raw,
        workflow: 'decide',
        example: DECIDE_EXAMPLE,
      });
      if (id !== undefined && ids.has(id) && !(refusedIds.has(id) && patched('a-refused-id-comes-again'))) return;
      // A signal is kept before the promotion is opened, when it is not known yet what is asked.
      await condition(ready);
      assertOpen(decision, input, id);
      await decide(decision, input, { id: id ?? uuid4(), receivedAt });
    } catch (error) {
      const why = wordsOf(error);
      if (why === undefined) throw error;
      state.notCounted = [...(state.notCounted ?? []), why].slice(-MOST_NOTES);
      show();
    }
  };
  const takeSignal = (raw: DecideSignal) => {
    const receivedAt = nowText();
    before = before.then(() => fromSignal(raw, receivedAt));
    return before;
  };
  describe({ signed: false });
  return { approved, rejection, describe };
}

const nowText = () => new Date(Date.now()).toISOString();

/** What stands on the page of decisions that did not count: the last of them. */
const MOST_NOTES = 5;

/** What a decision that came by a signal was refused with; undefined for a mistake of the program, and where the workflow is cancelled. */
function wordsOf(error: unknown): string | undefined {
  if (error instanceof ApplicationFailure) return error.message;
  if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) return error.cause.message;
  return undefined;
}

function answerTo(options: {
  decision: PersonsDecision;
  by: string;
  promotionId: string;
  recorded: Recorded;
  missing: number;
  reviewSigned: boolean;
  moves: boolean;
}): string {
  const { decision, by, promotionId, recorded, missing, reviewSigned, moves } = options;
  const open = (recorded.requests ?? []).map((one) => one.by).join(', ');
  const aside = setsAsideText((recorded.setsAside ?? []).map((one) => one.by));
  const next = moves
    ? 'the alias moves now'
    : missing > 0
      ? `${missing} more needed${open ? `, and ${open} asks for changes` : ''}`
      : `${open} asks for changes, so the alias stays`;
  switch (decision) {
    case 'approve':
      return `approved by ${by}${aside}; ${next}`;
    case 'reject':
      return `rejected by ${by}; what serves goes on serving`;
    case 'request-changes':
      return `changes requested by ${by}; the alias stays until ${by} approves or withdraws that, or an admin does`;
    case 'withdraw':
      return `request withdrawn by ${by}${aside}; ${next}`;
    case 'break-glass':
      return `moved past its rule by ${by}; the alias moves now. Another person reviews it until ${recorded.reviewBy ?? 'soon'}: ${reviewCommand(promotionId, reviewSigned)}`;
    default:
      return decision satisfies never;
  }
}

export function refuse(message: string): never {
  throw ApplicationFailure.create({ type: 'whetstone.decision', nonRetryable: true, message });
}
