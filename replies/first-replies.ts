import type { Example } from '../schema/data.ts';
import { isNoJudgement, type ReplyCause } from './reply-cause.ts';
import { oneLine, shortened } from '../common/shortened.ts';
import { UNREADABLE } from '../contract/messages.ts';
import { RunError } from '../common/errors.ts';

/** Whether a run's models can write what is asked of them, by their first replies. */

/** Tasks, or pairs, after which it is known. */
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

/** The first replies of each model of a run, over all its activities of this worker. */
export class FirstReplies {
  readonly #models = new Map<string, { asked: number; read: boolean }>();

  /**
   * Notes what came of one task of a teacher, or of one pair of a judge.
   * @param who in words: `teacher openai/small`, `judge llm-faithfulness`
   * @param all that the model will be asked, where fewer than ten
   * @throws RunError with one of the replies, the likely cause and the fix, when none of the first could be read
   */
  note(options: { runId: string; who: string; all?: number; unread: Unread | undefined }): void {
    const { runId, who, all = FIRST, unread } = options;
    const key = `${runId} ${who}`;
    const model = this.#models.get(key) ?? { asked: 0, read: false };
    this.#models.set(key, model);
    model.asked += 1;
    model.read ||= unread === undefined;
    if (model.read || !unread || model.asked < Math.min(FIRST, all)) return;
    const { asked } = model;
    const which =
      asked === 1
        ? `The only reply of the ${who} could not be read`
        : `None of the first ${asked} replies of the ${who} could be read`;
    throw new RunError(UNREADABLE, `${which}. ${describeUnread(unread)}`);
  }

  /** Notes an example's judgements, each judge by itself; votes and steps are part of theirs. @throws as `note` */
  noteJudgements(runId: string, { verdict }: Pick<Example, 'verdict'>): void {
    for (const { judge, label, reason } of verdict.judgements) {
      if (judge.includes('/')) continue;
      const cause = label.replace(/^unparseable: /, '');
      const unread = isNoJudgement(label) ? { cause, problem: reason, text: '' } : undefined;
      this.note({ runId, who: `judge ${judge}`, unread });
    }
  }
}

/** What was wrong with a reply, the reply, the likely cause and the fix. */
export const describeUnread = (unread: Unread): string =>
  `${unread.problem.replace(/[.;\s]+$/, '')}. ${said(unread)}${likelyCause(unread)}`;

const said = ({ text }: Unread): string =>
  text.trim() === '' ? '' : `It replied: ${JSON.stringify(shortened(oneLine(text), REPLY_SHOWN))}. `;

/** The other causes have said themselves what to do. */
function likelyCause({ cause, text }: Unread): string {
  if (cause !== 'unparseable') return '';
  const why = /[{[]/.test(text)
    ? 'the model is too small for the form that is asked for'
    : 'the server has no JSON mode, or the model is too small to write JSON';
  return `Likely cause: ${why}. Fix: ${PLAINER}`;
}

const PLAINER = 'set format: lines for the model, the plainer form for small ones, or name a larger model';
