import type { Client } from '@temporalio/client';
import type { ImproveResult } from '../../contract/messages.ts';
import { followRun } from '../../operations/follow-run.ts';
import { stageLines } from '../../operations/progress.ts';
import { troubleText, type RunStanding } from '../../operations/run-standing.ts';
import { createProgressView } from './progress-view.ts';

/** Follows a run on the terminal until it ends. @throws RunFailed, which says how it ended */
export async function followOnTerminal<Result = ImproveResult>(options: {
  client: Client;
  workflowId: string;
  runId: string;
}): Promise<Result> {
  const { workflowId } = options;
  const view = createProgressView(process.stdout);
  const said = new Set<string>();
  try {
    return await followRun<Result>({
      ...options,
      onStanding: (standing) => {
        const { run, heartbeats, ending } = standing;
        view.update(stageLines(run, heartbeats, ending), ending);
        for (const notice of noticesOf(workflowId, standing)) {
          if (!said.has(notice)) view.say(notice);
          said.add(notice);
        }
      },
    });
  } finally {
    view.stop();
  }
}

/** The same trouble is told again after so many tries, and not each time. */
const SAID_AT = [1, 2, 3, 5, 10, 20, 30, 40, 50];

/** What a person should know beside the progress: that the run waits for them, what failed, or what is tried again and again. */
export function noticesOf(workflowId: string, { run, troubles }: RunStanding): string[] {
  const { waitingFor } = run;
  const flags = waitingFor?.caps.map((cap) => `--${cap} N`).join(' ');
  return [
    ...(run.warnings ?? []),
    ...(run.failures ?? []).flatMap(({ first }) =>
      first.map(({ where, reason, why }) => `Failed, and left out: ${where}: ${reason}: ${why}`),
    ),
    ...(waitingFor
      ? [`The run waits: ${waitingFor.reason}. Raise it: npx whetstone raise-budget ${workflowId} ${flags} --why "..."`]
      : []),
    ...troubles.map(
      (trouble) =>
        `Tried again: ${troubleText(trouble, SAID_AT.findLast((n) => n <= trouble.attempt) ?? 1)}. To give up: npx whetstone cancel ${workflowId}; what was paid for is kept.`,
    ),
  ];
}
