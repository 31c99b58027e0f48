import type { ArtifactStore, StoredArtifact } from '../../artifacts/store.ts';
import { MissingArtifactError, RequestError } from '../../common/errors.ts';
import { namesIn } from './needs.ts';

/** Deletes artifacts that nothing needs. */

export const DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface CleanUp {
  /** What nothing needs, by kind. */
  unneeded: StoredArtifact[];
  kept: StoredArtifact[];
}

/** Who needs what, by the artifacts' names. */
export interface Needs {
  registry: ReadonlySet<string>;
  openRuns: ReadonlySet<string>;
  layers?: ReadonlySet<string>;
}

/**
 * What a clean-up would delete: what neither the registry nor an open run names, nor what is kept by that, nor what was written
 * within `days`. A step in flight has told nobody yet of what it wrote: at least one day is kept in any case.
 * @throws RequestError for fewer days
 */
export async function planCleanUp(options: {
  store: ArtifactStore;
  needs: Needs;
  days?: number;
  now: Date;
}): Promise<CleanUp> {
  const { store, needs, days = DAYS, now } = options;
  if (!(days >= 1)) throw new RequestError(`days: found ${days}, expected 1 or more`, { field: 'days' });
  const before = now.getTime() - days * DAY_MS;
  const unneeded = new Set(await all(store));
  const kept: StoredArtifact[] = [];
  let needed = new Set([...needs.registry, ...needs.openRuns, ...(needs.layers ?? [])]);
  // What is kept may itself name others.
  for (;;) {
    const found = [...unneeded].filter(
      (artifact) =>
        (artifact.state === 'whole' && namesOf(artifact).some((name) => needed.has(name))) ||
        Date.parse(artifact.writtenAt) >= before,
    );
    if (found.length === 0) break;
    needed = new Set();
    for (const artifact of found) {
      unneeded.delete(artifact);
      kept.push(artifact);
      for (const name of namesIn(await told(store, artifact))) needed.add(name);
    }
  }
  const order = (one: StoredArtifact) => `${one.kind} ${one.writtenAt}`;
  return { unneeded: [...unneeded].sort((a, b) => (order(a) < order(b) ? -1 : 1)), kept };
}

/** Its own, and of a checkpoint that of its run: its kind begins with the run's id, whose last part an open run's history names. */
const namesOf = ({ name, kind }: StoredArtifact) => [name, ...namesIn(kind)];

/** What an artifact tells of others: an evaluation its results, a card the dataset. Rows name none. */
async function told(store: ArtifactStore, { uri, state }: StoredArtifact): Promise<string> {
  if (state === 'unfinished') return '';
  if (uri.endsWith('.json')) return store.readText(uri);
  if (/\.[a-z]+$/.test(uri)) return '';
  const texts = ['README.md', 'manifest.json'].map((file) => store.readText(`${uri}/${file}`).catch(absent));
  return (await Promise.all(texts)).join('\n');
}

/** Not every folder has a card. */
function absent(error: unknown): string {
  if (error instanceof MissingArtifactError) return '';
  throw error;
}

/**
 * Deletes what a plan names, but for what was written again since it was made.
 * @returns what was deleted
 */
export async function deleteUnneeded(store: ArtifactStore, { unneeded }: CleanUp): Promise<StoredArtifact[]> {
  const now = new Map((await all(store)).map(({ uri, writtenAt }) => [uri, writtenAt]));
  const same = unneeded.filter(({ uri, writtenAt }) => now.get(uri) === writtenAt);
  for (const { uri } of same) await store.delete(uri);
  return same;
}

async function all(store: ArtifactStore): Promise<StoredArtifact[]> {
  const found: StoredArtifact[] = [];
  for await (const artifact of store.list()) found.push(artifact);
  return found;
}
