import { describe, expect, it } from 'vitest';
import { readCron } from './cron.ts';

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
    expect(read(cron, zone)).toEqual({ expression, timezone, notes: [] });
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

  it('at a time that the clocks jump over is noted, with the day (F26)', () => {
    expect(read('30 2 * * *', 'Europe/Berlin').notes).toEqual([
      expect.stringContaining('on 2027-03-28 there is no 02:30 in Europe/Berlin'),
    ]);
    expect(read('0 2 * * 0', 'America/New_York').notes[0]).toContain('on 2027-03-14 there is no 02:00');
    // Weekdays only: the clocks change on a Sunday.
    expect(read('30 2 * * 1-5', 'Europe/Berlin').notes).toEqual([]);
    expect(read('30 3 * * *', 'Europe/Berlin').notes).toEqual([]);
  });
});
