const ROWS_AT_ONCE = 500;

/** A list in parts that are one statement each. */
export function* partsOf<T>(all: readonly T[], size = ROWS_AT_ONCE): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** A day as YYYYMMDD, to be compared. */
export const dayNumber = (date: string): number => Number(date.replaceAll('-', ''));
