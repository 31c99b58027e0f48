/** What a reasoning model thinks before it answers: written for itself, never an answer. Pure. */

const NAMES = 'think|thinking|thought|thoughts|reasoning|reflection|scratchpad|seed:think';
/** As Qwen and DeepSeek, Mistral, Kimi and gpt-oss mark them. */
const OPEN = String.raw`<(?:${NAMES})(?:\s[^<>\n]*)?>|\[THINK\]|◁think▷|<\|channel\|>(?:analysis|commentary)\b[^<]*<\|message\|>`;
const CLOSE = String.raw`</(?:${NAMES})>|\[/THINK\]|◁/think▷|<\|channel\|>final\b[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>`;
/** A text inside JSON may name the marks: there they are text. */
const JSON_TEXT = String.raw`(?<=[{[:,]\s*)"(?:[^"\\\n]|\\.)*"`;
const MARKS = new RegExp(`(?<text>${JSON_TEXT})|(?<open>${OPEN})|(?<close>${CLOSE})`, 'giu');
const END = /<\|(?:end|return|im_end|eot_id)\|>\s*$/;

export interface Thoughtless {
  /** What is left to read; empty where the reply ended before its answer. */
  text: string;
  /** The thoughts were opened and never closed: the reply was cut off in them. */
  unclosed: boolean;
}

/**
 * A reply without its thoughts: what follows the last mark that closes them, up to one that opens new ones. The opening mark may be
 * missing, since some servers put it into the prompt.
 */
export function withoutThoughts(reply: string): Thoughtless {
  let from = 0;
  let opened: number | undefined;
  const kept: string[] = [];
  for (const { 0: mark, index, groups } of reply.matchAll(MARKS)) {
    if (groups?.['open'] !== undefined) opened ??= index;
    else if (groups?.['close'] !== undefined) {
      // Without an opening mark all before it was thought; else what stood before the opening one is kept.
      if (opened === undefined) kept.length = 0;
      else kept.push(reply.slice(from, opened));
      from = index + mark.length;
      opened = undefined;
    }
  }
  kept.push(reply.slice(from, opened));
  return { text: kept.join('').replace(END, '').trim(), unclosed: opened !== undefined };
}

const LEADING = new RegExp(`^\\s*(?:${OPEN})`, 'iu');
const OPENS = new RegExp(OPEN, 'iu');
const CLOSES = new RegExp(CLOSE, 'iu');

/** Whether a chat template, or another text, has a mark that opens thoughts. */
export const opensThoughts = (text: string): boolean => OPENS.test(text);

/**
 * A reply in two where it starts with its thoughts; undefined where it starts with its answer. For who hands an answer on unread: a mark
 * further on may be what the answer speaks of, and stays.
 * @param opened whether the prompt may have ended with the opening mark, which the reply then lacks
 */
export function leadingThoughts(reply: string, opened: boolean): { thoughts: string; text: string } | undefined {
  const open = LEADING.exec(reply)?.[0];
  const close = CLOSES.exec(reply);
  if (open === undefined && !(opened && close)) return undefined;
  const thoughts = reply.slice(open?.length ?? 0, close?.index).trim();
  const text = close ? reply.slice(close.index + close[0].length) : '';
  return { thoughts, text: text.replace(END, '').trim() };
}

/** What may yet become a mark that opens thoughts, at the start of a reply; what may yet become one that closes them, at its end so far. */
const MAY_OPEN = /^\s*(?:$|[<[◁][^>\]▷\n]{0,40}$|<\|channel\|>[^<]{0,40}(?:<[^>]{0,12})?$)/u;
const MAY_CLOSE = /(?:<\|channel\|>[^\n]{0,60}|[<[◁][^>\]▷\n]{0,40})$/u;

export interface Split {
  thoughts: string;
  text: string;
}

/** The same for a reply that comes in pieces: `push` says what each adds to thoughts and answer, `end` what was held back as a mark's beginning. */
export function thoughtSplitter(): { push: (piece: string) => Split; end: () => Split } {
  let state: 'unknown' | 'thinking' | 'answering' = 'unknown';
  let held = '';
  /** White space between the closing mark and the answer. */
  let trims = false;
  const answer = (piece: string): Split => {
    const text = trims ? piece.trimStart() : piece;
    trims &&= text === '';
    return { thoughts: '', text };
  };
  const push = (piece: string): Split => {
    if (state === 'answering') return answer(piece);
    held += piece;
    if (state === 'unknown') {
      const open = LEADING.exec(held)?.[0];
      if (open === undefined) {
        if (MAY_OPEN.test(held)) return { thoughts: '', text: '' };
        state = 'answering';
        return answer(held);
      }
      state = 'thinking';
      held = held.slice(open.length);
    }
    const close = CLOSES.exec(held);
    const until = close?.index ?? MAY_CLOSE.exec(held)?.index ?? held.length;
    const thoughts = held.slice(0, until);
    if (!close) {
      held = held.slice(until);
      return { thoughts, text: '' };
    }
    [state, trims] = ['answering', true];
    return { thoughts, text: answer(held.slice(until + close[0].length)).text };
  };
  const end = (): Split => {
    const rest = state === 'answering' ? '' : held;
    held = '';
    return state === 'thinking' ? { thoughts: rest, text: '' } : { thoughts: '', text: rest };
  };
  return { push, end };
}
