/** Ids of promotions that go on where another one left off, whose evidence was stale and was made anew. */

const AGAIN = /\/again-(\d+)$/;

/** How often a promotion's evidence was made anew before, and the one that asked first: itself, where it was not. */
export function renewalOf(promotionId: string): { first: string; renewals: number } {
  return { first: promotionId.replace(AGAIN, ''), renewals: Number(AGAIN.exec(promotionId)?.[1] ?? 0) };
}

export const renewalId = (first: string, renewals: number): string => `${first}/again-${renewals}`;
