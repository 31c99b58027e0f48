import { parse } from 'csv-parse/sync';
import { decodeText } from '../../common/decode-text.ts';
import { blocks } from './markdown-blocks.ts';
import { empty, notText, saysNothing, unreadableFile, wordsOf, type DocumentReader } from './reader.ts';
import { tableText } from './write-markdown.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** Lines by which the delimiter is told. */
const LOOKED_AT = 20;

/** One table: the first row is its header. What parts the cells is told by the lines themselves. */
export const csvReader: DocumentReader = {
  endings: ['.csv', '.tsv'],
  version: 'csv-1',
  read(bytes) {
    const decoded = decodeText(bytes);
    if (decoded.status === 'not-text') return notText(decoded);
    let rows: string[][];
    try {
      rows = parse(decoded.text, {
        delimiter: delimiterOf(decoded.text),
        relax_column_count: true,
        relax_quotes: true,
        skip_empty_lines: true,
      });
    } catch (error) {
      const why = wordsOf(error);
      return unreadableFile(
        `a table that can't be read (${why})`,
        'rows of cells, a cell with a quote or a line end in quotes',
        'correct that row',
      );
    }
    const text = tableText(rows);
    return saysNothing(text)
      ? empty('no row with a letter or a number')
      : { status: 'read', text, metadata: {}, leftOut: {} };
  },
  blocks,
};

/** The delimiter that parts most lines into the same number of cells, more than one. */
function delimiterOf(text: string): string {
  const scores = DELIMITERS.map((delimiter) => {
    try {
      const rows: string[][] = parse(text, {
        delimiter,
        relax_column_count: true,
        relax_quotes: true,
        skip_empty_lines: true,
        to: LOOKED_AT,
      });
      const counts = new Map<number, number>();
      for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
      const [width = 0, alike = 0] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [];
      return { delimiter, score: width > 1 ? alike + width / 1000 : 0 };
    } catch {
      return { delimiter, score: 0 };
    }
  });
  return scores.reduce((best, one) => (one.score > best.score ? one : best)).delimiter;
}
