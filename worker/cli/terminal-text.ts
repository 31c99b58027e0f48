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

/** `0 s`, `40 s`, `3 min`, `2 h 5 min`: what takes any time at all takes a second. */
export function timeText(seconds: number): string {
  if (seconds <= 0) return '0 s';
  if (seconds < 99.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
