import { isInterval, onTheWall, type When } from './cron.ts';
import { offsetMs, wallText } from './wall-time.ts';

/** Runs that a change of the clocks leaves out or doubles, by what the Temporal server says that it will do, and not by what it should. */

/** Years ahead in which the clocks are looked at: they change once a year in each direction. */
const YEARS_AHEAD = 2;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Around a change, for which the times are compared. */
const NEAR_MS = DAY_MS / 2;

/** The times between two moments at which the server will start runs. */
export type StartsBetween = (from: Date, to: Date) => Promise<Date[]>;

/** What a person should know of the next changes of the clocks: a sentence for each kind of surprise, of its first day. */
export async function changeNotes(options: { when: When; now: Date; startsBetween: StartsBetween }): Promise<string[]> {
  const { when, now, startsBetween } = options;
  if (isInterval(when.expression)) return [];
  const notes = new Map<string, string>();
  for (const change of changesOf(when.timezone, now.getTime())) {
    const margin = NEAR_MS + DAY_MS / 24;
    const starts = await startsBetween(new Date(change.atMs - margin), new Date(change.atMs + margin));
    for (const { kind, text } of surprises({ when, change, starts })) if (!notes.has(kind)) notes.set(kind, text);
  }
  return [...notes.values()];
}

interface Change {
  atMs: number;
  /** Of the wall clock to UTC, before it and after. */
  before: number;
  after: number;
}

interface Surprise {
  kind: 'left out' | 'doubled' | 'missing';
  text: string;
}

/** Compares the times of an expression on the wall with the moments at which runs start. */
function surprises({ when, change, starts }: { when: When; change: Change; starts: readonly Date[] }): Surprise[] {
  const { expression, timezone } = when;
  const forward = change.after > change.before;
  const where = `in ${timezone}, where the clocks go ${forward ? 'forward' : 'back'}`;
  const times = wallTimes(expression, change).map((wallMs) => ({ wallMs, moments: momentsOf(wallMs, change) }));
  const started = attribute(
    starts,
    times.flatMap(({ moments }) => moments),
  );
  // Who asks for each hour means hours that pass, not what the clock calls them.
  const hourly = /^(?:@hourly|\S+\s+\*(?:\/1)?\s)/.test(expression);
  return times.flatMap(({ wallMs, moments }): Surprise[] => {
    const [day, time] = wallText(wallMs);
    const count = moments.filter((moment) => started.has(moment)).length;
    if (moments.length === 2 && count === 2 && !hourly) {
      const both = moments.map((moment) => wallText(moment)[1]).join(' and ');
      const text = `on ${day} ${time} comes twice ${where}: two runs start, at ${both} UTC, unless the first is still open; choose another hour if one is enough`;
      return [{ kind: 'doubled', text }];
    }
    if (moments.length === 2 && count === 1 && hourly) {
      const text = `on ${day} ${time} comes twice ${where}: one run starts, and two hours pass between two runs`;
      return [{ kind: 'missing', text }];
    }
    if (count > 0 || (moments.length === 0 && hourly)) return [];
    const why = moments.length === 0 ? `there is no ${time}` : `no run starts at ${time}`;
    const text = `on ${day} ${why} ${where}: that run is left out; choose another hour if each must come`;
    return [{ kind: 'left out', text }];
  });
}

/** The moments at which a run starts: each start is a little later than the moment that it is of. */
function attribute(starts: readonly Date[], moments: readonly number[]): Set<number> {
  const sorted = moments.toSorted((a, b) => a - b);
  return new Set(
    starts.flatMap((start) => {
      const moment = sorted.findLast((one) => one <= start.getTime());
      return moment === undefined ? [] : [moment];
    }),
  );
}

/** Times on the wall around a change, as though they were of UTC. */
function wallTimes(expression: string, { atMs, before, after }: Change): number[] {
  const cron = onTheWall(expression);
  const untilMs = atMs + NEAR_MS + after;
  const times: number[] = [];
  let next = cron.nextRun(new Date(atMs - NEAR_MS + before));
  while (next && next.getTime() < untilMs) {
    times.push(next.getTime());
    next = cron.nextRun(next);
  }
  return times;
}

/** When the wall clock shows a time: never where it jumps over it, twice where it is set back. */
function momentsOf(wallMs: number, { atMs, before, after }: Change): number[] {
  const [early, late] = [wallMs - before, wallMs - after];
  return [...(early < atMs ? [early] : []), ...(late >= atMs ? [late] : [])];
}

/** The changes of a zone's clocks that are to come. */
function changesOf(timezone: string, nowMs: number): Change[] {
  const changes: Change[] = [];
  for (let day = 0; day < YEARS_AHEAD * 366; day++) {
    const fromMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS + day * DAY_MS;
    const [before, after] = [offsetMs(fromMs, timezone), offsetMs(fromMs + DAY_MS, timezone)];
    if (before !== after) changes.push({ atMs: changeWithin(fromMs, timezone), before, after });
  }
  return changes;
}

/** The first minute of the new offset, within a day. */
function changeWithin(fromMs: number, timezone: string): number {
  const before = offsetMs(fromMs, timezone);
  let low = fromMs / MINUTE_MS;
  let high = low + DAY_MS / MINUTE_MS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(middle * MINUTE_MS, timezone) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE_MS;
}
