import { sha256OfFile } from '../common/hash.ts';
import { ArtifactError, MissingArtifactError } from '../common/errors.ts';
import type { DataRef } from '../schema/data.ts';

/** Whether content is what a reference says, and how it is told where it is not. */

/** @returns the reference @throws ArtifactError that names the path and both hashes */
export async function verified<Ref extends Pick<DataRef, 'sha256'>>(ref: Ref, path: string): Promise<Ref> {
  const found = await sha256OfFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (found !== ref.sha256) throw changed(path, ref.sha256, found);
  return ref;
}

/** A MissingArtifactError where a file is not there. */
export function unreadable(place: string, cause: unknown): ArtifactError {
  const kind =
    cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? MissingArtifactError : ArtifactError;
  // Rows in SQL name files of the machine that wrote them.
  const elsewhere =
    kind === MissingArtifactError && !place.startsWith('s3:')
      ? ' If another machine made it, let machines share artifacts: WHETSTONE_ARTIFACTS=s3://BUCKET/PREFIX.'
      : '';
  return new kind(
    `artifact ${place} can't be read: ${reasonOf(cause)}. Run the stage that makes it again.${elsewhere}`,
    { cause },
  );
}

export const changed = (place: string, expected: string, found: string) =>
  new ArtifactError(
    `artifact ${place} was changed after it was written: found sha256 ${found}, expected ${expected}. ` +
      `Remove it and run the stage that makes it again.`,
  );

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
