import type { Chunk } from '../../schema/data.ts';
import { unitsOf, type Unit } from '../units.ts';
import { onOneLine, sameWhen, withoutMarkup } from './bare-text.ts';

/** One statement of the documents, as changes are sought by. */
export interface Statement {
  documentId: string;
  /** Below which headings it stands. */
  section: string;
  chunkId: string;
  /** Offsets into the passage's text. */
  start: number;
  end: number;
  /** On one line, without markup; a table's row with its header. */
  text: string;
  /** Two statements with one key say the same, if what they hang on does. */
  key: string;
  /** The key of the lead-in that an item hangs on, where it is known: a passage may begin below it. */
  hangsOn?: string;
}

type Passage = Pick<Chunk, 'id' | 'documentId' | 'headings' | 'text' | 'context'>;

/**
 * Every sentence, list item and table row of a passage. Where the passages of a document are cut does not count: a list or table that was
 * cut off what it hangs on is read with it.
 */
export function statementsOf({ id, documentId, headings, text, context }: Passage): Statement[] {
  const above = context === undefined ? '' : `${context}\n`;
  const bare = withoutMarkup(above + text);
  const section = headings.map(sameWhen).join(' > ');
  return unitsOf(bare).flatMap((unit) => {
    const start = Math.max(0, unit.start - above.length);
    const end = unit.end - above.length;
    const own = sameWhen(textOf(unit));
    if (end <= start || own === '') return [];
    return {
      documentId,
      section,
      chunkId: id,
      start,
      end,
      text: onOneLine(textOf(unit)),
      key: own,
      ...(unit.leadIn !== undefined && { hangsOn: sameWhen(unit.leadIn) }),
    };
  });
}

/** `Service: full; Price: 42 EUR` */
function textOf({ text, cells, header }: Unit): string {
  if (!cells) return text;
  return cells
    .map((cell, at) => [header?.[at]?.trim() ?? '', cell.trim()])
    .flatMap(([name, cell]) => (cell === '' ? [] : name ? `${name}: ${cell}` : cell!))
    .join('; ');
}
