/**
 * Whole numbers in the given shares that add up to `total`, by largest remainder (Hamilton's method). Shares are weights:
 * 0.6 and 0.4 are the same as 3 and 2. Of equal remainders the first in the shares' order is rounded up.
 */
export function quotas<K extends string>(total: number, shares: Readonly<Partial<Record<K, number>>>): Map<K, number> {
  const entries = Object.entries<number | undefined>(shares) as [K, number][];
  const weight = entries.reduce((sum, [, share]) => sum + share, 0);
  const parts = entries.map(([key, share], i) => {
    const exact = (total * share) / weight;
    return { key, i, whole: Math.floor(exact), rest: exact - Math.floor(exact) };
  });
  let left = total - parts.reduce((sum, { whole }) => sum + whole, 0);
  for (const part of parts.toSorted((a, b) => b.rest - a.rest || a.i - b.i)) {
    if (left <= 0) break;
    part.whole += 1;
    left -= 1;
  }
  return new Map(parts.map(({ key, whole }) => [key, whole]));
}
