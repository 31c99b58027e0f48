import { DECIDE_EXAMPLE, type PersonsDecision } from '../../contract/deciding.ts';
import { reviewExample, type PromoteInput, type PromotionProgress } from '../../contract/messages.ts';
import { reviewCommand, signCommand } from '../../contract/promotions/commands.ts';
import { approvalsText, setsAsideText } from '../../contract/promotions/words.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { dateText } from '../../contract/reminders.ts';
import { cell } from '../telling/lines.ts';

/** What stands on a promotion's page of what it waits for, what was said, and what did not count: markdown. */

const CLAIMED_INPUT = 'with an input such as `{"by": "your name", "why": "the reason"}`';
/** What prints a decision that is signed; the same line is the input of the Update and of the Signal. */
const signLine = (promotionId: string) => `\`${signCommand('approve', promotionId)}\` (or \`reject\`)`;

/** What it waits for, and how to give it. */
export function waitingText(state: PromotionProgress, promotionId = 'PROMOTION'): string {
  const { approvalsNeeded, requests = [], expiresAt, reminders = [] } = state;
  const approvals = state.approvals ?? state.decisions.filter(({ decision }) => decision === 'approve').length;
  const missing = Math.max(0, approvalsNeeded - approvals);
  const ends = expiresAt
    ? `It expires on ${dateText(expiresAt)}${reminders.length > 0 ? `, and was reminded of on ${reminders.map(dateText).join(' and ')}` : ''}. `
    : '';
  const asked = requests.map(
    ({ by, why }) =>
      `**Changes are asked for** by ${cell(by)}: ${cell(why)}. The alias stays until ${cell(by)} sends \`approve\` or \`withdrawRequest\`, or an admin does.`,
  );
  const input = state.signed
    ? `with what ${signLine(promotionId)} prints as its input: only signed decisions count`
    : CLAIMED_INPUT;
  const signal = state.signed ? 'with that same line as its input' : `such as \`${DECIDE_EXAMPLE}\``;
  return [
    `**Waits for ${approvalsText(missing)}** of ${approvalsNeeded}. Choose *More Actions*, *Send an Update*, then \`approve\`, \`reject\` or \`requestChanges\`, ${input}. ${ends}Nobody deciding means hold. ` +
      `Where no worker runs, an Update can be lost: send the Signal \`decide\`, ${signal}, and look here for what became of it.`,
    ...asked,
  ].join('\n\n');
}

const PAST: Readonly<Record<PersonsDecision, string>> = {
  approve: 'approved',
  reject: 'rejected',
  'request-changes': 'changes asked for',
  withdraw: 'request for changes withdrawn',
  'break-glass': '**moved past its rule**',
};

/** What is owed for a move past the rules, and how to give it. This page is not written again: whether somebody did is told elsewhere. */
export function owedLines({ review, model }: PromotionProgress, promotionId = 'PROMOTION'): string[] {
  if (!review) return [];
  const input = review.signed
    ? `with what \`${reviewCommand(promotionId, true)} --print\` prints as its input`
    : `with an input such as \`${reviewExample(promotionId)}\``;
  return [
    `**Another person owes a review** until ${dateText(review.by)}. Start the workflow \`reviewPromotion\`, on the task queue \`${TASK_QUEUES.control}\`, ${input}; or, in a terminal, \`${reviewCommand(promotionId, review.signed)}\`. Whether somebody has: \`npx whetstone history ${model}\`.`,
  ];
}

/** Who asked for it, and what somebody who decides should know of it beside its evidence. */
export function aboutLines(
  { startedBy, rejected = [], past = [], stale = [], status }: PromotionProgress,
  request: PromoteInput['request'],
): string[] {
  return [
    ...(request
      ? [
          `**Asked for by** ${cell(request.by)} (name as claimed)${request.override ? ', although the gate does not say promote' : ''}: ${cell(request.why)}`,
        ]
      : startedBy
        ? [`**Asked for by** the run that ${cell(startedBy.by)} started (${cell(startedBy.how)}, as claimed).`]
        : []),
    ...rejected.map((one) => `**The same version was rejected before**, ${cell(one)}`),
    ...past.map((one) => `**The same version was** ${cell(one)}`),
    ...(status === 'waiting' && stale.length > 0
      ? [
          `**Its evidence is stale already:** ${cell(stale.join('; '))}. Once it is approved, it is evaluated again, and asks for approval of that. To decide by evidence that holds, reject this one, evaluate the version again and ask for its promotion then.`,
        ]
      : []),
  ];
}

/** What people said, and what did not count. */
export const saidLines = ({ decisions, notCounted = [] }: PromotionProgress): string[] => [
  ...decisions.map(
    ({ decision, by, why, key, setsAside = [] }) =>
      `- ${PAST[decision]} by ${cell(by)} (${key ? `signed by key ${cell(key)}` : 'name as claimed'}${cell(setsAsideText(setsAside))}): ${cell(why)}`,
  ),
  ...notCounted.map((why) => `- **not counted**, sent as a signal: ${cell(why)}`),
];
