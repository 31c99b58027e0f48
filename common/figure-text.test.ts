import { expect, it } from 'vitest';
import { decimals } from './figure-text.ts';

it.each([
  [0.712, 2, '0.71'],
  [-0.004, 2, '-0.004'],
  [0.0004, 2, '0.0004'],
  [0, 2, '0.00'],
  [-0, 2, '0.00'],
  [1e-17, 2, '0.00'],
  [-0.005, 1, '-0.01'],
  [1, 2, '1.00'],
])('%d with %d decimals is %s', (number, digits, text) => {
  expect(decimals(number, digits)).toBe(text);
});
