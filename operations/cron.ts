import { Cron } from 'croner';
import { RequestError } from '../common/errors.ts';

/** When a schedule starts its runs, checked before Temporal is asked. */

export interface When {
  /** Five fields, or Temporal's `@every ...`. */
  expression: string;
  /** Of the tz database, such as Europe/Berlin. */
  timezone: string;
  /** What a person should know of it, such as a time that a change of the clocks leaves out. */
  notes: string[];
}

/** Years ahead in which a left-out time is looked for: each change of the clocks comes once a year. */
const YEARS_AHEAD = 2;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * Reads a cron expression and its time zone: `30 2 * * *`, `@daily`, `@every 6h`, or with `CRON_TZ=Europe/Berlin` before it.
 * @throws RequestError that says what is wrong, and how to write it
 */
export function readCron(options: { cron: string; timezone?: string | undefined; now: Date }): When {
  const { cron, now } = options;
  const [, named, expression = ''] = /^\s*(?:(?:CRON_)?TZ=(\S+)\s+)?(.*?)\s*$/.exec(cron) ?? [];
  if (named && options.timezone && named !== options.timezone)
    throw new RequestError(`cron names the time zone ${named}, timezone ${options.timezone}; leave one out`, {
      field: 'cron',
    });
  const timezone = readTimezone(options.timezone ?? named ?? 'UTC');
  if (/^@every\s/.test(expression)) return { expression, timezone, notes: [] };

  const wrong = (why: string, cause?: unknown) => new RequestError(`cron '${cron}': ${why}`, { field: 'cron', cause });
  const fields = expression.split(/\s+/);
  if (!expression.startsWith('@') && fields.length !== 5)
    throw wrong(
      `found ${fields.length} fields; expected five: minute, hour, day of the month, month, day of the week, such as "0 3 * * 1"`,
    );
  let local: Cron;
  try {
    // Fields compared as they stand, in no time zone at all.
    local = new Cron(expression, { timezone: 'UTC', ...(expression.startsWith('@') ? {} : { mode: '5-part' }) });
  } catch (cause) {
    throw wrong(
      `${(cause as Error).message.replace(/^Cron\w*: /, '')}; expected five fields, such as "0 3 * * 1"`,
      cause,
    );
  }
  if (!local.nextRun(now)) throw wrong('there is no such day, and so no run would ever start; correct day and month');
  return { expression, timezone, notes: leftOut({ local, timezone, now }) };
}

function readTimezone(name: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch (cause) {
    throw new RequestError(`timezone '${name}': unknown; expected a name such as Europe/Berlin or UTC`, {
      field: 'timezone',
      cause,
    });
  }
}

/** Times that the clocks jump over: Temporal starts no run then. */
function leftOut(options: { local: Cron; timezone: string; now: Date }): string[] {
  const { local, timezone, now } = options;
  for (let day = 0; day < YEARS_AHEAD * 366; day++) {
    const at = now.getTime() + day * DAY_MS;
    const gap = offsetMs(at + DAY_MS, timezone) - offsetMs(at, timezone);
    if (gap <= 0) continue;
    const jump = jumpWithin(at, timezone);
    // On the wall, from this time on for as long as the jump is wide.
    const start = jump + offsetMs(jump - MINUTE_MS, timezone);
    const next = local.nextRun(new Date(start - 1));
    if (next && next.getTime() < start + gap)
      return [
        `on ${next.toISOString().slice(0, 10)} there is no ${next.toISOString().slice(11, 16)} in ${timezone}, where the clocks go forward: that run is left out; choose another hour if each must come`,
      ];
  }
  return [];
}

/** The first minute of the new offset, between `from` and a day later. */
function jumpWithin(from: number, timezone: string): number {
  const before = offsetMs(from, timezone);
  let low = Math.floor(from / MINUTE_MS);
  let high = low + DAY_MS / MINUTE_MS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(middle * MINUTE_MS, timezone) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE_MS;
}

/** How far the wall clock is ahead of UTC. */
function offsetMs(at: number, timezone: string): number {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-u-hc-h23', {
      timeZone: timezone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
