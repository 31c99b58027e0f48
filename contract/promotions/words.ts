/** What is said of a promotion in several places. Pure. */

export const approvalsText = (count: number): string => `${count} ${count === 1 ? 'approval' : 'approvals'}`;

/** What a decision that puts an end to others' requests for changes says of them: empty where there are none. */
export const setsAsideText = (names: readonly string[]): string =>
  names.length === 0 ? '' : `, sets aside the changes that ${names.join(' and ')} asked for`;
