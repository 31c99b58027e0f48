import { extname } from 'node:path';
import type { Document } from '../../schema/data.ts';
import { markdownReader } from './markdown.ts';
import type { DocumentReader } from './reader.ts';
import { textReader } from './text.ts';

export type Format = NonNullable<Document['format']>;

/** One line for each format: a missing one does not compile. */
const READERS: Record<Format, DocumentReader> = { markdown: markdownReader, text: textReader };

const BY_ENDING = new Map(
  (Object.keys(READERS) as Format[]).flatMap((format) => READERS[format].endings.map((ending) => [ending, format])),
);

export const DOCUMENT_ENDINGS = [...BY_ENDING.keys()];

/** The format of a file by its name's ending; undefined where no reader knows it. */
export const formatOf = (path: string): Format | undefined => BY_ENDING.get(extname(path).toLowerCase());

/** Documents of before say no format: they are Markdown. */
export const readerOf = (format: Format = 'markdown'): DocumentReader => READERS[format];
