import { shortened } from '../common/shortened.ts';
import type { ChatReply } from '../contract/ports.ts';
import { withoutThoughts } from './thoughts.ts';

/** Why a reply can't be used, by name, with what to do about it. Pure. */

export type ReplyCause = 'cut-off' | 'refused' | 'filtered' | 'tool-call' | 'only-thoughts' | 'unparseable';

/** The label of a judgement that a judge model did not give; no rubric's own label is like it. */
export const noJudgement = (cause: ReplyCause): string => (cause === 'unparseable' ? cause : `unparseable: ${cause}`);
export const isNoJudgement = (label: string): boolean => /^unparseable(?:: |$)/.test(label);

/** Whether a reply is an answer in full: not cut off, refused or something else. */
export const isWhole = ({ finishReason }: Pick<ChatReply, 'finishReason'>): boolean =>
  !['length', 'refusal', 'content_filter', 'tool_calls', 'reasoning'].includes(finishReason);

/** What another try of the same request can't change. */
export const isFinal = ({ finishReason }: Pick<ChatReply, 'finishReason'>): boolean =>
  finishReason === 'refusal' || finishReason === 'content_filter';

const REFUSAL =
  /^(?:i['\u2019]?m|i am|we['\u2019]re) (?:very |really |so )?(?:sorry|afraid)\b|^sorry\b(?=[,.!]| but)|^i (?:can['\u2019]?t|cannot|can not|won['\u2019]t|am unable to|am not able to|must decline)\b|^as an ai\b/i;
const WORDS_SHOWN = 160;

/** @param field of the config that says how long a reply may be */
export function whyUnread(
  reply: Pick<ChatReply, 'text' | 'finishReason' | 'outputTokens'>,
  { problem, limit, field }: { problem: string; limit: number | undefined; field: string },
): { cause: ReplyCause; problem: string } {
  const { finishReason, outputTokens } = reply;
  const { text, unclosed } = withoutThoughts(reply.text);
  const said = JSON.stringify(shortened(text, WORDS_SHOWN));
  // Some servers say "stop" of a reply that fills all it may.
  if (finishReason === 'length' || (limit !== undefined && outputTokens >= limit)) {
    const where = unclosed || text === '' ? ' before its answer, while it was thinking' : '';
    const at = limit === undefined ? 'its token limit' : `${limit} tokens`;
    return { cause: 'cut-off', problem: `the reply was cut off at ${at}${where}: raise ${field}` };
  }
  switch (finishReason) {
    case 'refusal':
      return { cause: 'refused', problem: `the model refused: ${said}; name another model, or leave the text out` };
    case 'content_filter':
      return {
        cause: 'filtered',
        problem: "the provider's content filter held the reply back; name another model, or leave the text out",
      };
    case 'tool_calls':
      return {
        cause: 'tool-call',
        problem: 'the model called a tool instead of answering; turn tools off at its server, or name another model',
      };
    case 'reasoning':
      return {
        cause: 'only-thoughts',
        problem:
          'the reply is all reasoning and no answer; turn thinking off at the server, mend its reasoning parser, or name another model',
      };
  }
  if (unclosed)
    return { cause: 'cut-off', problem: `the reply ended in its thoughts: raise ${field}, or turn thinking off` };
  if (REFUSAL.test(text)) return { cause: 'refused', problem: `the model refused: ${said}` };
  return { cause: 'unparseable', problem };
}
