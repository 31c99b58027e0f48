/** Figures as people read them. Pure. */

const MOST_DECIMALS = 9;

/**
 * A figure with so many decimals, or with as many as it takes not to look like 0, which it is not: where an interval ends at 0 or above is what
 * people decide by. What is smaller than a sum's own error is 0, and 0 has no sign.
 */
export function decimals(number: number, digits: number): string {
  for (let more = digits; more <= MOST_DECIMALS; more++) {
    const text = number.toFixed(more);
    if (/[1-9]/.test(text)) return text;
  }
  return (0).toFixed(digits);
}

/** `+0.71`, `-0.004` */
export function signedDecimals(number: number, digits: number): string {
  const text = decimals(number, digits);
  return text.startsWith('-') ? text : `+${text}`;
}
