/** Text in a terminal of some width. Pure. */

/** One line of at most `width` columns: cut after a whole word, and an ellipsis says so. */
export function fitted(text: string, width: number): string {
  const line = text.replace(/\s+/g, (space) => (space.includes('\n') ? ' ' : space));
  if (line.length <= width) return line;
  const kept = line.slice(0, Math.max(0, width - 2));
  return `${kept.replace(/\s+\S*$/, '') || kept} …`;
}

/** Lines of at most `width` columns, cut between words, those after the first set in. A longer word stays whole, to be copied. */
export function wrapped(text: string, width: number, indent = '    '): string {
  return text
    .split('\n')
    .map((paragraph) => {
      const lines: string[] = [];
      let line = '';
      for (const word of paragraph.split(/(?<=\s)(?=\S)/)) {
        if (line.trim() && line.length + word.trimEnd().length > width) {
          lines.push(line.trimEnd());
          line = indent;
        }
        line += word;
      }
      return [...lines, line.trimEnd()].join('\n');
    })
    .join('\n');
}

/** What takes two columns of a terminal. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that a text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** Lines of at most `width` columns, whatever the text holds: between words where it can be, else within one. For text to be read, not copied. */
export function folded(text: string, width: number): string[] {
  return text
    .replaceAll('\t', '    ')
    .split('\n')
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let [line, columns] = ['', 0];
      const next = () => {
        lines.push(line.trimEnd());
        [line, columns] = ['', 0];
      };
      for (const word of paragraph.split(/(?<=\s)(?=\S)/)) {
        if (columns > 0 && columns + columnsOf(word.trimEnd()) > width) next();
        for (const { segment } of graphemes.segment(word)) {
          const wide = columnsOf(segment);
          if (columns + wide > width) {
            if (segment.trim() === '') continue;
            next();
          }
          line += segment;
          columns += wide;
        }
      }
      return [...lines, line.trimEnd()];
    });
}
