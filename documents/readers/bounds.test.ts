import * as sheets from '@e965/xlsx';
import { describe, expect, it } from 'vitest';
import { docxOf, pptxOf, zipOf } from '../../test/support/office-files.ts';
import fc from '../../test/support/property.ts';
import { tablesOf, type Cell } from './office/cells.ts';
import { readerOf, type Format } from './readers.ts';
import { tableText } from './write-markdown.ts';

/** Files that say of themselves that they are large. */

const cellsOf = (places: Iterable<readonly [number, number]>): Cell[] =>
  Array.from(places, ([row, column]) => ({ row, column, text: `${row}/${column}` }));

const laidOut = (cells: readonly Cell[]) => {
  const { tables, parted } = tablesOf(cells);
  const area = tables.reduce((sum, rows) => sum + rows.length * (rows[0]?.length ?? 0), 0);
  return { area, parted, said: tables.flat(2).filter(Boolean).sort() };
};

describe('the tables of a sheet take room in proportion to its cells', () => {
  const L = function* (rows: number, columns: number): Generator<[number, number]> {
    for (let row = 0; row < rows; row += 1) yield [row, 0];
    for (let column = 1; column < columns; column += 1) yield [rows - 1, column];
  };

  it('in the shape of an L, a comb, or a board of chess', () => {
    const cells = cellsOf(L(200_000, 16_000));
    const { area, parted, said } = laidOut(cells);
    expect([area, parted, said.length]).toEqual([cells.length, 1, cells.length]);
    const comb = cellsOf([
      ...L(1, 9_000),
      ...Array.from({ length: 4_500 }, (_, i) => [i + 1, 2 * i] as [number, number]),
    ]);
    expect(laidOut(comb).area).toBeLessThan(10 * comb.length + 10_000);
    const chess = cellsOf(
      Array.from({ length: 40_000 }, (_, i) => [Math.floor(i / 200), 2 * (i % 200) + (Math.floor(i / 200) % 2)]),
    );
    expect(laidOut(chess)).toMatchObject({ parted: 0, said: { length: 40_000 } });
  });

  it('with some gaps it is one table', () => {
    const cells = cellsOf(L(20, 20));
    expect(laidOut(cells)).toMatchObject({ area: 400, parted: 0 });
  });

  const at = fc.tuple(fc.nat({ max: 1_000_000 }), fc.nat({ max: 16_383 }));
  /** From a cell so far down or so far right. */
  const stroke = fc
    .tuple(at, fc.boolean(), fc.nat({ max: 3000 }))
    .map(([[row, column], down, length]) =>
      Array.from({ length }, (_, i): [number, number] => (down ? [row + i, column] : [row, column + i])),
    );
  const joinedStrokes = fc.array(stroke, { maxLength: 8 }).map((strokes) => {
    // Each goes on where the last one ended, so that they touch.
    let from: [number, number] = [0, 0];
    return strokes.flatMap((places) => {
      const [first = [0, 0]] = places;
      const moved = places.map(([y, x]): [number, number] => [y - first[0] + from[0], x - first[1] + from[1]]);
      from = moved.at(-1) ?? from;
      return moved;
    });
  });

  it('whatever they touch, and no cell is lost or doubled', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          joinedStrokes,
          fc.array(stroke, { maxLength: 5 }).map((all) => all.flat()),
        ),
        (places) => {
          const cells = cellsOf(new Map(places.map((place) => [place.join(), place])).values());
          const { area, said } = laidOut(cells);
          expect(area).toBeLessThanOrEqual(10 * cells.length + 10_000 * Math.max(1, cells.length));
          expect(area).toBeLessThanOrEqual(3_000_000);
          expect(said).toEqual(cells.map(({ text }) => text).sort());
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a table takes room in proportion to what stands in it', () => {
  it('with rows of any lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2000 }), { maxLength: 60 }), (lengths) => {
        const rows = lengths.map((length) => Array.from({ length }, () => 'x'));
        const cells = lengths.reduce((sum, length) => sum + length, 0);
        const width = Math.max(0, ...lengths);
        expect(tableText(rows).length).toBeLessThanOrEqual(4 * (10 * cells + 10_000 + width + lengths.length) + 100);
      }),
    );
  });

  const WORD = 'x'.repeat(2000);
  const rows = (count: number, row: string) => row.repeat(count);
  const sheetOf = () => {
    const sheet = sheets.utils.aoa_to_sheet([[WORD]]);
    sheet['!merges'] = Array.from({ length: 4000 }, (_, i) => ({ s: { r: 0, c: 0 }, e: { r: i, c: 90 } }));
    const book = sheets.utils.book_new(sheet, 'a');
    return sheets.write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer;
  };
  const tc = (text: string, more = '') =>
    `<a:tc ${more}><a:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></a:txBody></a:tc>`;
  const word = (properties: string) =>
    `<w:tc><w:tcPr>${properties}</w:tcPr><w:p><w:r><w:t>${WORD}</w:t></w:r></w:p></w:tc>`;

  it.each<[string, Format, () => Uint8Array | Promise<Uint8Array>]>([
    [
      'cells that span a thousand million',
      'html',
      () =>
        Buffer.from(
          `<table>${rows(1500, '<tr><td colspan=1000000000 rowspan=1000000000>x</td><td>y</td></tr>')}</table>`,
        ),
    ],
    [
      'a long text that spans them',
      'html',
      () =>
        Buffer.from(
          `<table><tr><td>a</td><td rowspan=1000 colspan=1000>${WORD}</td></tr>${rows(999, '<tr></tr>')}</table>`,
        ),
    ],
    [
      'HTML in Markdown',
      'markdown',
      () => Buffer.from(`<table>${rows(1500, '<tr><td colspan=9999 rowspan=9999>x</td><td>y</td></tr>')}</table>`),
    ],
    [
      'a row of many cells, and many rows of one',
      'csv',
      () => Buffer.from(`${rows(50_000, 'a,')}\n${rows(50_000, 'b\n')}`),
    ],
    ['merged cells', 'xlsx', sheetOf],
    [
      'cells merged with those before',
      'pptx',
      () =>
        pptxOf([
          `<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr>${tc(WORD)}${rows(5000, tc('', 'hMerge="1"'))}</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`,
        ]),
    ],
    [
      'cells that span a grid',
      'docx',
      () =>
        docxOf(
          `<w:tbl>${rows(300, `<w:tr>${word('<w:gridSpan w:val="1000000000"/>')}${word('<w:gridSpan w:val="99999"/>')}</w:tr>`)}</w:tbl>`,
        ),
    ],
  ])('%s (%s)', async (_what, format, make) => {
    const bytes = await make();
    const read = await readerOf(format).read(bytes);
    if (read.status !== 'read') throw new Error(JSON.stringify(read));
    // 20 times the letters, 10 times the cells with their borders.
    expect(read.text.length).toBeLessThan(25 * Math.max(bytes.length, 600 * WORD.length) + 100_000);
  });
});

describe('a ZIP that unpacks to more than it says', () => {
  it('is refused by name, and nothing of it is unpacked', async () => {
    const bytes = Buffer.from(await zipOf({ 'word/document.xml': Buffer.alloc(5_000_000) }));
    // In the entry and in the list at the end.
    for (const [mark, at] of [
      ['PK\u0003\u0004', 22],
      ['PK\u0001\u0002', 24],
    ] as const)
      bytes.writeUInt32LE(1000, bytes.lastIndexOf(Buffer.from(mark, 'latin1')) + at);
    expect(await readerOf('docx').read(bytes)).toMatchObject({
      problem: { kind: 'malformed', found: 'word/document.xml, which unpacks to more than it says' },
    });
  });

  it('or to more than a document has', async () => {
    const bytes = await zipOf({ 'word/document.xml': Buffer.alloc(70_000_000) });
    expect(await readerOf('docx').read(bytes)).toMatchObject({
      problem: { found: 'word/document.xml of 70 MB unpacked' },
    });
  });
});
