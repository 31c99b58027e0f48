import type { SignedDecision } from '../../schema/identity.ts';

/** The commands that say something to a promotion, as its alias's rule takes them: a name that is typed counts for nothing where decisions are signed. */

/** What `npx whetstone` calls each decision. */
export const COMMAND_OF: Readonly<Record<SignedDecision, string>> = {
  approve: 'approve',
  reject: 'reject',
  'request-changes': 'request-changes',
  withdraw: 'request-changes --withdraw',
  'break-glass': 'approve --break-glass',
  review: 'review',
};

/** Prints a decision that is signed, to be pasted as the input of its Update. */
export const signCommand = (decision: SignedDecision, promotion: string): string =>
  `npx whetstone ${COMMAND_OF[decision]} ${promotion} --why "the reason" --sign`;

export const approveCommand = (promotion: string, signed: boolean | undefined): string =>
  `npx whetstone approve ${promotion} ${signed ? '--why "..." --sign --send' : '--by NAME --why "..."'}`;

/** Closes a review that is owed, on the registry. */
export const reviewCommand = (promotion: string, signed: boolean): string =>
  `npx whetstone review ${promotion} ${signed ? '--why "..." --sign' : '--by NAME --why "..."'}`;
