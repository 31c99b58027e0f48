import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { basename, extname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { type DocumentProblem, throwProblems } from './document-error.ts';
import { findDocuments, shown, unreadable } from './find-documents.ts';
import { splitFrontMatter } from './front-matter.ts';
import { sha256Of } from './hash.ts';
import { blocks } from './markdown.ts';
import type { Document } from './schema.ts';

const FILES_AT_ONCE = 32;

/**
 * Reads the documents of folders (recursive), globs or files: Markdown and plain text in UTF-8, front matter kept as
 * metadata. Sorted by id, which is the path below the sources' common folder without the ending. Line ends become \n
 * and a byte order mark goes, so that a checkout's line ends change no offset; the hash is over the file's bytes.
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
  const read = await Promise.all(files.map((file) => limit(() => readOne(file, commonRoot, input.projectRoot))));

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
  const offset = firstByteThatIsNotText(bytes);
  if (offset !== undefined) {
    const found = bytes[offset] === 0 ? 'a NUL byte' : 'a byte that is not UTF-8';
    const expected = 'plain text in UTF-8';
    return {
      problem: {
        kind: 'binary',
        file,
        found: `${found} at offset ${offset}`,
        expected,
        fix: 'save it as UTF-8 text, or remove it',
      },
    };
  }
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n');
  const matter = splitFrontMatter(text);
  if (matter.status === 'malformed') {
    return { problem: frontMatterProblem(file, matter.line, matter.found) };
  }
  const { metadata, body } = matter;
  for (const field of ['title', 'licence', 'license']) {
    if (metadata[field] !== null && typeof metadata[field] === 'object') {
      return { problem: frontMatterProblem(file, lineOf(text, field), `${field} that is not text`) };
    }
  }
  if (!body.trim()) {
    const found = text.trim() ? 'front matter and no text' : 'an empty file';
    return { problem: { kind: 'empty', file, found, expected: 'some text', fix: 'write it, or remove the file' } };
  }
  const name = basename(path, extname(path)).normalize('NFC');
  const heading = blocks(body).find((block) => block.kind === 'heading' && block.title);
  const licence = textOf(metadata['licence']) ?? textOf(metadata['license']);
  const below = relative(commonRoot, path).split(sep).join('/').normalize('NFC');
  return {
    document: {
      id: below.slice(0, below.length - extname(below).length),
      uri: pathToFileURL(path).href,
      sha256: sha256Of(bytes),
      title: textOf(metadata['title']) ?? (heading?.kind === 'heading' ? heading.title : name),
      ...(licence === undefined ? {} : { licence }),
      metadata,
      text: body,
    },
  };
}

/** Offset of the first NUL byte or the first byte that isn't UTF-8, whichever comes first. */
function firstByteThatIsNotText(bytes: Buffer): number | undefined {
  const nul = bytes.indexOf(0);
  const end = nul < 0 ? bytes.length : nul;
  const before = bytes.subarray(0, end);
  if (isUtf8(before)) return nul < 0 ? undefined : nul;
  // Decoding puts U+FFFD where a byte is wrong; a U+FFFD that the file itself spells is three right bytes.
  const text = before.toString('utf8');
  for (let i = text.indexOf('\uFFFD'); i >= 0; i = text.indexOf('\uFFFD', i + 1)) {
    const offset = Buffer.byteLength(text.slice(0, i));
    if (before.subarray(offset, offset + 3).toString('latin1') !== '\u00ef\u00bf\u00bd') return offset;
  }
  return end;
}

const frontMatterProblem = (file: string, line: number, found: string): DocumentProblem => ({
  kind: 'front-matter',
  file,
  line,
  found,
  expected: 'YAML fields such as `title: …` between two lines of ---',
  fix: 'correct that line, or close the front matter with ---',
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
