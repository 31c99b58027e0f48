import {
  CancellationScope,
  isCancellation,
  patched,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { WAITING_FOR, type PromotionProgress } from '../../contract/messages.ts';
import { dateText, remindersAt, spanText } from '../../contract/reminders.ts';
import { tellReminder } from '../proxies.ts';

/** Says what a promotion waits for, and until when; `waitedMs` once it has been reminded of. */
export function waitsFor(state: PromotionProgress, waitedMs?: number): string {
  const { model, version, expiresAt, alias } = state;
  const so = waitedMs === undefined ? '' : ` for ${spanText(waitedMs)}`;
  return `approval of ${model} version ${version} for ${alias}${so}${expiresAt ? `, until ${dateText(expiresAt)}` : ''}`;
}

/**
 * Says again, from time to time, that a promotion waits: in the list of workflows, on its page, and to webhooks.
 * @returns what ends it
 */
export function remind(options: {
  state: PromotionProgress;
  waitsMs: number;
  /** As the alias's policy has it. */
  intervals: readonly string[] | undefined;
  show: () => void;
}): () => void {
  const { state, waitsMs, intervals, show } = options;
  const startedMs = Date.now();
  const scope = new CancellationScope();
  const run = async () => {
    for (const at of remindersAt(waitsMs, intervals)) {
      await sleep(startedMs + at - Date.now());
      if (state.status !== 'waiting') return;
      state.reminders = [...(state.reminders ?? []), new Date(Date.now()).toISOString()];
      upsertSearchAttributes([{ key: WAITING_FOR, value: waitsFor(state, at) }]);
      show();
      if (patched('reminders-are-told')) await told(state.reminders.length);
    }
  };
  scope.run(run).catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  return () => scope.cancel();
}

/** A reminder that could not be told ends no promotion: it stands on the page, and its activity's failure in the history. */
async function told(reminder: number): Promise<void> {
  try {
    await tellReminder({ promotionId: workflowInfo().workflowId, reminder });
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
