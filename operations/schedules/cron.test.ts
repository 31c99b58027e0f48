import { describe, expect, it } from 'vitest';
import { readCron, readJitter } from './cron.ts';

const now = new Date('2026-11-26T08:00:00Z');
const read = (cron: string, timezone?: string) => readCron({ cron, timezone, now });

describe('a cron expression', () => {
  it.each([
    ['0 3 * * 1', undefined, '0 3 * * 1', 'UTC'],
    ['CRON_TZ=Asia/Tokyo 30 2 * * *', undefined, '30 2 * * *', 'Asia/Tokyo'],
    ['TZ=Asia/Tokyo @daily', undefined, '@daily', 'Asia/Tokyo'],
    ['0 3 * * mon-fri', 'Asia/Tokyo', '0 3 * * mon-fri', 'Asia/Tokyo'],
    ['@every 6h', undefined, '@every 6h', 'UTC'],
    ['0 0 29 2 *', undefined, '0 0 29 2 *', 'UTC'],
  ])('%s in %s has a time zone of its own (F26)', (cron, zone, expression, timezone) => {
    expect(read(cron, zone)).toEqual({ expression, timezone });
  });

  it.each([
    ['0 0 31 2 *', undefined, /there is no such day/],
    ['0 0 3 * * 1', undefined, /found 6 fields; expected five/],
    ['0 3 * *', undefined, /found 4 fields; expected five/],
    ['99 3 * * 1', undefined, /cron '99 3 \* \* 1'.*expected five fields/],
    ['every monday', undefined, /found 2 fields/],
    ['@fortnightly', undefined, /expected five fields/],
    ['0 3 * * 1', 'Europe/Berln', /timezone 'Europe\/Berln': unknown/],
    ['CRON_TZ=Asia/Tokyo 0 3 * * 1', 'UTC', /names the time zone Asia\/Tokyo, timezone UTC/],
  ])('%s in %s is refused before Temporal is asked (F26)', (cron, zone, message) => {
    expect(() => read(cron, zone)).toThrow(message);
  });
});

it.each([
  ['0', 0],
  ['30s', 30_000],
  ['5 m', 300_000],
  ['90', 90_000],
])('a jitter of %s is %i ms', (text, ms) => {
  expect(readJitter(text)).toBe(ms);
});

it.each(['31m', '1h', '-1s', 'soon', ''])('a jitter of %j is refused', (text) => {
  expect(() => readJitter(text)).toThrow(/expected 0, or a time such as 30s or 5m/);
});
