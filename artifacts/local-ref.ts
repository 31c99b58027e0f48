import { pathToFileURL } from 'node:url';
import type { ArtifactStore } from './store.ts';

/** References for tools of this machine: the same content, under a file:// URI. */

export async function localFileRef<Ref extends { uri: string; sha256: string }>(
  store: ArtifactStore,
  ref: Ref,
): Promise<Ref> {
  return { ...ref, uri: pathToFileURL(await store.localFile(ref)).href };
}

/** `sha256` stays as it is: a model's is not its folder's. */
export async function localFolderRef<Ref extends { uri: string }>(store: ArtifactStore, ref: Ref): Promise<Ref> {
  return { ...ref, uri: pathToFileURL(await store.localFolder(ref.uri)).href };
}
