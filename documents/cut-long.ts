import { TOKEN } from '../language/text.ts';

/** Offsets into a text, in UTF-16 code units. */
export interface Extent {
  start: number;
  end: number;
}

interface Token extends Extent {
  /** How well the text may be cut before it: 2 at a line end or after a comma or the like, 1 at white space, 0 anywhere else. */
  cut: 0 | 1 | 2;
}

const PAUSE = /^[,;:.!?|)\]\u2013\u2014、，；：。！？）]$/u;

/**
 * Cuts what has more than `maxTokens` tokens, whatever it is: at a line end or after a comma or the like in the second half of what
 * fits, else at the last white space, else between two tokens. Parts are in order, without white space around.
 */
export function* cutLong(text: string, { start, end }: Extent, maxTokens: number): Generator<Extent, void> {
  let open: Token[] = [];
  for (const { index, 0: found } of text.slice(start, end).matchAll(TOKEN)) {
    const last = open.at(-1);
    if (open.length >= maxTokens && last) {
      const next = cutBetween(text, last, { start: start + index, end: start + index + found.length });
      const keep = bestCut([...open, next]);
      yield { start: open[0]!.start, end: open[keep - 1]!.end };
      open = open.slice(keep);
    }
    open.push(cutBetween(text, open.at(-1), { start: start + index, end: start + index + found.length }));
  }
  if (open.length > 0) yield { start: open[0]!.start, end: open.at(-1)!.end };
}

function cutBetween(text: string, before: Token | undefined, { start, end }: Extent): Token {
  if (!before) return { start, end, cut: 0 };
  const isApart = before.end < start;
  const pauses = PAUSE.test(text.slice(before.start, before.end));
  const isWide = pauses && text.charCodeAt(before.start) > 0x2fff;
  const isLine = isApart && text.slice(before.end, start).includes('\n');
  return { start, end, cut: isLine || isWide || (pauses && isApart) ? 2 : isApart ? 1 : 0 };
}

/** How many tokens to keep together, of one more than there may be. */
function bestCut(tokens: readonly Token[]): number {
  const most = tokens.length - 1;
  const last = (cut: number) => tokens.findLastIndex((token, i) => i > 0 && token.cut >= cut);
  const pause = last(2);
  if (pause * 2 >= most) return pause;
  const space = last(1);
  return space > 0 ? space : most;
}
