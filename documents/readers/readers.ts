import { extname } from 'node:path';
import type { Document } from '../../schema/data.ts';
import { csvReader } from './csv.ts';
import { epubReader } from './epub.ts';
import { jsonLinesReader } from './json-lines.ts';
import { markdownReader } from './markdown.ts';
import { docxReader } from './office/docx.ts';
import { pptxReader } from './office/pptx.ts';
import { xlsxReader } from './office/xlsx.ts';
import { pdfReader } from './pdf.ts';
import type { DocumentReader } from './reader.ts';
import { textReader } from './text.ts';
import { htmlReader } from './web/html.ts';

export type Format = NonNullable<Document['format']>;

/** One line for each format: a missing one does not compile. */
const READERS: Record<Format, DocumentReader> = {
  markdown: markdownReader,
  text: textReader,
  html: htmlReader,
  pdf: pdfReader,
  docx: docxReader,
  pptx: pptxReader,
  xlsx: xlsxReader,
  csv: csvReader,
  epub: epubReader,
  'json-lines': jsonLinesReader,
};

const BY_ENDING = new Map(
  (Object.keys(READERS) as Format[]).flatMap((format) => READERS[format].endings.map((ending) => [ending, format])),
);

export const DOCUMENT_ENDINGS = [...BY_ENDING.keys()];

/** The format of a file by its name's ending; undefined where no reader knows it. */
export const formatOf = (path: string): Format | undefined => BY_ENDING.get(extname(path).toLowerCase());

/** Documents of before say no format: they are Markdown. */
export const readerOf = (format: Format = 'markdown'): DocumentReader => READERS[format];

/** Rows may be documents, and suites, labels or pairs as well: a folder's are none unless they are named. */
export const isRows = (path: string): boolean => ['csv', 'json-lines'].includes(formatOf(path) ?? '');
