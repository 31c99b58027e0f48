import { timeText } from '../../common/time-text.ts';
import type { RunProgress, StageProgress } from '../../contract/messages.ts';

/** How far the stage under way has come, as far as it tells; undefined where it does not. */
export function standingOf(
  { generation, jobs = [], parts, outcome }: RunProgress,
  { name, startedAtMs }: Pick<StageProgress, 'name' | 'startedAtMs'>,
  atMs: number | undefined,
): string | undefined {
  const left = (done: number, total: number, pace: { done: number; sinceMs: number }, untilMs = atMs) => {
    const seconds = outcome ? undefined : secondsLeft({ done, total, pace, untilMs });
    return seconds === undefined ? '' : `, about ${timeText(seconds)} left`;
  };
  if (name === 'generation' && generation.tasks > 0 && startedAtMs !== undefined) {
    const { tasks, tasksDone } = generation;
    return `${tasksDone} of ${tasks} passages${left(tasksDone, tasks, { done: 0, sinceMs: startedAtMs })}`;
  }
  if (parts?.stage === name && startedAtMs !== undefined)
    return `${parts.done} of ${parts.total} ${parts.of}${left(parts.done, parts.total, { done: 0, sinceMs: startedAtMs })}`;
  const told = jobs
    .filter(({ stage }) => stage === name)
    .map(({ label, step, totalSteps, loss, atMs: toldMs, first }) => {
      const lost = loss === undefined ? '' : `, loss ${loss.toFixed(3)}`;
      return `${label}: step ${step} of ${totalSteps}${lost}${left(step, totalSteps, { done: first.step, sinceMs: first.atMs }, toldMs)}`;
    });
  return told.length > 0 ? told.join('; ') : undefined;
}

/** By the pace so far; undefined where too little is done to tell one. */
function secondsLeft(options: {
  done: number;
  total: number;
  /** From where on it is counted. */
  pace: { done: number; sinceMs: number };
  untilMs: number | undefined;
}): number | undefined {
  const { done, total, pace, untilMs } = options;
  const [made, tookMs] = [done - pace.done, (untilMs ?? 0) - pace.sinceMs];
  return made > 0 && tookMs > 0 && done < total ? ((total - done) * tookMs) / made / 1000 : undefined;
}
