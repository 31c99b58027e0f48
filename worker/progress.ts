import { MultiBar, type SingleBar } from 'cli-progress';
import type { Heartbeat, RunProgress, StageName } from '../workflows/messages.ts';

/** One line with a bar for each stage; on something that is no terminal, a line when a stage moves on. */

export interface StageLine {
  label: string;
  done: number;
  total: number;
  text: string;
}

const LABELS: Record<StageName, string> = {
  config: 'config',
  documents: 'chunks',
  generation: 'questions',
  dataset: 'dataset',
  base: 'base model',
  training: 'training',
  evaluation: 'answers',
  gate: 'gate',
  promotion: 'promotion',
};

/** The lines to show for a run, from its own account and its activities' heartbeats. Pure. */
export function stageLines(progress: RunProgress, heartbeats: readonly Heartbeat[]): StageLine[] {
  const { generation } = progress;
  return progress.stages.flatMap((stage): StageLine[] => {
    if (stage.status === 'waiting') return [];
    const label = LABELS[stage.name];
    const finished = stage.status !== 'running';
    if (stage.name === 'generation') return generationLines(generation, heartbeats, finished);
    if (finished) return [{ label, done: 1, total: 1, text: stage.summary }];
    const beats = heartbeats.filter((beat) => beat.stage === stage.name);
    if (beats.length === 0) return [{ label, done: 0, total: 1, text: 'starting' }];
    return beats.map((beat) => ({ label: beat.label, done: beat.done, total: beat.total, text: beat.text ?? '' }));
  });
}

function generationLines(
  generation: RunProgress['generation'],
  heartbeats: readonly Heartbeat[],
  finished: boolean,
): StageLine[] {
  const { tasks, tasksDone, questions, corrected, kept, rejected } = generation;
  const beats = heartbeats.filter((beat) => beat.stage === 'generation');
  const underWay = beats.reduce((sum, { done }) => sum + done, 0);
  const reasons = Object.entries(rejected).map(([reason, count]) => `${count} ${reason}`);
  const text = [
    `${questions} questions, ${kept} kept`,
    ...(corrected > 0 ? [`${corrected} corrections`] : []),
    ...(reasons.length > 0 ? [`rejected: ${reasons.join(', ')}`] : []),
  ].join(', ');
  // Imports alone are no tasks of a teacher.
  const total = Math.max(1, tasks);
  return [{ label: 'questions', done: finished ? total : Math.min(tasks, tasksDone + underWay), total, text }];
}

export interface ProgressView {
  update(lines: StageLine[]): void;
  /** A message above the bars. */
  say(message: string): void;
  stop(): void;
}

/** Bars that move on a terminal, plain lines elsewhere. */
export function createProgressView(stream: NodeJS.WriteStream): ProgressView {
  return stream.isTTY ? createBars(stream) : createLog(stream);
}

function createBars(stream: NodeJS.WriteStream): ProgressView {
  const bars = new MultiBar(
    {
      stream,
      format: '{label} [{bar}] {value}/{total} {text}',
      barsize: 24,
      hideCursor: true,
      linewrap: false,
      forceRedraw: true,
    },
    { format: '{label} [{bar}] {value}/{total} {text}', barCompleteChar: '█', barIncompleteChar: '░' } as never,
  );
  const byLabel = new Map<string, SingleBar>();
  return {
    update(lines) {
      for (const { label, done, total, text } of lines) {
        const payload = { label: label.padEnd(10), text };
        const bar = byLabel.get(label) ?? bars.create(total, 0, payload);
        byLabel.set(label, bar);
        bar.setTotal(total);
        bar.update(Math.min(done, total), payload);
      }
      bars.update();
    },
    say: (message) => bars.log(`${message}\n`),
    stop: () => bars.stop(),
  };
}

/** Every tenth of a stage is a line: enough to follow in a log, not enough to fill it. */
function createLog(stream: NodeJS.WriteStream): ProgressView {
  const shown = new Map<string, string>();
  return {
    update(lines) {
      for (const { label, done, total, text } of lines) {
        const tenth = total > 0 ? Math.floor((10 * done) / total) : 0;
        const key = done >= total ? `done ${text}` : String(tenth);
        if (shown.get(label) === key) continue;
        shown.set(label, key);
        const filled = Math.min(20, Math.round((20 * done) / Math.max(1, total)));
        stream.write(
          `${label.padEnd(10)} [${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] ${done}/${total} ${text}\n`,
        );
      }
    },
    say: (message) => void stream.write(`${message}\n`),
    stop: () => {},
  };
}
