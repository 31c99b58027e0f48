import { MultiBar, type SingleBar } from 'cli-progress';
import { timeText } from '../../common/time-text.ts';
import type { StageLine, ProgressView } from '../../operations/progress.ts';
import { fitted, wrapped } from './terminal-text.ts';

/** Where the lines go: a terminal, or a file or pipe. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

/** Bars that move on a terminal, plain lines elsewhere. */
export function createProgressView(stream: NodeJS.WriteStream, now: () => number = Date.now): ProgressView {
  return stream.isTTY ? createBars(stream, now) : createLog(stream, now);
}

const BAR_WIDTH = 20;
const NARROWEST = 40;
/** What has taken less time than this needs no word of it. */
const TOLD_AFTER_MS = 2_000;
/** A rate over fewer steps, or a smaller share of them where they are few, tells nothing. */
const RATE_STEPS = 5;
const RATE_SHARE = 0.1;

/** A line that is under way, and since when. */
interface Live {
  line: StageLine;
  sinceMs: number;
  /** From when its rate is counted: its first step done. Until then a model is loaded, or a connection made. */
  rateFrom?: { atMs: number; done: number };
}

const keyOf = ({ stage, label }: StageLine) => `${stage}\0${label}`;

/** `training   [██████░░░░] 40/100 ` */
function head({ label, done, total }: StageLine, [full, empty]: [string, string]): string {
  const filled = Math.min(BAR_WIDTH, Math.round((BAR_WIDTH * done) / Math.max(1, total)));
  return `${label.padEnd(10)} [${full.repeat(filled)}${empty.repeat(BAR_WIDTH - filled)}] ${done}/${total} `;
}

/** What is left at the rate so far; until there is one, how long it has taken. */
function timeOf({ line: { done, total }, sinceMs, rateFrom }: Live, nowMs: number): string {
  const elapsed = nowMs - sinceMs;
  if (elapsed < TOLD_AFTER_MS) return '';
  const steps = rateFrom ? done - rateFrom.done : 0;
  if (!rateFrom || steps < Math.min(RATE_STEPS, Math.max(1, total * RATE_SHARE))) return timeText(elapsed / 1000);
  return `${timeText(((total - done) * (nowMs - rateFrom.atMs)) / steps / 1000)} left`;
}

const withTime = (live: Live, nowMs: number) => [timeOf(live, nowMs), live.line.text].filter(Boolean).join(', ');

/** What is under way, by key, and what ended since the last look: an activity that is gone had done all, unless its run ends. */
function createLives(now: () => number) {
  const lives = new Map<string, Live>();
  return {
    all: () => [...lives.values()],
    /** @returns lines that have ended: full, or as they were where their run ends */
    take(lines: readonly StageLine[], ending: boolean): StageLine[] {
      const nowMs = now();
      const open = new Map(lines.filter(({ ended }) => !ended).map((line) => [keyOf(line), line]));
      const gone = [...lives].filter(([key]) => !open.has(key));
      for (const [key] of gone) lives.delete(key);
      for (const [key, line] of open) {
        const live: Live = lives.get(key) ?? { line, sinceMs: nowMs };
        live.line = line;
        if (line.done > 0) live.rateFrom ??= { atMs: nowMs, done: line.done };
        lives.set(key, live);
      }
      // A stage tells its end itself.
      const told = new Set(lines.filter(({ ended }) => ended).map(({ stage }) => stage));
      return gone.flatMap(([, { line }]) =>
        told.has(line.stage) || line.done === 0
          ? []
          : [{ ...line, done: ending ? line.done : line.total, ended: true }],
      );
    },
  };
}

/** Says each end once; a stage that runs again ends with other words. */
function createEnds() {
  const said = new Set<string>();
  return (line: StageLine): boolean => {
    const key = `${keyOf(line)}\0${line.text}`;
    if (said.has(key)) return false;
    said.add(key);
    return true;
  };
}

const CLEAR_BELOW = '\u001b[0J';
const BLOCKS: [string, string] = ['█', '░'];

function createBars(stream: NodeJS.WriteStream, now: () => number): ProgressView {
  const width = () => Math.max(NARROWEST, stream.columns || 80);
  const lives = createLives(now);
  const isNew = createEnds();
  const bars = new MultiBar({
    stream,
    hideCursor: true,
    // Lines are made to fit: what is printed above them, such as a command or an address, may wrap and stay whole.
    linewrap: true,
    forceRedraw: true,
    format: (_options, _params, payload: { live: Live }) =>
      fitted(head(payload.live.line, BLOCKS) + withTime(payload.live, now()), width() - 1),
  });
  const shown = new Map<string, SingleBar>();
  // What is printed above takes the place of bars, whose ends would show through.
  let printed = false;
  bars.on('redraw-pre', () => {
    if (printed) stream.write(CLEAR_BELOW);
    printed = false;
  });
  const print = (text: string) => {
    bars.log(`${text}\n`);
    printed = true;
  };
  return {
    update(lines, ending = false) {
      const gone = lives.take(lines, ending);
      const open = lives.all();
      const keys = new Set(open.map(({ line }) => keyOf(line)));
      for (const [key, bar] of shown) {
        if (keys.has(key)) continue;
        bars.remove(bar);
        shown.delete(key);
      }
      for (const line of [...gone, ...lines.filter(({ ended }) => ended)])
        if (isNew(line)) print(wrapped(head(line, BLOCKS) + line.text, width() - 1));
      for (const live of open) {
        const { line } = live;
        const bar = shown.get(keyOf(line)) ?? bars.create(Math.max(1, line.total), 0, { live });
        shown.set(keyOf(line), bar);
        bar.setTotal(Math.max(1, line.total));
        bar.update(Math.min(line.done, line.total), { live });
      }
      bars.update();
    },
    // A command or an address is not cut: the terminal wraps it, and it can be copied.
    say: print,
    stop: () => {
      bars.update();
      bars.stop();
    },
  };
}

/** Without a terminal, nothing is said for no longer than this. */
const LONGEST_SILENCE_MS = 30_000;

/** Every tenth of a stage is a line, and so is half a minute: enough to follow in a log, not enough to fill it. */
function createLog(stream: ProgressStream, now: () => number): ProgressView {
  const lives = createLives(now);
  const isNew = createEnds();
  const shown = new Map<string, { tenth: number; atMs: number }>();
  const print = (line: StageLine, text: string) => void stream.write(`${head(line, ['#', '.'])}${text}\n`);
  return {
    update(lines, ending = false) {
      for (const line of [...lives.take(lines, ending), ...lines.filter(({ ended }) => ended)])
        if (isNew(line)) print(line, line.text);
      for (const live of lives.all()) {
        const { line } = live;
        const tenth = line.total > 0 ? Math.floor((10 * line.done) / line.total) : 0;
        const last = shown.get(keyOf(line));
        if (last?.tenth === tenth && now() - last.atMs < LONGEST_SILENCE_MS) continue;
        shown.set(keyOf(line), { tenth, atMs: now() });
        print(line, withTime(live, now()));
      }
    },
    say: (message) => void stream.write(`${message}\n`),
    stop: () => {},
  };
}
