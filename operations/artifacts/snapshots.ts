import { RequestError } from '../../common/errors.ts';
import { standing } from '../../registry/marks.ts';
import type { Registry } from '../../registry/store.ts';
import type { StoredSnapshot } from '../../retrieval/store/snapshots.ts';

/** Which snapshots of indexes nobody needs any more. */

export const SNAPSHOT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface SnapshotPlan {
  unneeded: StoredSnapshot[];
  kept: StoredSnapshot[];
}

/** The hashes of the snapshots that versions answer from: of all that are not archived, and of those that serve all the same. */
export async function snapshotsOfRegistry(registry: Registry): Promise<Set<string>> {
  const needed = new Set<string>();
  for (const { name: model, aliases } of await registry.models()) {
    const marks = await registry.marks(model);
    const promotions = await registry.promotions(model);
    const waiting = promotions.filter(({ state }) => state === 'waiting' || state === 'approved');
    const inUse = new Set([
      ...Object.values(aliases),
      ...waiting.flatMap(({ version, expectedVersion }) => [version, expectedVersion]),
    ]);
    for (const { version, openBook } of await registry.listVersions(model))
      if (openBook && (inUse.has(version) || !standing(marks, { version }))) needed.add(openBook.index.sha256);
  }
  return needed;
}

/**
 * What a clean-up would remove: what no version answers from, no open run names, no run made within `days`, and its index does not say now.
 * @param options.openRuns names of what open runs made: the first 12 digits of hashes
 * @throws RequestError for fewer days than one: a run has told nobody yet of what it just made
 */
export function planSnapshots(options: {
  snapshots: readonly StoredSnapshot[];
  needed: ReadonlySet<string>;
  openRuns: ReadonlySet<string>;
  days?: number;
  now: Date;
}): SnapshotPlan {
  const { snapshots, needed, openRuns, days = SNAPSHOT_DAYS, now } = options;
  if (!(days >= 1)) throw new RequestError(`days: found ${days}, expected 1 or more`, { field: 'days' });
  const before = now.getTime() - days * DAY_MS;
  const isNeeded = ({ sha256, madeAt, isNewest }: StoredSnapshot) =>
    isNewest || needed.has(sha256) || openRuns.has(sha256.slice(0, 12)) || Date.parse(madeAt) >= before;
  return { unneeded: snapshots.filter((one) => !isNeeded(one)), kept: snapshots.filter(isNeeded) };
}
