import type { ArtifactStore } from '../../artifacts/store.ts';

/** Where an artifact lies now that lay at `uri` when that was written down. */
export type Places = (uri: string) => Promise<string>;

/**
 * An artifact's name is its content's hash: in a state folder that was moved or copied it lies at another path, under the same kind
 * and name. One that this store does not have is looked for where it was.
 */
export function placesOf(store: ArtifactStore): Places {
  let known: Promise<Map<string, string>> | undefined;
  return async (uri) => {
    known ??= listed(store);
    const name = nameIn(uri);
    return (name && (await known).get(name)) ?? uri;
  };
}

/** `kind/name`, the last two segments without a file's ending. */
const nameIn = (uri: string): string | undefined => /([^/]+\/[0-9a-f]{12})(?:\.[A-Za-z0-9.]+)?\/?$/.exec(uri)?.[1];

async function listed(store: ArtifactStore): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { uri, state } of store.list()) {
    const name = state === 'whole' ? nameIn(uri) : undefined;
    if (name) found.set(name, uri);
  }
  return found;
}
