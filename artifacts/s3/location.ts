import { ArtifactError } from '../../common/errors.ts';
import { nameOf } from '../place.ts';

/** Where things lie in a bucket: keys, and the URIs that name them. */

export interface S3Location {
  bucket: string;
  /** Empty, or ends with a slash. */
  prefix: string;
}

/** @throws ArtifactError for what is no s3://bucket or s3://bucket/prefix */
export function parseLocation(uri: string): S3Location {
  const { bucket, key } = parseUri(uri);
  const prefix = key.replace(/^\/+|\/+$/g, '');
  return { bucket, prefix: prefix ? `${prefix}/` : '' };
}

export interface ObjectPlace {
  bucket: string;
  key: string;
}

/** The bucket and key of any s3:// URI. @throws ArtifactError for any other */
export function parseUri(uri: string): ObjectPlace {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket !== undefined) return { bucket, key };
  throw new ArtifactError(
    `${uri}: found ${uri.split(':')[0]}:, expected s3://BUCKET/PREFIX or file://; set WHETSTONE_ARTIFACTS to the store that has it`,
  );
}

export const uriOf = ({ bucket, key }: ObjectPlace): string => `s3://${bucket}/${key}`;

/** Names a folder's files; written last. It lies beside the folder's files, which lie below the hash of the whole. */
export const MANIFEST = 'folder.json';

/** What a key names, below the prefix. */
export type KeyParts =
  | { kind: string; name: string; is: 'file' }
  | { kind: string; name: string; is: 'manifest' }
  | { kind: string; name: string; is: 'part'; tree: string; path: string };

/**
 * Reads a key without its prefix: `<kind>/<sha12>.<ending>`, `<kind>/<name>/folder.json` or `<kind>/<name>/<tree>/<path>`. Undefined for
 * what no store wrote.
 */
export function readKey(key: string): KeyParts | undefined {
  const parts = key.split('/');
  const at = parts.findIndex((part) => nameOf(part) !== undefined);
  const name = parts[at] === undefined ? undefined : nameOf(parts[at]);
  if (at < 1 || name === undefined) return undefined;
  const kind = parts.slice(0, at).join('/');
  const [first, ...rest] = parts.slice(at + 1);
  if (first === undefined) return { kind, name, is: 'file' };
  // Only files have an ending.
  if (parts[at] !== name) return undefined;
  if (first === MANIFEST && rest.length === 0) return { kind, name, is: 'manifest' };
  if (nameOf(first) !== first) return undefined;
  return { kind, name, is: 'part', tree: first, path: rest.join('/') };
}

/** A folder's place by its parts, and back: its URI ends with its tree. */
export interface FolderPlace {
  bucket: string;
  /** Up to the kind. */
  prefix: string;
  kind: string;
  name: string;
  /** First 12 digits of the hash over its files. */
  tree: string;
}

export const folderKey = ({ prefix, kind, name, tree }: Omit<FolderPlace, 'bucket'>): string =>
  `${prefix}${kind}/${name}/${tree}`;

export const manifestKey = ({ prefix, kind, name }: Pick<FolderPlace, 'prefix' | 'kind' | 'name'>): string =>
  `${prefix}${kind}/${name}/${MANIFEST}`;
