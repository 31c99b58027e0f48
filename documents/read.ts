import { readFile } from 'node:fs/promises';
import { basename, extname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { decodeText, EXPECTED_ENCODING } from '../common/decode-text.ts';
import { type DocumentProblem, throwProblems } from '../common/errors.ts';
import { findDocuments, shown, unreadable } from './find-documents.ts';
import { splitFrontMatter } from './front-matter.ts';
import { sha256Of } from '../common/hash.ts';
import { leaveOut, type LeftOut } from './leave-out.ts';
import { blocks } from './markdown.ts';
import type { Document } from '../schema/data.ts';

const FILES_AT_ONCE = 32;
/** A budget counts no white space, and more than this says nothing. */
const LONG_SPACE = /[^\S\n]{100,}/g;
const MANY_LINES = /\n{100,}/g;

/**
 * Reads the documents of folders (recursive), globs or files: Markdown, and plain text, in UTF-8 or UTF-16, front matter kept as
 * metadata, without comments, pictures and embedded data. Sorted by id, which is the path below the sources' common folder
 * without the ending. Line ends become \n and a byte order mark goes, so that a checkout's line ends change no offset; the hash
 * is over the file's bytes.
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
  const file = shown(path, { projectRoot });
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    return { problem: unreadable(path, cause, { projectRoot }) };
  }
  const decoded = decodeText(bytes);
  if (decoded.status === 'not-text') {
    const { found, line, fix } = decoded;
    return { problem: { kind: 'binary', file, line, found, expected: EXPECTED_ENCODING, fix: `${fix}, or remove it` } };
  }
  const text = decoded.text.replace(/\r\n?/g, '\n').replace(LONG_SPACE, ' ').replace(MANY_LINES, '\n\n');
  const format = extname(path).toLowerCase() === '.txt' ? 'text' : 'markdown';
  const matter = splitFrontMatter(text);
  // Lines of dashes may mean anything in plain text.
  if (matter.status === 'malformed' && format === 'markdown')
    return { problem: frontMatterProblem(file, matter.line, matter.found) };
  const { metadata, body }: { metadata: Record<string, unknown>; body: string } =
    matter.status === 'parsed' ? matter : { metadata: {}, body: text };
  for (const field of ['title', 'licence', 'license']) {
    if (metadata[field] !== null && typeof metadata[field] === 'object') {
      return { problem: frontMatterProblem(file, lineOf(text, field), `${field} that is not text`) };
    }
  }
  const { text: kept, leftOut } = leaveOut(body, format);
  if (!/[\p{L}\p{N}]/u.test(kept)) {
    const found = emptiness(text, kept, leftOut);
    return { problem: { kind: 'empty', file, found, expected: 'some text', fix: 'write it, or remove the file' } };
  }
  const name = basename(path, extname(path)).normalize('NFC');
  const licence = textOf(metadata['licence']) ?? textOf(metadata['license']);
  const below = relative(commonRoot, path).split(sep).join('/').normalize('NFC');
  return {
    document: {
      id: below.slice(0, below.length - extname(below).length),
      uri: pathToFileURL(path).href,
      sha256: sha256Of(bytes),
      title: textOf(metadata['title']) ?? (format === 'markdown' ? firstTitle(kept) : undefined) ?? name,
      ...(licence === undefined ? {} : { licence }),
      metadata,
      ...(leftOut.length > 0 && { leftOut: countsOf(leftOut) }),
      format,
      text: kept,
    },
  };
}

function firstTitle(text: string): string | undefined {
  for (const block of blocks(text)) if (block.kind === 'heading' && block.title) return block.title;
  return undefined;
}

function emptiness(text: string, kept: string, leftOut: readonly LeftOut[]): string {
  if (!text.trim()) return 'an empty file';
  if (kept.trim()) return 'no letter and no number';
  return leftOut.length > 0 ? 'nothing but comments, pictures and data' : 'front matter and no text';
}

function countsOf(leftOut: readonly LeftOut[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of leftOut) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const frontMatterProblem = (file: string, line: number, found: string): DocumentProblem => ({
  kind: 'front-matter',
  file,
  line,
  found,
  expected: 'YAML fields such as `title: …` between two lines of ---',
  fix: 'correct that line, or close the front matter with ---; if the first --- is a rule, leave an empty line below it',
});

const duplicateId = (file: string, id: string, other: string): DocumentProblem => ({
  kind: 'duplicate-id',
  file,
  found: `the id '${id}', which ${other} has too`,
  expected: 'an id of its own: a path that differs by more than its ending',
  fix: 'rename one of them',
});

const lineOf = (text: string, field: string) =>
  text.split('\n').findIndex((line) => line.trimStart().startsWith(`${field}:`)) + 1 || 1;

function textOf(value: unknown): string | undefined {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? String(value).trim() || undefined : undefined;
}
