import { expect, it } from 'vitest';
import { DOCUMENT_ENDINGS, formatOf, readerOf } from './readers.ts';

const bytes = (text: string) => Buffer.from(text);
const kinds = (text: string, format?: 'markdown' | 'text') =>
  [...readerOf(format).blocks(text)].map(({ kind }) => kind);

it('a file is read by its ending, in capitals too', () => {
  expect(DOCUMENT_ENDINGS).toEqual(
    '.md .markdown .txt .html .htm .xhtml .pdf .docx .pptx .xlsx .xlsm .csv .tsv .epub .jsonl .ndjson'.split(' '),
  );
  expect(['a.MD', 'b.markdown', 'c.txt', 'd.pdf', 'e.png', 'f'].map(formatOf)).toEqual([
    'markdown',
    'markdown',
    'text',
    'pdf',
    undefined,
    undefined,
  ]);
});

it('what is a heading or a picture in Markdown is text in a text', () => {
  const text = '# Kettles\n\nTwo ![blue](kettle.png) litres.\n';
  expect(readerOf('markdown').read(bytes(text))).toMatchObject({
    title: 'Kettles',
    text: '# Kettles\n\nTwo litres.\n',
  });
  expect(readerOf('text').read(bytes(text))).toMatchObject({ status: 'read', text });
  expect(kinds(text, 'markdown')).toEqual(['heading', 'paragraph']);
  expect(kinds(text, 'text')).toEqual(['paragraph', 'paragraph']);
});

it('a document of before, which says no format, is Markdown', () => {
  expect(kinds('# Kettles\n')).toEqual(['heading']);
});
