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
