import { sha256OfFile } from '../common/hash.ts';
import type { DataRef } from '../schema/data.ts';
import { ArtifactError } from '../common/errors.ts';
import { type ArtifactStore } from './store.ts';

/** The path of a dataset's file, once its content is what the reference says. @throws ArtifactError naming the file */
export async function checkedFile(input: { ref: DataRef; store: ArtifactStore; what: string }): Promise<string> {
  const { ref, store, what } = input;
  const path = store.pathOf(ref.uri);
  const found = await sha256OfFile(path).catch((cause: unknown) => {
    throw new ArtifactError(`${what} ${path} can't be read. Run the stage that makes it again.`, { cause });
  });
  if (found !== ref.sha256)
    throw new ArtifactError(
      `${what} ${path} was changed after it was written: found sha256 ${found}, expected ${ref.sha256}`,
    );
  return path;
}
