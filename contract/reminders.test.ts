import { expect, it } from 'vitest';
import { dateText, remindersAt, spanText } from './reminders.ts';

const HOUR = 3_600_000;

it('are at half of the time and a day before its end, unless an alias says otherwise', () => {
  expect(remindersAt(72 * HOUR)).toEqual([36 * HOUR, 48 * HOUR]);
  expect(remindersAt(48 * HOUR)).toEqual([24 * HOUR]);
  expect(remindersAt(10 * HOUR)).toEqual([5 * HOUR]);
  expect(remindersAt(72 * HOUR, ['2d', '90%', '1h'])).toEqual([24 * HOUR, 64.8 * HOUR, 71 * HOUR]);
  expect(remindersAt(72 * HOUR, [])).toEqual([]);
});

it('say for how long and until when in words', () => {
  expect([90_000, 36 * HOUR, 72 * HOUR, 60_000].map(spanText)).toEqual(['2 minutes', '36 hours', '3 days', '1 minute']);
  expect(dateText('2026-11-29T10:00:59.123Z')).toBe('2026-11-29 10:00 UTC');
});
