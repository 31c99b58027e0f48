/** `0 s`, `40 s`, `3 min`, `2 h 5 min`: what takes any time at all takes a second. */
export function timeText(seconds: number): string {
  if (seconds <= 0) return '0 s';
  if (seconds < 99.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The day as YYYY-MM-DD, in UTC, so that all machines have the same one. */
export const dayOf = (at: Date | string = new Date()): string => new Date(at).toISOString().slice(0, 10);
