import { DECIDE_EXAMPLE, type PersonsDecision } from '../../contract/deciding.ts';
import type { PromotionProgress } from '../../contract/messages.ts';
import { dateText } from '../../contract/reminders.ts';

/** What stands on a promotion's page of what it waits for, what was said, and what did not count: markdown. */

const CLAIMED_INPUT = 'with an input such as `{"by": "your name", "why": "the reason"}`';
const SIGNED_INPUT =
  'with what `npx whetstone approve --why "the reason" --sign` (or `reject`) prints as its input: only signed decisions count';

/** What it waits for, and how to give it. */
export function waitingText(state: PromotionProgress): string {
  const { approvalsNeeded, requests = [], expiresAt, reminders = [], startedBy } = state;
  const approvals = state.approvals ?? state.decisions.filter(({ decision }) => decision === 'approve').length;
  const missing = Math.max(0, approvalsNeeded - approvals);
  const ends = expiresAt
    ? `It expires on ${dateText(expiresAt)}${reminders.length > 0 ? `, and was reminded of on ${reminders.map(dateText).join(' and ')}` : ''}. `
    : '';
  const asked = requests.map(
    ({ by, why }) =>
      `**Changes are asked for** by ${cell(by)}: ${cell(why)}. The alias stays until ${cell(by)} sends \`approve\` or \`withdrawRequest\`, or an admin does.`,
  );
  const started = startedBy
    ? `The run was started by ${cell(startedBy.by)} (${cell(startedBy.how)}, as claimed). `
    : '';
  return [
    `**Waits for ${missing} approval(s)** of ${approvalsNeeded}. Choose *More Actions*, *Send an Update*, then \`approve\`, \`reject\` or \`requestChanges\`, ${state.signed ? SIGNED_INPUT : CLAIMED_INPUT}. ${started}${ends}Nobody deciding means hold. ` +
      `Where no worker runs, an Update can be lost: send the Signal \`decide\`, such as \`${DECIDE_EXAMPLE}\`, and look here for what became of it.`,
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

/** What people said, and what did not count. */
export const saidLines = ({ decisions, notCounted = [] }: PromotionProgress): string[] => [
  ...decisions.map(
    ({ decision, by, why, key }) =>
      `- ${PAST[decision]} by ${cell(by)} (${key ? `signed by key ${cell(key)}` : 'name as claimed'}): ${cell(why)}`,
  ),
  ...notCounted.map((why) => `- **not counted**, sent as a signal: ${cell(why)}`),
];

const cell = (text: string) => text.replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ');
