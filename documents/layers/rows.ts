import { passageOf } from './passage.ts';
import { readerOf } from '../readers/readers.ts';
import type { Chunk, Document } from '../../schema/data.ts';
import type { BlockRow, GoldRow, SilverRow } from '../../schema/layers.ts';

/** Rows of the tables that documents become. */

export function silverRow(document: Document): SilverRow {
  const { uri: _uri, metadata, leftOut: _leftOut, ...row } = document;
  return {
    ...row,
    groups: row.groups ?? [],
    places: row.places ?? [],
    metadata: JSON.stringify(metadata),
    blocks: blockRows(document),
  };
}

function blockRows({ text, format, places = [] }: Document): BlockRow[] {
  const rows: BlockRow[] = [];
  let next = 0;
  for (const block of readerOf(format).blocks(text)) {
    while ((places[next]?.start ?? Infinity) <= block.start) next += 1;
    const place = places[next - 1]?.label;
    rows.push({
      kind: block.kind,
      start: block.start,
      end: block.end,
      ...(block.kind === 'heading' && { level: block.level }),
      ...(place !== undefined && { place }),
    });
  }
  return rows;
}

export const goldRow = (chunk: Chunk, document: Document): GoldRow => ({
  ...passageOf(chunk, document),
  groups: document.groups ?? [],
  places: chunk.places ?? [],
  tokens: chunk.tokens,
});
