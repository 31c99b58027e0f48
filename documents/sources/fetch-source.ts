import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourcePolicy } from '../../configs/sources-schema.ts';
import type { DocumentProblem } from '../../common/errors.ts';
import { SourceError, type Fetched } from './fetched.ts';
import { fetchHub } from './hub.ts';
import { fetchSql } from './sql.ts';
import { fetchGit } from './git.ts';
import { fetchS3 } from './s3.ts';
import { isAllowed, parseSource, shownEntry, sourceKey, type Entry, type Source } from './source.ts';
import { fetchWeb } from './web/fetch-web.ts';

/** What documents of a source are called before their paths: the folder, bucket or repository, as people name it. */
export function nameOf(source: Source): string {
  // A page's path has its host already.
  if (source.kind === 'web' || source.kind === 'sql') return '';
  if (source.kind === 'hf') return source.repository.split('/')[1] ?? source.repository;
  const path = source.kind === 's3' ? source.prefix.replace(/[^/]*\.[^/]*$/, '') : source.folder;
  const fallback = source.kind === 's3' ? source.bucket : new URL(source.url).pathname.replace(/(?:\.git)?\/*$/, '');
  return (path.split('/').filter(Boolean).at(-1) ?? fallback.split('/').filter(Boolean).at(-1) ?? source.kind).replace(
    /^\.+/,
    '_',
  );
}

/**
 * Brings what a source has to a folder of this machine, hands it over, and removes it.
 * @returns what is wrong with the source, where it can't be read at all
 */
export async function withFetched<T>(
  entry: Entry,
  where: { policy: SourcePolicy; env: NodeJS.ProcessEnv },
  use: (fetched: Fetched, of: { name: string; source: string }) => Promise<T>,
): Promise<T | { problem: DocumentProblem }> {
  const problem = (said: Pick<DocumentProblem, 'found' | 'expected' | 'fix'>, kind: DocumentProblem['kind']) => ({
    problem: { kind, file: shownEntry(entry), ...said },
  });
  const source = parseSource(entry);
  if (!('kind' in source)) return problem(source, 'missing');
  if (!isAllowed(source, where.policy))
    return problem(
      {
        found: 'a source that this system may not read',
        expected: `one below ${where.policy.allowed.join(' or ') || 'what configs/sources.yaml lists (nothing yet)'}`,
        fix: 'let whoever runs the system add it to configs/sources.yaml',
      },
      'outside-roots',
    );
  const folder = await mkdtemp(join(tmpdir(), 'whetstone-source-'));
  try {
    return await use(await fetchOf(source, { ...where, folder }), { name: nameOf(source), source: sourceKey(source) });
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return problem({ found: error.message, expected: error.expected, fix: error.fix }, 'unreachable');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function fetchOf(
  source: Source,
  where: { policy: SourcePolicy; env: NodeJS.ProcessEnv; folder: string },
): Promise<Fetched> {
  switch (source.kind) {
    case 's3':
      return fetchS3(source, where);
    case 'git':
      return fetchGit(source, where);
    case 'web':
      return fetchWeb(source, where);
    case 'hf':
      return fetchHub(source, where);
    case 'sql':
      return fetchSql(source, where);
    default:
      return source satisfies never;
  }
}
