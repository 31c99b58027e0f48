import { basename, dirname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { loadSources } from '../configs/load.ts';
import { type DocumentProblem, throwProblems } from '../common/errors.ts';
import { contains, findDocuments, shown, unreadable } from './find-documents.ts';
import { LabelFinder } from './labels/find-labels.ts';
import type { Readings } from './layers/readings.ts';
import { localSource } from './presence/fates.ts';
import { readOne, type Read } from './read-file.ts';
import { withFetched } from './sources/fetch-source.ts';
import type { Fetched } from './sources/fetched.ts';
import { isRemote, shownEntry, type Entry } from './sources/source.ts';
import type { Document } from '../schema/data.ts';
import type { PresenceRow } from '../schema/presence.ts';

const FILES_AT_ONCE = 32;
const MOST_NAMED = 3;

interface Where {
  sources: Entry | Entry[];
  /** Relative sources and allowed roots start here. */
  projectRoot: string;
  /** Documents lie below one of these, links resolved. */
  allowedRoots: string[];
  /** Knows what the same bytes said before; without, every file is read. */
  readings?: Pick<Readings, 'of'> | undefined;
  /** Addresses and keys of what lies elsewhere. */
  env?: NodeJS.ProcessEnv;
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
  /** What was found where, read or not. */
  presence: PresenceRow[];
}

/**
 * As `readDocuments`, but a file that its reader refuses is one document less, and told. Sources that lie elsewhere are fetched first.
 * @throws DocumentError where the sources themselves are wrong, two documents have one id, or nothing at all can be read
 */
export async function readCorpus(input: Where): Promise<CorpusRead> {
  const { projectRoot, allowedRoots, readings, env = process.env } = input;
  const sources = Array.isArray(input.sources) ? input.sources : [input.sources];
  const local = sources.filter((source) => typeof source === 'string' && !isRemote(source)) as string[];
  const groups: Group[] = [];
  if (local.length > 0) groups.push(await readFiles({ sources: local, projectRoot, allowedRoots, readings }));
  const elsewhere = sources.filter(isRemote);
  const policy = elsewhere.length > 0 ? await loadSources(projectRoot) : { allowed: [] };
  for (const entry of elsewhere) {
    const read = await withFetched(entry, { policy, env }, async (fetched, { name, source }) => {
      const { folder, files, uriOf, locationOf, refused, notes } = fetched;
      const below = { projectRoot: folder, allowedRoots: [folder], readings };
      const from = { entry: shownEntry(entry), prefix: name && `${name}/`, uriOf, locationOf, source };
      // A source of which nothing came says why for each of it.
      if (files?.length === 0) return { ...NOTHING, refused, notes };
      const group = await readFiles({ ...below, sources: files ?? ['.'], from });
      const unread = fetched.unread.map((location) => ({ kind: 'file' as const, location, source, whole: false }));
      const listed = fetched.isWhole && group.read.length > 0 ? [{ kind: 'listed' as const, source }] : [];
      return {
        ...group,
        refused: [...refused, ...group.refused],
        notes: [...notes, ...group.notes],
        presence: [...group.presence, ...unread, ...listed],
      };
    });
    groups.push('problem' in read ? { ...NOTHING, problems: [read.problem] } : read);
  }
  return joined(groups);
}

function joined(groups: readonly Group[]): CorpusRead {
  const problems = groups.flatMap((group) => group.problems);
  const refused = groups.flatMap((group) => group.refused);
  const documents: Document[] = [];
  const fileOfId = new Map<string, string>();
  for (const { file, document } of groups.flatMap((group) => group.read)) {
    const other = fileOfId.get(document.id);
    if (other !== undefined) problems.push(duplicateId(file, document.id, other));
    fileOfId.set(document.id, file);
    documents.push(document);
  }
  // Whoever has to correct the sources is told all at once.
  if (problems.length > 0 || documents.length === 0) throwProblems([...problems, ...refused]);
  return {
    documents: documents.sort((a, b) => (a.id < b.id ? -1 : 1)),
    refused,
    notes: groups.flatMap(({ notes }) => notes),
    presence: groups.flatMap(({ presence }) => presence),
  };
}

/** What came of the sources of one place. */
interface Group {
  read: { file: string; document: Document }[];
  problems: DocumentProblem[];
  refused: DocumentProblem[];
  notes: string[];
  presence: PresenceRow[];
}

const NOTHING: Group = { read: [], problems: [], refused: [], notes: [], presence: [] };

/** @param input.from where the folder is from, where it was fetched: ids and addresses are those of there */
async function readFiles(
  input: Omit<Where, 'sources' | 'env'> & {
    sources: string[];
    from?: { entry: string; prefix: string; source: string } & Pick<Fetched, 'uriOf' | 'locationOf'>;
  },
): Promise<Group> {
  const { sources, projectRoot, allowedRoots, readings, from } = input;
  const { commonRoot, bases, files, rows, others, problems, mayRead } = await findDocuments({
    sources,
    projectRoot,
    allowedRoots,
  });
  const belowOf = (path: string) => relative(projectRoot, path).split(sep).join('/');
  const fileOf = (path: string) => (from ? from.uriOf(belowOf(path)) : shown(path, input));
  const labels = new LabelFinder({ projectRoot, mayRead, shown: fileOf });
  const limit = pLimit(FILES_AT_ONCE);
  const readAny = (path: string): Promise<Read> =>
    readOne({
      path,
      commonRoot: from ? projectRoot : commonRoot,
      file: fileOf(path),
      uri: from ? from.uriOf(belowOf(path)) : pathToFileURL(path).href,
      prefix: from?.prefix ?? '',
      labels,
      readings,
    }).catch((cause: unknown) => ({
      documents: [],
      refused: [{ ...unreadable(path, cause, input), file: fileOf(path) }],
      notes: [],
    }));
  const read = await Promise.all(files.map((file) => limit(() => readAny(file))));
  /** A path of the folder that was fetched is nobody's. */
  const named = (problem: DocumentProblem): DocumentProblem => {
    if (!from || /^[a-z0-9+.-]+:\/\//.test(problem.file)) return problem;
    const below = problem.file.startsWith(projectRoot) ? belowOf(problem.file) : problem.file;
    return { ...problem, file: below === '' ? from.entry : from.uriOf(below) };
  };
  const whereOf = (path: string) =>
    from
      ? { location: from.locationOf(belowOf(path)), source: from.source }
      : { location: shown(path, input), source: localSource(baseOf(path, bases, input)) };
  return {
    presence: read.flatMap((one, i) => presenceIn(one, whereOf(files[i] ?? ''))),
    read: read.flatMap(({ documents }, i) =>
      documents.map(({ document }) => ({ file: fileOf(files[i] ?? ''), document })),
    ),
    problems: [...problems, ...(await labels.problems())].map(named),
    refused: read.flatMap((one) => one.refused),
    notes: [...read.flatMap(({ notes }) => notes), ...rowsNote(rows.map(fileOf)), ...othersNote(others)],
  };
}

/** What one file is to whoever asks later what is gone. */
function presenceIn({ documents, refused }: Read, where: { location: string; source: string }): PresenceRow[] {
  return [
    { kind: 'file', ...where, whole: refused.length === 0 },
    ...documents.map(({ document: { id, sha256, groups, validUntil }, record }): PresenceRow => ({
      kind: 'document',
      id,
      ...where,
      ...(record !== undefined && { record }),
      sha256,
      ...(groups && { groups }),
      ...(validUntil !== undefined && { validUntil }),
    })),
  ];
}

/** The folder that a file was looked for in: of several, the one furthest up. */
function baseOf(path: string, bases: readonly string[], where: Pick<Where, 'projectRoot'>): string {
  const above = bases.filter((base) => contains(base, path)).sort((a, b) => a.length - b.length);
  return shown(above[0] ?? dirname(path), where);
}

/** Of a folder's tables and rows nobody can tell whether they are documents: they are not passed over in silence. */
function rowsNote(rows: readonly string[]): string[] {
  if (rows.length === 0) return [];
  const files = rows.slice(0, MOST_NAMED).map((file) => basename(file));
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

const duplicateId = (file: string, id: string, other: string): DocumentProblem => ({
  kind: 'duplicate-id',
  file,
  found: `the id '${id}', which ${other} has too`,
  expected: 'an id of its own: a path that differs by more than its ending',
  fix: 'rename one of them',
});
