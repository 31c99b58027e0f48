import { readFile } from 'node:fs/promises';
import { basename, extname, relative, sep } from 'node:path';
import type { DocumentProblem } from '../common/errors.ts';
import { sha256Of } from '../common/hash.ts';
import { unreadable } from './find-documents.ts';
import type { LabelFinder } from './labels/find-labels.ts';
import { labelled } from './labels/labelled.ts';
import type { Saying } from './labels/merge.ts';
import type { Readings } from './layers/readings.ts';
import type { DocumentRead } from './readers/reader.ts';
import { formatOf, readerOf } from './readers/readers.ts';
import type { Document } from '../schema/data.ts';

/** What one file says. */
export interface Read {
  /** `record`: of a file that has many, which one. */
  documents: { document: Document; record?: string }[];
  refused: DocumentProblem[];
  notes: string[];
}

/** A file by the reader of its ending; a file that can't be read is told, and never thrown for. */
export async function readOne(one: {
  path: string;
  /** Ids are paths below it. */
  commonRoot: string;
  /** As people know it. */
  file: string;
  /** Where it is from. */
  uri: string;
  /** What ids begin with. */
  prefix: string;
  labels: LabelFinder;
  readings: Pick<Readings, 'of'> | undefined;
}): Promise<Read> {
  const { path, commonRoot, file, labels, readings } = one;
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    return { documents: [], refused: [{ ...unreadable(path, cause, { projectRoot: '' }), file }], notes: [] };
  }
  const format = formatOf(path);
  const sha256 = sha256Of(bytes);
  const found = await (readings?.of({ bytes, sha256, format, ending: extname(path).toLowerCase() }) ??
    readerOf(format).read(bytes));
  if (found.status === 'refused') return { documents: [], refused: [{ ...found.problem, file }], notes: [] };
  const below = `${one.prefix}${relative(commonRoot, path).split(sep).join('/').normalize('NFC')}`;
  // Two files of one name, such as a text and the PDF made of it, are two documents.
  const id = PLAIN.has(format) ? below.slice(0, below.length - extname(below).length) : below;
  const name = basename(path, extname(path)).normalize('NFC');
  const made = { uri: one.uri, sha256, format, file, sayings: await labels.of(path) };
  if (found.status === 'read') {
    const { document, refused } = documentOf({ ...made, id, name, read: found });
    const notes = (found.notes ?? []).map((note) => `${file}: ${note}`);
    return { documents: document ? [{ document }] : [], refused, notes };
  }
  const records = found.records.map((read) => ({
    record: read.name,
    ...documentOf({ ...made, id: `${id}/${read.name}`, name: read.name, read, record: read.name }),
  }));
  return {
    documents: records.flatMap(({ record, document }) => (document ? [{ document, record }] : [])),
    refused: [...found.problems.map((problem) => ({ ...problem, file })), ...records.flatMap(({ refused }) => refused)],
    notes: [],
  };
}

const PLAIN: ReadonlySet<unknown> = new Set(['markdown', 'text']);

function documentOf(options: {
  id: string;
  uri: string;
  sha256: string;
  name: string;
  format: Document['format'];
  read: DocumentRead;
  file: string;
  sayings: readonly Saying[];
  /** Of a file that has many. */
  record?: string;
}): { document?: Document; refused: DocumentProblem[] } {
  const { id, uri, sha256, name, format, read } = options;
  const { text, metadata, title, leftOut, places = [] } = read;
  const { labels, problems } = labelled(options);
  if (problems.length > 0) return { refused: problems };
  const document = {
    id,
    uri,
    sha256,
    title: textOf(metadata['title']) ?? title ?? name,
    ...labels,
    metadata,
    ...(Object.keys(leftOut).length > 0 && { leftOut: { ...leftOut } }),
    ...(format && { format }),
    ...(places.length > 0 && { places: [...places] }),
    text,
  };
  return { document, refused: [] };
}

function textOf(value: unknown): string | undefined {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? String(value).trim() || undefined : undefined;
}
