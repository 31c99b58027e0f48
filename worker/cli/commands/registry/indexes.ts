import { existsSync } from 'node:fs';
import Table from 'cli-table3';
import { Command } from 'commander';
import { planSnapshots, SNAPSHOT_DAYS, snapshotsOfRegistry } from '../../../../operations/artifacts/snapshots.ts';
import { namesOfOpenRuns } from '../../../../operations/artifacts/needs.ts';
import type { StoredSnapshot } from '../../../../retrieval/store/snapshots.ts';
import { openIndexStore, type IndexStore } from '../../../../retrieval/store/store.ts';
import { databaseFile } from '../../../../sql/database.ts';
import { jsonOption } from '../../options.ts';
import { paths, say, withRegistry, withTemporal } from '../context.ts';

/** Does something with the indexes, as far as there are any that can be opened: a registry is looked at, and moved, without them. */
export async function withIndexes<T>(work: (indexes: IndexStore | undefined) => Promise<T>): Promise<T> {
  const indexes = await openIndexes().catch(() => undefined);
  try {
    return await work(indexes);
  } finally {
    await indexes?.close();
  }
}

/** The indexes of this system. Looking makes none where there are none. */
export async function openIndexes(): Promise<IndexStore | undefined> {
  const url = paths().index;
  const file = databaseFile(url);
  return file !== undefined && !existsSync(file) ? undefined : openIndexStore(url);
}

/** `indexes ...`: the snapshots that answers are given from. */
export function indexesCommand(): Command {
  const command = new Command('indexes').description('Look after the indexes that answers are given from');
  command
    .command('list')
    .description('The snapshots of all indexes, and whether a version answers from them')
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) => list(json));
  command
    .command('gc')
    .description(
      'Remove snapshots that no version answers from, but for archived ones, no open run names, and no run made of late; and the passages in no other',
    )
    .option('--dry-run', 'only say what would be removed', false)
    .option('--days <days>', 'keep every snapshot that a run made in the last days', Number, SNAPSHOT_DAYS)
    .action((options: { dryRun: boolean; days: number }) => collect(options));
  return command;
}

async function list(json: boolean | undefined): Promise<void> {
  const needed = await withRegistry(snapshotsOfRegistry);
  const indexes = await openIndexes();
  try {
    const snapshots = (await indexes?.snapshots()) ?? [];
    const shown = snapshots.map((one) => ({ ...one, isNeeded: needed.has(one.sha256) }));
    if (json) return say(JSON.stringify(shown, null, 2));
    say(shown.length > 0 ? tableOf(shown) : NONE);
  } finally {
    await indexes?.close();
  }
}

const NONE = 'There is no index yet. A run of a config with retrieval: makes one: npx whetstone run open-book';

async function collect({ dryRun, days }: { dryRun: boolean; days: number }): Promise<void> {
  // In this order: a run that ends meanwhile is known as open, or by what it registered.
  const open = await withTemporal(namesOfOpenRuns);
  const needed = await withRegistry(snapshotsOfRegistry);
  const indexes = await openIndexes();
  if (!indexes) return say(NONE);
  try {
    const snapshots = await indexes.snapshots();
    const plan = planSnapshots({ snapshots, needed, openRuns: open.names, days, now: new Date() });
    say(`Keeps ${amount(plan.kept.length)}: what versions, ${open.runs} open runs and the last ${days} days need`);
    if (plan.unneeded.length === 0) return say('Nothing else is there');
    say(tableOf(plan.unneeded));
    if (dryRun) return say(`Would remove ${amount(plan.unneeded.length)}; nothing was removed`);
    const removed = await indexes.remove(plan.unneeded);
    say(`Removed ${amount(removed.snapshots)}, and ${removed.passages} passages that were in no other`);
  } finally {
    await indexes.close();
  }
}

function tableOf(snapshots: readonly (StoredSnapshot & { isNeeded?: boolean })[]): string {
  const table = new Table({
    head: ['index', 'snapshot', 'passages', 'last made', ''],
    style: { head: [], border: [] },
  });
  for (const { index, sha256, passages, madeAt, isNewest, isNeeded } of snapshots) {
    const why = [isNewest ? 'newest' : '', isNeeded ? 'a version answers from it' : ''].filter(Boolean).join(', ');
    table.push([index, sha256.slice(0, 12), passages, madeAt.slice(0, 16), why]);
  }
  return table.toString();
}

const amount = (count: number) => `${count} ${count === 1 ? 'snapshot' : 'snapshots'}`;
