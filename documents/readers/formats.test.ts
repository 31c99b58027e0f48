import { describe, expect, it } from 'vitest';
import { docxOf, epubOf, paragraph, pdfOf, pptxOf, shape, zipOf } from '../../test/support/office-files.ts';
import fc from '../../test/support/property.ts';
import { pagesOf } from './pdf.ts';
import { DOCUMENT_ENDINGS, formatOf, readerOf, type Format } from './readers.ts';

const read = async (format: Format, bytes: Uint8Array | string) =>
  readerOf(format).read(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);

describe('CSV', () => {
  it('is one table, whatever parts its cells', async () => {
    const text = '| Service | Price |\n| - | - |\n| Full, yearly | 89 |\n| Short |  |';
    expect(await read('csv', 'Service,Price\n"Full, yearly",89\nShort\n')).toMatchObject({ text });
    expect(await read('csv', 'Service;Price\nFull, yearly;89\nShort\n')).toMatchObject({ text });
    expect(await read('csv', '\uFEFFService\tPrice\r\nFull, yearly\t89\r\nShort\r\n')).toMatchObject({ text });
  });

  it('without a word is refused', async () => {
    expect(await read('csv', ',,\n')).toMatchObject({ problem: { kind: 'empty' } });
  });
});

describe('EPUB', () => {
  it('is read chapter by chapter, without its contents', async () => {
    const book = await epubOf('Kettles', ['<h1>One</h1><p>First.</p>', '<p>Second.</p>']);
    expect(await read('epub', book)).toMatchObject({
      status: 'read',
      title: 'Kettles',
      metadata: { language: 'en' },
      text: '# One\n\nFirst.\n\nSecond.',
      places: [
        { label: 'chapter 1', start: 0 },
        { label: 'chapter 2', start: 15 },
      ],
    });
  });

  it('that is locked, or no book, is refused by name', async () => {
    expect(await read('epub', await zipOf({ a: 'b' }))).toMatchObject({ problem: { found: 'a ZIP without a book' } });
  });
});

describe('JSON lines', () => {
  it('are a document each, with the names that other tools give; a bad line is told, and the others are read', async () => {
    const lines = [
      '{"text": "One.", "id": "a", "title": "First", "licence": "MIT"}',
      '{"page_content": "Two.", "metadata": {"source": "b.pdf", "page": 3}}',
      '{"content": "Three.", "id": 7}',
      '{"content": "Four.", "id": "a"}',
      '{"body": "  "}',
      '[1]',
      '{"question": "x"}',
      '{"text": ',
    ];
    const found = await read('json-lines', lines.join('\n'));
    if (found.status !== 'records') throw new Error(found.status);
    expect(found.records.map(({ name, title, text, metadata }) => [name, title, text, metadata])).toEqual([
      ['a', 'First', 'One.', { id: 'a', title: 'First', licence: 'MIT' }],
      ['line 2', undefined, 'Two.', { source: 'b.pdf', page: 3 }],
      ['7', undefined, 'Three.', { id: 7 }],
    ]);
    expect(found.problems.map(({ line, kind }) => [line, kind])).toEqual([
      [4, 'duplicate-id'],
      [5, 'empty'],
      [6, 'malformed'],
      [7, 'malformed'],
      [8, 'malformed'],
    ]);
  });
});

describe('PDF', () => {
  const body = (from: number) =>
    Array.from({ length: 24 }, (_, i) => ({
      text: `Sentence ${from + i} of the handbook says what a kettle may do.`,
      y: 700 - 20 * i,
    }));

  it('is read page by page, its running heads left out; pages without text are told', async () => {
    const page = (n: number) => [
      { text: 'Kettle handbook', x: 240, y: 800, size: 9 },
      ...body(100 * n),
      { text: `Page ${n} of 4`, x: 260, y: 40, size: 9 },
    ];
    const found = await read('pdf', pdfOf([page(1), page(2), [], page(4)]));
    if (found.status !== 'read') throw new Error(JSON.stringify(found));
    for (const n of [1, 2, 4]) expect(found.text).toContain(`Sentence ${100 * n + 23} of the handbook`);
    expect(found.text).not.toMatch(/Kettle handbook|Page \d of/);
    expect(found.places?.map(({ label }) => label)).toEqual(['page 1', 'page 2', 'page 4']);
    for (const { label, start } of found.places ?? [])
      expect(found.text.slice(start)).toMatch(new RegExp(`^Sentence ${label.slice(5)}00`));
    expect(found.notes).toEqual(['page 3 without text (a picture, or blank): OCR is not on']);
  });

  it('of two columns is read one after the other', async () => {
    const column = (x: number, name: string) =>
      Array.from({ length: 20 }, (_, i) => ({ text: `${name} line ${i} goes on and`, x, y: 760 - 16 * i, size: 10 }));
    const found = await read('pdf', pdfOf([[...column(60, 'Left'), ...column(320, 'Right')]]));
    if (found.status !== 'read') throw new Error(JSON.stringify(found));
    expect(found.text.indexOf('Left line 19')).toBeLessThan(found.text.indexOf('Right line 0'));
  });

  it('that is no PDF, or has no text, is refused by name', async () => {
    expect(await read('pdf', '%PDF-1.4 and no more')).toMatchObject({
      problem: { kind: 'malformed', found: "a PDF that can't be read (PDF error: invalid PDF format)" },
    });
    expect(await read('pdf', pdfOf([[], []]))).toMatchObject({
      problem: { kind: 'empty', found: '2 pages without text (pictures, or blank): OCR is not on' },
    });
  });

  it('tells pages as people write them', () => {
    expect(pagesOf([3])).toBe('page 3');
    expect(pagesOf([9, 1, 2, 3, 7])).toBe('pages 1 to 3, 7 and 9');
  });
});

describe('whatever a file holds', () => {
  const valid = {
    docx: docxOf(paragraph('Hello there.')),
    pptx: pptxOf([shape(['Hello there.'])]),
    epub: epubOf('Hello', ['<p>Hello there.</p>']),
    pdf: Promise.resolve(pdfOf([[{ text: 'Hello there.' }]])),
    html: Promise.resolve(Buffer.from('<body><p>Hello there.</p></body>')),
    csv: Promise.resolve(Buffer.from('Hello,there\n1,2\n')),
    'json-lines': Promise.resolve(Buffer.from('{"text": "Hello there."}\n')),
  } satisfies Partial<Record<Format, Promise<Uint8Array>>>;

  it('its reader reads it or refuses it with a fix, and never throws', async () => {
    const formats = Object.keys(valid) as (keyof typeof valid)[];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...formats),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.uint8Array({ maxLength: 60 }),
        async (format, share, noise) => {
          const whole = Buffer.from(await valid[format]);
          const at = Math.floor(share * whole.length);
          for (const bytes of [
            noise,
            Buffer.concat([whole.subarray(0, at), noise]),
            Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at + noise.length)]),
          ]) {
            const found = await read(format, bytes);
            const told = found.status !== 'refused' || found.problem.fix !== '';
            const places = found.status === 'read' ? (found.places ?? []) : [];
            const length = found.status === 'read' ? found.text.length : 0;
            expect([told, places.filter(({ start }) => start > length)]).toEqual([true, []]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('every ending that is known has a reader', () => {
    for (const ending of DOCUMENT_ENDINGS) expect(readerOf(formatOf(`a${ending}`)).endings).toContain(ending);
  });
});
