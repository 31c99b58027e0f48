import type { Example } from '../datasets/schema.ts';
import type { ReplyCause } from '../providers/reply-cause.ts';
import type { ChatModel } from '../providers/types.ts';
import { shortened } from '../workflows/failures.ts';
import { UNREADABLE } from '../workflows/messages.ts';
import { fatal } from './failure.ts';

/** Whether a run's teacher can write what is asked of it, by its first replies. */

/** Tasks after which it is known. */
const FIRST = 10;
const REPLY_SHOWN = 200;
const UNREADABLE_REASONS: readonly string[] = [
  'unparseable',
  'cut-off',
  'tool-call',
  'only-thoughts',
] satisfies ReplyCause[];

/** A reply of which nothing could be used, and why. */
export interface Unread {
  cause: string;
  problem: string;
  text: string;
}

/** What of a task's examples says that its reply could not be read: all of them, where there is no pair. */
export function unreadOf(examples: readonly Example[]): Unread | undefined {
  const [first] = examples;
  const unread = examples.every(
    ({ question, verdict }) => question === '' && UNREADABLE_REASONS.includes(verdict.reasons[0] ?? ''),
  );
  if (!first || !unread) return undefined;
  const [cause = ''] = first.verdict.reasons;
  return { cause, problem: first.verdict.judgements.at(-1)?.reason ?? '', text: first.answer };
}

/** The first replies of each run, over all its activities of this worker. */
export class FirstReplies {
  readonly #runs = new Map<string, { asked: number; read: boolean }>();

  /**
   * Notes what came of one task.
   * @param tasks of the whole round
   * @throws ApplicationFailure with one of the replies, the likely cause and the fix, when none of the first could be read
   */
  note(options: {
    runId: string;
    tasks: number;
    teacher: Pick<ChatModel, 'provider' | 'model'>;
    unread: Unread | undefined;
  }): void {
    const { runId, tasks, teacher, unread } = options;
    const run = this.#runs.get(runId) ?? { asked: 0, read: false };
    this.#runs.set(runId, run);
    run.asked += 1;
    run.read ||= unread === undefined;
    if (run.read || !unread || run.asked < Math.min(FIRST, tasks)) return;
    const name = `the teacher ${teacher.provider}/${teacher.model}`;
    const which =
      run.asked === 1
        ? `The only reply of ${name} could not be read`
        : `None of the first ${run.asked} replies of ${name} could be read`;
    throw fatal(UNREADABLE, `${which}. ${describeUnread(unread)}`);
  }
}

/** What was wrong with a reply, the reply, the likely cause and the fix. */
export const describeUnread = (unread: Unread): string =>
  `${unread.problem.replace(/[.;\s]+$/, '')}. ${said(unread)}${likelyCause(unread)}`;

const said = ({ text }: Unread): string =>
  text.trim() === '' ? '' : `It replied: ${JSON.stringify(shortened(text, REPLY_SHOWN))}. `;

/** The other causes have said themselves what to do. */
function likelyCause({ cause, text }: Unread): string {
  if (cause !== 'unparseable') return '';
  const why = /[{[]/.test(text)
    ? 'the model is too small for the form that is asked for'
    : 'the server has no JSON mode, or the model is too small to write JSON';
  return `Likely cause: ${why}. Fix: ${PLAINER}`;
}

const PLAINER = 'set format: lines for the model, the plainer form for small ones, or name a larger model';
