import { Cron } from 'croner';
import { RequestError } from '../../common/errors.ts';

/** When a schedule starts its runs, checked before Temporal is asked. */

export interface When {
  /** Five fields, or Temporal's `@every ...`. */
  expression: string;
  /** Of the tz database, such as Europe/Berlin. */
  timezone: string;
}

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
  if (isInterval(expression)) return { expression, timezone };

  const wrong = (why: string, cause?: unknown) => new RequestError(`cron '${cron}': ${why}`, { field: 'cron', cause });
  const fields = expression.split(/\s+/);
  if (!expression.startsWith('@') && fields.length !== 5)
    throw wrong(
      `found ${fields.length} fields; expected five: minute, hour, day of the month, month, day of the week, such as "0 3 * * 1"`,
    );
  let times: Cron;
  try {
    times = onTheWall(expression);
  } catch (cause) {
    throw wrong(
      `${(cause as Error).message.replace(/^Cron\w*: /, '')}; expected five fields, such as "0 3 * * 1"`,
      cause,
    );
  }
  if (!times.nextRun(now)) throw wrong('there is no such day, and so no run would ever start; correct day and month');
  return { expression, timezone };
}

/** Temporal's own: so long after each other, whatever the clocks say. */
export const isInterval = (expression: string): boolean => /^@every\s/.test(expression);

/** The times of an expression as they stand on the wall, in no time zone at all: as though they were of UTC. */
export const onTheWall = (expression: string): Cron =>
  new Cron(expression, { timezone: 'UTC', ...(expression.startsWith('@') ? {} : { mode: '5-part' }) });

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

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** Half of what the clocks are set by: a start is still known by the time that it is of. */
const MOST_JITTER_MS = 30 * 60_000;

/** Reads how long a run may start late: `0`, `30s`, `5m`. @throws RequestError */
export function readJitter(text: string): number {
  const [, amount = '', unit = 's'] = /^(\d+)\s*([smh]?)$/.exec(text.trim()) ?? [];
  const ms = amount === '' ? NaN : Number(amount) * (UNITS[unit || 's'] ?? NaN);
  if (ms <= MOST_JITTER_MS) return ms;
  throw new RequestError(`jitter '${text}': expected 0, or a time such as 30s or 5m, of 30 minutes at the most`, {
    field: 'jitter',
  });
}
