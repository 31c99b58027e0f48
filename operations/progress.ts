import type { Heartbeat, RunProgress, StageName } from '../contract/messages.ts';

/** One line with a bar for each stage, and for each thing under way in it. */

export interface StageLine {
  /** What the line is part of: a stage of a run, or a command's own work. */
  stage: string;
  /** Whether the stage is over: `text` is then what came of it. */
  ended: boolean;
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

/**
 * The lines to show for a run, from its own account and its activities' heartbeats. Pure.
 * @param ending whether the run ends before its last stage: nothing starts any more
 */
export function stageLines(progress: RunProgress, heartbeats: readonly Heartbeat[], ending = false): StageLine[] {
  const { generation, jobs = [] } = progress;
  return progress.stages.flatMap((stage): StageLine[] => {
    if (stage.status === 'waiting') return [];
    const ended = stage.status !== 'running';
    const about = { stage: stage.name, ended, label: LABELS[stage.name] };
    if (stage.name === 'generation') return [{ ...about, ...generationLine(generation, heartbeats, ended) }];
    if (ended) return [{ ...about, done: 1, total: 1, text: stage.summary }];
    const live = heartbeats.filter((beat) => beat.stage === stage.name);
    // Between two looks at a job nothing beats: it stands where it was told last.
    const told = jobs.filter((job) => job.stage === stage.name && !live.some(({ label }) => label === job.label));
    const beats: Heartbeat[] = [...live, ...(ending ? [] : told.map(beatOf))];
    if (beats.length === 0) return ending ? [] : [{ ...about, done: 0, total: 1, text: 'starting' }];
    return beats.map(({ label, done, total, text = '' }) =>
      stage.name === 'training'
        ? { ...about, label: `training ${label}`, done, total, text: text || (done === 0 ? 'loading the model' : '') }
        : { ...about, label, done, total, text },
    );
  });
}

const beatOf = ({ stage, label, step, totalSteps, loss }: NonNullable<RunProgress['jobs']>[number]): Heartbeat => ({
  stage,
  label,
  done: step,
  total: totalSteps,
  ...(loss !== undefined && { text: `loss ${loss.toFixed(3)}` }),
});

function generationLine(
  generation: RunProgress['generation'],
  heartbeats: readonly Heartbeat[],
  ended: boolean,
): Pick<StageLine, 'done' | 'total' | 'text'> {
  const { tasks, tasksDone, questions, corrected, kept, rejected } = generation;
  const beats = heartbeats.filter((beat) => beat.stage === 'generation');
  const underWay = beats.reduce((sum, { done }) => sum + done, 0);
  const reasons = Object.entries(rejected).map(([reason, count]) => `${count} ${reason}`);
  // Those of shards under way count as they come.
  const unreadable = beats.reduce((sum, beat) => sum + (beat.unreadable ?? 0), generation.unreadable ?? 0);
  const text = [
    `${questions} questions, ${kept} kept`,
    ...(corrected > 0 ? [`${corrected} corrections`] : []),
    ...(unreadable > 0 ? [`${unreadable} unreadable`] : []),
    ...(reasons.length > 0 ? [`rejected: ${reasons.join(', ')}`] : []),
  ].join(', ');
  // Imports alone are no tasks of a teacher.
  const total = Math.max(1, tasks);
  return { done: ended ? total : Math.min(tasks, tasksDone + underWay), total, text };
}

export interface ProgressView {
  /** @param ending whether the run is over or ends: a line that is gone then keeps how far it came */
  update(lines: readonly StageLine[], ending?: boolean): void;
  /** A message above the bars. */
  say(message: string): void;
  stop(): void;
}
