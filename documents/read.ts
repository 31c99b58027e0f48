import { readFile } from 'node:fs/promises';
import { basename, extname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { type DocumentProblem, throwProblems } from '../common/errors.ts';
import { findDocuments, shown, unreadable } from './find-documents.ts';
import { sha256Of } from '../common/hash.ts';
import type { Readings } from './layers/readings.ts';
import { LabelFinder } from './labels/find-labels.ts';
import { labelled } from './labels/labelled.ts';
import type { Saying } from './labels/merge.ts';
import type { DocumentRead } from './readers/reader.ts';
import { formatOf, readerOf } from './readers/readers.ts';
import type { Document } from '../schema/data.ts';

const FILES_AT_ONCE = 32;
const MOST_NAMED = 3;

interface Where {
  sources: string | string[];
  /** Relative sources and allowed roots start here. */
  projectRoot: string;
  /** Documents lie below one of these, links resolved. */
  allowedRoots: string[];
  /** Knows what the same bytes said before; without, every file is read. */
  readings?: Pick<Readings, 'of'> | undefined;
}

/**
 * Reads the documents of folders (recursive), globs or files, each by the reader of its ending. Sorted by id, which is the path below the
 * sources' common folder, without the ending of Markdown and text; the hash is over the file's bytes.
 * @throws DocumentError listing everything that is wrong
 */
export async function readDocuments(input: Where): Promise<Document[]> {
  const { documents, refused } = await readCorpus(input);
  throwProblems(refused);
  return documents;
}

/** The documents that can be read, and those that can't with the reason. */
export interface CorpusRead {
  documents: Document[];
  /** Files, or records of one, that their reader refused. */
  refused: DocumentProblem[];
  /** What of a document's file could not be read, in words. */
  notes: string[];
}

/**
 * As `readDocuments`, but a file that its reader refuses is one document less, and told.
 * @throws DocumentError where the sources themselves are wrong, two documents have one id, or nothing at all can be read
 */
export async function readCorpus(input: Where): Promise<CorpusRead> {
  const sources = typeof input.sources === 'string' ? [input.sources] : input.sources;
  const { commonRoot, files, rows, others, problems, mayRead } = await findDocuments({ ...input, sources });
  const { projectRoot, readings } = input;
  const labels = new LabelFinder({ projectRoot, mayRead, shown: (path) => shown(path, input) });
  const limit = pLimit(FILES_AT_ONCE);
  const readAny = (file: string): Promise<Read> =>
    readOne({ path: file, commonRoot, projectRoot, labels, readings }).catch((cause: unknown) => ({
      documents: [],
      refused: [unreadable(file, cause, input)],
      notes: [],
    }));
  const read = await Promise.all(files.map((file) => limit(() => readAny(file))));

  const documents: Document[] = [];
  const fileOfId = new Map<string, string>();
  for (const [index, found] of read.entries()) {
    const file = shown(files[index] ?? '', input);
    for (const document of found.documents) {
      const other = fileOfId.get(document.id);
      if (other !== undefined) problems.push(duplicateId(file, document.id, other));
      fileOfId.set(document.id, file);
      documents.push(document);
    }
  }
  problems.push(...(await labels.problems()));
  const refused = read.flatMap((one) => one.refused);
  // Whoever has to correct the sources is told all at once.
  if (problems.length > 0 || documents.length === 0) throwProblems([...problems, ...refused]);
  return {
    documents: documents.sort((a, b) => (a.id < b.id ? -1 : 1)),
    refused,
    notes: [...read.flatMap(({ notes }) => notes), ...rowsNote(rows, input), ...othersNote(others)],
  };
}

/** Of a folder's tables and rows nobody can tell whether they are documents: they are not passed over in silence. */
function rowsNote(rows: readonly string[], where: Where): string[] {
  if (rows.length === 0) return [];
  const files = rows.slice(0, MOST_NAMED).map((file) => basename(shown(file, where)));
  const more = rows.length - files.length;
  return [
    `not read, as files of rows are documents where they are named only: ${files.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  ];
}

/** Nothing in a folder is passed over in silence. */
function othersNote(others: ReadonlyMap<string, number>): string[] {
  if (others.size === 0) return [];
  const counted = [...others].sort(([a], [b]) => (a < b ? -1 : 1)).map(([ending, count]) => `${count} ${ending}`);
  return [`not read, being of other formats: ${counted.join(', ')}`];
}

interface Read {
  documents: Document[];
  refused: DocumentProblem[];
  notes: string[];
}

async function readOne(one: {
  path: string;
  commonRoot: string;
  projectRoot: string;
  labels: LabelFinder;
  readings: Where['readings'];
}): Promise<Read> {
  const { path, commonRoot, projectRoot, labels, readings } = one;
  const file = shown(path, { projectRoot });
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    return { documents: [], refused: [unreadable(path, cause, { projectRoot })], notes: [] };
  }
  const format = formatOf(path);
  const sha256 = sha256Of(bytes);
  const found = await (readings?.of({ bytes, sha256, format, ending: extname(path).toLowerCase() }) ??
    readerOf(format).read(bytes));
  if (found.status === 'refused') return { documents: [], refused: [{ ...found.problem, file }], notes: [] };
  const below = relative(commonRoot, path).split(sep).join('/').normalize('NFC');
  // Two files of one name, such as a text and the PDF made of it, are two documents.
  const id = PLAIN.has(format) ? below.slice(0, below.length - extname(below).length) : below;
  const name = basename(path, extname(path)).normalize('NFC');
  const made = { uri: pathToFileURL(path).href, sha256, format, file, sayings: await labels.of(path) };
  if (found.status === 'read') {
    const { document, refused } = documentOf({ ...made, id, name, read: found });
    const notes = (found.notes ?? []).map((note) => `${file}: ${note}`);
    return { documents: document ? [document] : [], refused, notes };
  }
  const records = found.records.map((read) =>
    documentOf({ ...made, id: `${id}/${read.name}`, name: read.name, read, record: read.name }),
  );
  return {
    documents: records.flatMap(({ document }) => document ?? []),
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

const duplicateId = (file: string, id: string, other: string): DocumentProblem => ({
  kind: 'duplicate-id',
  file,
  found: `the id '${id}', which ${other} has too`,
  expected: 'an id of its own: a path that differs by more than its ending',
  fix: 'rename one of them',
});

function textOf(value: unknown): string | undefined {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? String(value).trim() || undefined : undefined;
}
