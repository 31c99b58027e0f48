/** When a promotion that waits says so again. Pure. */

/** At half of its time, and a day before its end. */
const USUAL = ['50%', '24h'];

const HOUR_MS = 3_600_000;

/**
 * Milliseconds from its beginning, in order: each a share of the time that it waits, or so long before its end. Those that the time is too short
 * for are left out.
 */
export function remindersAt(waitsMs: number, remind: readonly string[] = USUAL): number[] {
  const times = remind.map((one) => {
    const value = Number(one.slice(0, -1));
    if (one.endsWith('%')) return Math.round((waitsMs * value) / 100);
    return waitsMs - value * (one.endsWith('d') ? 24 : 1) * HOUR_MS;
  });
  return [...new Set(times)].filter((at) => at > 0 && at < waitsMs).sort((a, b) => a - b);
}

/** `36 hours`, `3 days`, `5 minutes`. */
export function spanText(ms: number): string {
  const [value, unit] =
    ms < 2 * HOUR_MS
      ? [ms / 60_000, 'minute']
      : ms < 48 * HOUR_MS
        ? [ms / HOUR_MS, 'hour']
        : [ms / (24 * HOUR_MS), 'day'];
  const whole = Math.round(value);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

/** `2026-11-29 10:00 UTC` */
export const dateText = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
