import { readFile } from 'node:fs/promises';
import { basename, extname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { type DocumentProblem, throwProblems } from '../common/errors.ts';
import { findDocuments, shown, unreadable } from './find-documents.ts';
import { sha256Of } from '../common/hash.ts';
import type { LeftOut } from './readers/leave-out.ts';
import { formatOf, readerOf } from './readers/readers.ts';
import type { Document } from '../schema/data.ts';

const FILES_AT_ONCE = 32;
/**
 * Reads the documents of folders (recursive), globs or files, each by the reader of its ending. Sorted by id, which is the path below the
 * sources' common folder without the ending; the hash is over the file's bytes.
 * @throws DocumentError listing everything that is wrong
 */
export async function readDocuments(input: {
  sources: string | string[];
  /** Relative sources and allowed roots start here. */
  projectRoot: string;
  /** Documents lie below one of these, links resolved. */
  allowedRoots: string[];
}): Promise<Document[]> {
  const sources = typeof input.sources === 'string' ? [input.sources] : input.sources;
  const { commonRoot, files, problems } = await findDocuments({ ...input, sources });
  const limit = pLimit(FILES_AT_ONCE);
  const readAny = (file: string): Promise<Read> =>
    readOne(file, commonRoot, input.projectRoot).catch((cause: unknown) => ({
      problem: unreadable(file, cause, input),
    }));
  const read = await Promise.all(files.map((file) => limit(() => readAny(file))));

  const documents: Document[] = [];
  const fileOfId = new Map<string, string>();
  for (const [index, result] of read.entries()) {
    const file = shown(files[index] ?? '', input);
    if (!result.document) {
      problems.push(result.problem);
      continue;
    }
    const other = fileOfId.get(result.document.id);
    if (other !== undefined) problems.push(duplicateId(file, result.document.id, other));
    fileOfId.set(result.document.id, file);
    documents.push(result.document);
  }
  throwProblems(problems);
  return documents.sort((a, b) => (a.id < b.id ? -1 : 1));
}

type Read = { document: Document; problem?: never } | { document?: never; problem: DocumentProblem };

async function readOne(path: string, commonRoot: string, projectRoot: string): Promise<Read> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    return { problem: unreadable(path, cause, { projectRoot }) };
  }
  const format = formatOf(path);
  const found = readerOf(format).read(bytes);
  if (found.status === 'refused') return { problem: { ...found.problem, file: shown(path, { projectRoot }) } };
  const { text, metadata, title, leftOut } = found;
  const name = basename(path, extname(path)).normalize('NFC');
  const licence = textOf(metadata['licence']) ?? textOf(metadata['license']);
  const below = relative(commonRoot, path).split(sep).join('/').normalize('NFC');
  return {
    document: {
      id: below.slice(0, below.length - extname(below).length),
      uri: pathToFileURL(path).href,
      sha256: sha256Of(bytes),
      title: textOf(metadata['title']) ?? title ?? name,
      ...(licence === undefined ? {} : { licence }),
      metadata,
      ...(leftOut.length > 0 && { leftOut: countsOf(leftOut) }),
      ...(format && { format }),
      text,
    },
  };
}

function countsOf(leftOut: readonly LeftOut[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of leftOut) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
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
