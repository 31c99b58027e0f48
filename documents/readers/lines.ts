/** Offsets are UTF-16 code units into the whole text. */
export interface Line {
  start: number;
  end: number;
  text: string;
}

export const BLANK = /^\s*$/;

export function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const found = { start, end: start + line.length, text: line };
    start = found.end + 1;
    return found;
  });
}
