import { fileURLToPath } from 'node:url';
import { ArtifactError } from '../common/errors.ts';

/** The names of places, the same in every store: `<kind>/<12 hex digits>`, and a file's ending. */

const KIND = /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/;
const NAME = /^[0-9a-f]{12}$/;
const FILE = /^([0-9a-f]{12})(\.[A-Za-z0-9.]+)?$/;

/** @throws ArtifactError for a kind that leaves its place, or that could be an artifact's name */
export function checkedKind(kind: string): string {
  if (!KIND.test(kind))
    throw new ArtifactError(`artifact kind '${kind}': expected lower-case letters, digits and dashes, in segments`);
  const [taken] = kind.split('/').filter((segment) => NAME.test(segment));
  if (taken === undefined) return kind;
  throw new ArtifactError(
    `artifact kind '${kind}': '${taken}' reads as a hash; expected a name that is not 12 hex digits`,
  );
}

/** @throws ArtifactError for a name that is no hash */
export function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  throw new ArtifactError(`artifact name '${name}': expected the first 12 hex digits of a hash`);
}

/** An artifact's name, where a file's or a folder's name is one. */
export const nameOf = (entry: string): string | undefined => FILE.exec(entry)?.[1];

/** The first digits of a hash, which name what has it. */
export const shortHash = (sha256: string): string => sha256.slice(0, 12);

/** A URI for people: a path where it is one of this machine. */
export const shownUri = (uri: string): string => (uri.startsWith('file://') ? fileURLToPath(uri) : uri);

/** The path of a file:// URI. @throws ArtifactError for any other, which names the setting to correct */
export function filePath(uri: string): string {
  if (uri.startsWith('file://')) return fileURLToPath(uri);
  throw new ArtifactError(
    `artifact ${uri}: found ${uri.split(':')[0]}:, expected file://; set WHETSTONE_ARTIFACTS to the store that has it`,
  );
}
