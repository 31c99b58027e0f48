import * as sheets from '@e965/xlsx';
import JSZip from 'jszip';
import { describe, expect, it } from 'vitest';
import { chartOf, docxOf, paragraph, pptxOf, shape, zipOf } from '../../../test/support/office-files.ts';
import type { FileRead } from '../reader.ts';
import { readerOf } from '../readers.ts';

async function textOf(read: FileRead | Promise<FileRead>): Promise<string> {
  const found = await read;
  if (found.status !== 'read') throw new Error(JSON.stringify(found));
  return found.text;
}
const problemOf = async (read: FileRead | Promise<FileRead>) => {
  const found = await read;
  return found.status === 'refused' ? found.problem : found;
};

describe('Word', () => {
  const read = async (body: string, more?: Record<string, string>) =>
    textOf(readerOf('docx').read(await docxOf(body, more)));

  it('reads headings by their style, and tables whose cells span several as one row each', async () => {
    const cell = (text: string, settings = '') => `<w:tc><w:tcPr>${settings}</w:tcPr>${paragraph(text)}</w:tc>`;
    const table = `<w:tbl><w:tr>${cell('Service')}${cell('Price', '<w:gridSpan w:val="2"/>')}</w:tr><w:tr>${cell('Full', '<w:vMerge w:val="restart"/>')}${cell('89')}${cell('EUR')}</w:tr><w:tr>${cell('', '<w:vMerge/>')}${cell('42')}${cell('EUR')}</w:tr></w:tbl>`;
    expect(await read(`${paragraph('Prices', 'Heading1')}${paragraph('With tax.')}${table}`)).toBe(
      '# Prices\n\nWith tax.\n\n| Service | Price | Price |\n| - | - | - |\n| Full | 89 | EUR |\n| Full | 42 | EUR |',
    );
  });

  it('says a formula as LaTeX, in its place', async () => {
    const formula =
      '<w:p><w:r><w:t xml:space="preserve">Area: </w:t></w:r><m:oMath><m:r><m:t>π</m:t></m:r><m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath><w:r><w:t>, in all.</w:t></w:r></w:p>';
    expect(await read(formula)).toBe('Area: $\\pi r^{2}$, in all.');
    const alone = `<w:p><m:oMathPara><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:rad><m:deg/><m:e><m:r><m:t>b</m:t></m:r></m:e></m:rad></m:den></m:f></m:oMath></m:oMathPara></w:p>`;
    expect(await read(alone)).toBe('$\\frac{a}{\\sqrt{b}}$');
  });

  it('says what a chart is drawn from', async () => {
    const drawing = '<w:p><w:r><w:t>Below.</w:t></w:r><w:r><w:drawing><c:chart r:id="chart"/></w:drawing></w:r></w:p>';
    const chart = chartOf('Births', 'Number', [
      ['2024', 12],
      ['2025', 15],
    ]);
    expect(await read(drawing, { 'word/charts/chart1.xml': chart })).toBe(
      'Below.\n\nBirths\n\n|  | Number |\n| - | - |\n| 2024 | 12 |\n| 2025 | 15 |',
    );
  });
});

describe('PowerPoint', () => {
  it('reads slide by slide: title first, lists, tables, notes; numbers and dates of the page are none of it', async () => {
    const cell = (text: string, more = '') =>
      `<a:tc ${more}><a:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></a:txBody></a:tc>`;
    const table = `<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr>${cell('Day', 'gridSpan="2"')}${cell('', 'hMerge="1"')}</a:tr><a:tr>${cell('Monday')}${cell('9 to 5')}</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`;
    const deck = await pptxOf(
      [
        `${shape(['One', 'Two'], 'body', '<a:buChar char="•"/>')}${shape(['Opening hours'], 'title')}${shape(['7'], 'sldNum')}`,
        `${table}${shape(['First', 'Second'], undefined, '<a:buAutoNum type="arabicPeriod"/>')}`,
      ],
      { 2: 'Say it slowly.' },
    );
    const found = await readerOf('pptx').read(deck);
    expect(found).toMatchObject({
      status: 'read',
      text: '# Opening hours\n\n- One\n- Two\n\n| Day | Day |\n| - | - |\n| Monday | 9 to 5 |\n\n1. First\n2. Second\n\nSay it slowly.',
      places: [
        { label: 'slide 1', start: 0 },
        { label: 'slide 2', start: 30 },
      ],
    });
  });
});

describe('Excel', () => {
  const bookOf = (sheet: sheets.WorkSheet, name = 'Prices') => {
    const book = sheets.utils.book_new();
    sheets.utils.book_append_sheet(book, sheet, name);
    return new Uint8Array(sheets.write(book, { type: 'array', bookType: 'xlsx' }) as ArrayBuffer);
  };

  it('reads cells as they are shown, each table by itself, merged cells in each place', async () => {
    const sheet = sheets.utils.aoa_to_sheet([
      ['Prices of 2026'],
      [],
      ['Service', 'Price', 'Tax'],
      ['Full', 89, 0.19],
      [undefined, 42, 0.07],
      [],
      ['Day', 'Hours'],
      ['Monday', '9 to 5'],
    ]);
    sheet['B4'].z = '0.00 "EUR"';
    sheet['C4'].z = '0%';
    sheet['C5'].z = '0%';
    sheet['!merges'] = [{ s: { r: 3, c: 0 }, e: { r: 4, c: 0 } }];
    expect(await textOf(readerOf('xlsx').read(bookOf(sheet)))).toBe(
      '## Prices\n\nPrices of 2026\n\n| Service | Price | Tax |\n| - | - | - |\n| Full | 89.00 EUR | 19% |\n| Full | 42 | 7% |\n\n| Day | Hours |\n| - | - |\n| Monday | 9 to 5 |',
    );
  });

  it('leaves a hidden sheet out and says so, and takes no time for a range that is nearly empty', async () => {
    const book = sheets.utils.book_new();
    sheets.utils.book_append_sheet(book, sheets.utils.aoa_to_sheet([['a', 'b']]), 'Wide');
    sheets.utils.book_append_sheet(book, sheets.utils.aoa_to_sheet([['secret']]), 'Hidden');
    book.Workbook = { Sheets: [{ Hidden: 0 }, { Hidden: 1 }] };
    const zip = await JSZip.loadAsync(sheets.write(book, { type: 'array', bookType: 'xlsx' }) as ArrayBuffer);
    const part = 'xl/worksheets/sheet1.xml';
    const far = '<row r="1000000"><c r="ZZ1000000" t="str"><v>far</v></c></row></sheetData>';
    const wide = (await zip.file(part)!.async('string'))
      .replace(/<dimension ref="[^"]*"/, '<dimension ref="A1:ZZ1000000"')
      .replace('</sheetData>', far);
    zip.file(part, wide);
    const found = await readerOf('xlsx').read(await zip.generateAsync({ type: 'uint8array' }));
    expect(found).toMatchObject({
      status: 'read',
      text: '## Wide\n\n| a | b |\n| - | - |\n\nfar',
      leftOut: { 'hidden part': 1 },
    });
  });
});

describe('what is no such file', () => {
  it('is refused by name', async () => {
    const compound = Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    for (const format of ['docx', 'pptx', 'xlsx'] as const) {
      expect(await problemOf(readerOf(format).read(compound))).toMatchObject({ kind: 'locked' });
      expect(await problemOf(readerOf(format).read(Buffer.from('hello')))).toMatchObject({
        kind: 'malformed',
        found: 'a file that is no ZIP, or cut short',
      });
      expect(await problemOf(readerOf(format).read(await zipOf({ 'a.txt': 'hello' })))).toMatchObject({
        kind: 'malformed',
      });
    }
    expect(await problemOf(readerOf('docx').read(await docxOf('')))).toMatchObject({ kind: 'empty' });
  });

  it('is refused where it unpacks to more than a memory should hold', async () => {
    const bomb = Buffer.from(await docxOf(paragraph('Small.')));
    // The archive's own list says how much each part unpacks to.
    bomb.writeUInt32LE(401_000_000, bomb.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    expect(await problemOf(readerOf('docx').read(bomb))).toMatchObject({
      kind: 'malformed',
      found: 'a file that unpacks to 401 MB',
    });
  });
});
