/** What the clock on the wall shows. Pure. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const part = 'numeric';
    const fields = { year: part, month: part, day: part, hour: part, minute: part, second: part } as const;
    formats.set(timeZone, (format = new Intl.DateTimeFormat('en-u-hc-h23', { timeZone, ...fields })));
  }
  return format;
}

/** How far the wall clock is ahead of UTC. */
export function offsetMs(at: number, timezone: string): number {
  const parts = Object.fromEntries(
    formatOf(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** Day and time of a moment that is told as though it were of UTC. */
export function wallText(wallMs: number): [day: string, time: string] {
  const text = new Date(wallMs).toISOString();
  return [text.slice(0, 10), text.slice(11, 16)];
}

/** `Mon 2026-11-30 03:00:42 Europe/Berlin (02:00:42 UTC)` */
export function timeIn(at: Date, timezone: string): string {
  const wall = new Date(at.getTime() + offsetMs(at.getTime(), timezone));
  const [day, clock] = [wall.toISOString().slice(0, 10), wall.toISOString().slice(11, 19)];
  const weekday = wall.toUTCString().slice(0, 3);
  const utc = at.toISOString();
  const other = utc.slice(0, 10) === day ? utc.slice(11, 19) : `${utc.slice(0, 10)} ${utc.slice(11, 19)}`;
  return timezone === 'UTC'
    ? `${weekday} ${day} ${clock} UTC`
    : `${weekday} ${day} ${clock} ${timezone} (${other} UTC)`;
}
