import { describe, expect, it } from 'vitest';
import { studentQuantile } from './student-t.ts';

describe("quantiles of Student's t", () => {
  // As tabulated; the last as the normal distribution has it.
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 3, 3.182],
    [0.975, 10, 2.228],
    [0.975, 29, 2.045],
    [0.995, 5, 4.032],
    [0.9, 4, 1.533],
    [0.975, 100_000, 1.96],
  ])('stay below with probability %f at %i degrees of freedom: %f', (probability, freedom, value) => {
    expect(studentQuantile(probability, freedom)).toBeCloseTo(value, 3);
  });
});
