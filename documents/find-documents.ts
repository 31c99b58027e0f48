import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, matchesGlob, relative, resolve, sep } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { isLabelFile } from './labels/label-files.ts';
import { DOCUMENT_ENDINGS, formatOf, isRows } from './readers/readers.ts';
import type { DocumentProblem, DocumentProblemKind } from '../common/errors.ts';

const ENDINGS = DOCUMENT_ENDINGS.join(', ');

export interface FoundDocuments {
  /** The deepest folder above all sources: ids are paths below it. */
  commonRoot: string;
  /** The folder that each source starts at. */
  bases: string[];
  /** Absolute paths, sorted, each once. */
  files: string[];
  /** Files of rows that stand in a folder, which are read where they are named only. */
  rows: string[];
  /** Files of other formats that stand in a folder, counted by their ending. */
  others: ReadonlyMap<string, number>;
  problems: DocumentProblem[];
  /** Whether a path lies below an allowed root, links resolved. */
  mayRead: (path: string) => Promise<boolean>;
}

interface Search {
  projectRoot: string;
  /** Real paths, links resolved. */
  allowedRoots: string[];
  files: Set<string>;
  rows: Set<string>;
  others: Map<string, number>;
  problems: DocumentProblem[];
}

/**
 * Finds the documents of folders (recursive), globs and files. Relative sources start at `projectRoot`. Nothing outside
 * `allowedRoots` is listed or read, wherever links lead; what can't be used is reported, not skipped. Names that
 * start with a dot are left out.
 */
export async function findDocuments(input: {
  sources: string[];
  projectRoot: string;
  allowedRoots: string[];
}): Promise<FoundDocuments> {
  const roots = await Promise.all(
    input.allowedRoots.map((root) => realpath(resolve(input.projectRoot, root)).catch(() => undefined)),
  );
  const search: Search = {
    projectRoot: resolve(input.projectRoot),
    allowedRoots: roots.filter((root) => root !== undefined),
    files: new Set(),
    rows: new Set(),
    others: new Map(),
    problems: [],
  };
  const bases: string[] = [];
  for (const source of input.sources) bases.push(await findSource(source, search));
  const { files, rows, others, problems } = search;
  return {
    commonRoot: commonFolder(bases),
    bases,
    files: [...files].sort(),
    rows: [...rows].filter((file) => !files.has(file)).sort(),
    others,
    problems,
    mayRead: (path) => isAllowed(path, search),
  };
}

/** Adds the files of one source and returns the folder it starts at. */
async function findSource(source: string, search: Search): Promise<string> {
  const path = resolve(search.projectRoot, source);
  const before = search.files.size + search.problems.length;
  const kind = await kindOf(path);
  const glob = kind === 'missing' ? await splitGlob(source, search.projectRoot) : undefined;
  const base = glob?.base ?? (kind === 'folder' ? path : dirname(path));

  if (!(await isAllowed(glob?.base ?? path, search))) {
    search.problems.push(outside(path, search));
  } else if (kind === 'missing' && !glob) {
    search.problems.push(await missing(path, search));
  } else if (kind === 'file' || (kind === 'folder' && isDocumentName(path))) {
    await addFile(path, search, true);
  } else {
    const accepts = (file: string) => !glob || matchesGlob(relative(base, file), glob.pattern);
    const namesRows = glob !== undefined && /\.[^.*/]*$/.test(glob.pattern);
    await walk({ folder: base, accepts, namesRows, visited: new Set(), search });
    if (search.files.size + search.problems.length === before) search.problems.push(noneFound(path, search));
  }
  return base;
}

interface Walk {
  folder: string;
  accepts: (file: string) => boolean;
  /** Whether the pattern says which endings it means. */
  namesRows: boolean;
  /** Real paths of the folders above: a link back to one of them is a loop and ends there. */
  visited: Set<string>;
  search: Search;
}

async function walk({ folder, accepts, namesRows, visited, search }: Walk): Promise<void> {
  const real = await realpath(folder).catch(() => folder);
  if (visited.has(real)) return;
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    // A glob may name a folder that isn't there: that is "none found", said by the caller.
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') search.problems.push(unreadable(folder, cause, search));
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || isLabelFile(entry.name)) continue;
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await kindOf(path)) === 'folder');
    if (!isFolder || isDocumentName(path)) {
      if (!accepts(path)) continue;
      if (!isDocumentName(path)) {
        const ending = extname(path).toLowerCase() || 'no ending';
        search.others.set(ending, (search.others.get(ending) ?? 0) + 1);
        continue;
      }
      if (isRows(path) && !namesRows) search.rows.add(path);
      else await addFile(path, search, false);
    } else if (entry.isSymbolicLink() && !(await isAllowed(path, search))) {
      search.problems.push(outside(path, search));
    } else {
      await walk({ folder: path, accepts, namesRows, visited: new Set([...visited, real]), search });
    }
  }
}

async function addFile(path: string, search: Search, named: boolean): Promise<void> {
  const expected = `a file of a format that is read (${ENDINGS})`;
  const problem = (kind: DocumentProblemKind, found: string, fix: string) =>
    search.problems.push({ kind, file: shown(path, search), found, expected, fix });
  try {
    if (!(await isAllowed(path, search))) search.problems.push(outside(path, search));
    else if ((await stat(path)).isDirectory())
      problem('unreadable', 'a folder with the name of a document', 'rename the folder');
    else if (!(await stat(path)).isFile())
      problem('unreadable', 'a socket, pipe or device', 'remove it from the folder');
    else if (named && !isDocumentName(path))
      problem('not-a-document', `the ending '${extname(path)}'`, `convert it to one of ${ENDINGS}`);
    else search.files.add(path);
  } catch (cause) {
    search.problems.push(unreadable(path, cause, search));
  }
}

export function unreadable(path: string, cause: unknown, search: Pick<Search, 'projectRoot'>): DocumentProblem {
  const code = (cause as NodeJS.ErrnoException).code;
  const found =
    code === 'EACCES' || code === 'EPERM'
      ? 'no permission to read it'
      : code === 'ENOENT'
        ? 'a link that points at nothing'
        : `an error when reading it (${cause instanceof Error ? cause.message : String(cause)})`;
  const fix = code === 'EACCES' || code === 'EPERM' ? 'give this user read access (chmod u+r)' : 'repair or remove it';
  return { kind: 'unreadable', file: shown(path, search), found, expected: 'a file this process can read', fix };
}

const outside = (path: string, search: Search): DocumentProblem => ({
  kind: 'outside-roots',
  file: shown(path, search),
  found: 'a path outside the folders that documents may be read from',
  expected: `a path below ${search.allowedRoots.join(' or ') || 'an allowed folder (none of them exists)'}, links resolved`,
  fix: 'move the documents there, or add their folder to WHETSTONE_DOCUMENT_ROOTS where the system starts',
});

const noneFound = (path: string, search: Search): DocumentProblem => ({
  kind: 'none-found',
  file: shown(path, search),
  found: 'no documents',
  expected: `at least one file that ends in ${ENDINGS}`,
  fix: 'add documents, or correct the path',
});

async function missing(path: string, search: Search): Promise<DocumentProblem> {
  let folder = dirname(path);
  let name = basename(path);
  while (folder !== dirname(folder) && (await kindOf(folder)) === 'missing') {
    name = basename(folder);
    folder = dirname(folder);
  }
  const siblings = (await isAllowed(folder, search)) ? await readdir(folder).catch(() => []) : [];
  const byDistance = siblings
    .map((sibling) => ({ sibling, edits: distance(name.toLowerCase(), sibling.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits || (a.sibling < b.sibling ? -1 : 1));
  const nearest =
    byDistance[0] && byDistance[0].edits <= Math.max(3, name.length / 2) ? byDistance[0].sibling : undefined;
  return {
    kind: 'missing',
    file: shown(path, search),
    found: 'nothing at this path',
    expected: 'a folder, a file or a glob that exists',
    fix: nearest ? `write ${shown(join(folder, nearest), search)}, which is there` : 'correct the path',
  };
}

/** Path as a user would type it. */
export function shown(path: string, { projectRoot }: Pick<Search, 'projectRoot'>): string {
  const below = relative(projectRoot, path);
  return below && !below.startsWith('..') && !isAbsolute(below) ? below.split(sep).join('/') : path;
}

/** Links resolved; of a path that doesn't exist, the nearest folder above that does. */
async function isAllowed(path: string, search: Search): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return search.allowedRoots.some((root) => contains(root, real));
  return dirname(path) !== path && isAllowed(dirname(path), search);
}

export function contains(root: string, path: string): boolean {
  const below = relative(root, path);
  return below === '' || (below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below));
}

const kindOf = (path: string): Promise<'file' | 'folder' | 'missing'> =>
  stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => 'missing',
  );

const isDocumentName = (path: string) => formatOf(path) !== undefined;

/**
 * A glob as the folder that its first segments name and the pattern below it; undefined when it has no pattern. A
 * segment that exists as it is spelt, such as `notes (old)`, is no pattern.
 */
async function splitGlob(source: string, projectRoot: string): Promise<{ base: string; pattern: string } | undefined> {
  const segments = source.split('/');
  for (const [i, segment] of segments.entries()) {
    const base = resolve(projectRoot, segments.slice(0, i).join('/') || (isAbsolute(source) ? '/' : '.'));
    if (/[*?[\]{}()!]/.test(segment) && (await kindOf(join(base, segment))) === 'missing') {
      return { base, pattern: segments.slice(i).join('/') };
    }
  }
  return undefined;
}

function commonFolder(folders: string[]): string {
  const [first = '', ...rest] = folders;
  let common = first;
  for (const folder of rest) while (!contains(common, folder)) common = dirname(common);
  return common;
}
