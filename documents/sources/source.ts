import { sha256Of } from '../../common/hash.ts';
import type { SourcePolicy, SqlSource } from '../../configs/sources-schema.ts';

/** What a config's `documents:` names beside folders, globs and files. */

export type Source =
  | { kind: 's3'; entry: string; bucket: string; prefix: string }
  | { kind: 'git'; entry: string; url: string; revision: string; folder: string }
  | { kind: 'web'; entry: string; url: string }
  | { kind: 'hf'; entry: string; repository: string; revision: string; path: string }
  | { kind: 'sql'; entry: string; variable: string; sql: string };

/** An entry of `documents:`. */
export type Entry = string | SqlSource;

/** As people know it. */
export const shownEntry = (entry: Entry): string =>
  typeof entry === 'string' ? entry : `${entry.databaseEnv} (${entry.sql.replace(/\s+/g, ' ').slice(0, 60)})`;

const FORMS =
  's3://BUCKET/PREFIX, https://HOST/PAGE or a sitemap, git+https://HOST/REPOSITORY@REVISION//FOLDER, or hf://datasets/OWNER/NAME';

/** Whether an entry of `documents:` lies elsewhere. */
export const isRemote = (entry: Entry): boolean => typeof entry !== 'string' || /^[a-z][a-z0-9+.-]+:\/\//i.test(entry);

/** @returns what is wrong with it, where it is no source */
export function parseSource(entry: Entry): Source | { found: string; expected: string; fix: string } {
  if (typeof entry !== 'string')
    return { kind: 'sql', entry: shownEntry(entry), variable: entry.databaseEnv, sql: entry.sql };
  const [, scheme = ''] = /^([a-z0-9+.-]+):/i.exec(entry) ?? [];
  if (/\s|\\|\p{Cc}/u.test(entry) || /^[^/]*\/\/[^/]*:[^/]*@/.test(entry))
    return {
      found: 'spaces, backslashes or a password in an address',
      expected: FORMS,
      fix: 'write the address alone; keys and passwords are set where the worker starts',
    };
  if (scheme === 's3') {
    const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(entry) ?? [];
    if (bucket !== undefined) return { kind: 's3', entry, bucket, prefix: prefix.replace(/^\/+/, '') };
  }
  if (scheme === 'hf') {
    const [, repository, revision = 'main', path = ''] =
      /^hf:\/\/datasets\/([\w.-]+\/[\w.-]+)(?:@([\w.-]+))?(?:\/(.*))?$/.exec(entry) ?? [];
    if (repository !== undefined && !repository.includes('..') && !path.split('/').includes('..'))
      return { kind: 'hf', entry, repository, revision, path: path.replace(/\/+$/, '') };
  }
  if (scheme === 'http' || scheme === 'https') {
    const url = URL.parse(entry);
    if (url) return { kind: 'web', entry, url: hrefOf(url) };
  }
  if (/^git\+(?:https?|file|ssh)$/.test(scheme)) {
    const source = gitSource(entry);
    if (source) return source;
  }
  return { found: `'${entry}'`, expected: `a folder, glob or file, or ${FORMS}`, fix: 'correct it' };
}

/** As pip and npm write it: `git+URL@REVISION//FOLDER`. What stands before an `@` of the host is a user. */
function gitSource(entry: string): Source | undefined {
  const [, scheme = '', host = '', path = ''] = /^git\+([a-z]+:\/\/)([^/]*)(\/.*)$/.exec(entry) ?? [];
  const parts = path.split('//');
  const [repository = '', folder = ''] = parts;
  const at = repository.lastIndexOf('@');
  const revision = at < 0 ? 'HEAD' : repository.slice(at + 1);
  const url = URL.parse(`${scheme}${host}${at < 0 ? repository : repository.slice(0, at)}`);
  const isRevision = /^[A-Za-z0-9][\w./-]*$/.test(revision) && !revision.includes('..');
  if (!url || url.pathname.length < 2 || !isRevision || parts.length > 2 || folder.split('/').includes('..'))
    return undefined;
  return { kind: 'git', entry, url: url.href, revision, folder: folder.replace(/^\/+|\/+$/g, '') };
}

/** Whether the operator lets runs read it. */
export const isAllowed = (source: Source, { allowed }: SourcePolicy): boolean =>
  allowed.some((line) => isBelow(placeOf(source), placeOfLine(line)));

/** Whether a page may be fetched: one that a redirect or a sitemap leads to, too. */
export const isAllowedPage = (url: string, { allowed }: SourcePolicy): boolean => {
  const parsed = URL.parse(url);
  return parsed !== null && allowed.some((line) => isBelow(hrefOf(parsed), placeOfLine(line)));
};

/** What stands for a source in the operator's list. */
function placeOf(source: Source): string {
  if (source.kind === 's3') return `s3://${source.bucket}/${source.prefix}`;
  if (source.kind === 'hf') return `hf://datasets/${source.repository}/${source.path}`;
  if (source.kind === 'sql') return `env:${source.variable}`;
  return source.kind === 'git' ? `git+${source.url}` : source.url;
}

/** A source at any revision: what is gone from a newer one was of it. */
export function sourceKey(source: Source): string {
  if (source.kind === 'git') return `git+${source.url}//${source.folder}`;
  if (source.kind === 'sql') return `env:${source.variable} ${sha256Of(source.sql).slice(0, 12)}`;
  return placeOf(source);
}

function placeOfLine(line: string): string {
  // An owner's, as it is written: it is no dataset itself.
  const source = parseSource(line);
  return 'kind' in source ? placeOf(source) : line;
}

function isBelow(place: string, line: string): boolean {
  const folder = line.endsWith('/') ? line : `${line}/`;
  return place === line || `${place}/` === folder || place.startsWith(folder);
}

/** Without what a server is never sent. */
function hrefOf(url: URL): string {
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href;
}
