/** Quantiles of Student's t distribution. */

/**
 * The value that a t variable with `freedom` degrees of freedom stays below with `probability`, by bisection of its
 * distribution function, to 1e-10 of its size.
 * @param probability above 0.5 and below 1
 * @param freedom a whole number, at least 1
 */
export function studentQuantile(probability: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (studentBelow(high, freedom) < probability) high *= 2;
  while (high - low > 1e-10 * high) {
    const middle = (low + high) / 2;
    if (studentBelow(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * P(T <= t) for t >= 0 and whole degrees of freedom, by the finite sums of Abramowitz and Stegun, Handbook of Mathematical
 * Functions (1964), 26.7.3 (odd) and 26.7.4 (even).
 */
function studentBelow(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const odd = freedom % 2 === 1;
  let term = odd ? cos : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= (cos * cos * (k - 1)) / k;
    sum += term;
  }
  const within = odd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum;
  return 0.5 + within / 2;
}
