import Table from 'cli-table3';
import { Command } from 'commander';
import type { StoredArtifact } from '../../../artifacts/store.ts';
import { DAYS, deleteUnneeded, planCleanUp } from '../../../operations/artifacts/clean-up.ts';
import { namesOfLayers, namesOfOpenRuns, namesOfRegistry } from '../../../operations/artifacts/needs.ts';
import { say, store as openStore, withRegistry, withTemporal } from './context.ts';

/** `artifacts ...`: what lies in the store. */
export function artifactsCommand(): Command {
  const command = new Command('artifacts').description('Look after what is kept: datasets, models, evidence');
  command
    .command('gc')
    .description(
      'Delete what no alias, rollback, evidence, card or open run needs, nor the next reading of the documents',
    )
    .option('--dry-run', 'only say what would be deleted', false)
    .option('--days <days>', 'keep everything that was written in the last days', Number, DAYS)
    .action((options: { dryRun: boolean; days: number }) => collect(options));
  return command;
}

async function collect({ dryRun, days }: { dryRun: boolean; days: number }): Promise<void> {
  const store = await openStore();
  // In this order: a run that ends meanwhile is known as open, or by what it registered.
  const open = await withTemporal(namesOfOpenRuns);
  const registry = await withRegistry(namesOfRegistry);
  const layers = await namesOfLayers(store);
  const plan = await planCleanUp({ store, needs: { registry, openRuns: open.names, layers }, days, now: new Date() });
  say(`Keeps ${amount(plan.kept)}: what the registry, ${open.runs} open runs and the last ${days} days need`);
  if (plan.unneeded.length === 0) return say('Nothing else is there');
  const found = dryRun ? plan.unneeded : await deleteUnneeded(store, plan);
  say(tableOf(found));
  say(dryRun ? `Would delete ${amount(found)}; nothing was deleted` : `Deleted ${amount(found)}`);
}

function tableOf(artifacts: readonly StoredArtifact[]): string {
  const table = new Table({ head: ['kind', 'artifacts', 'size', 'oldest', 'newest'], style: { head: [], border: [] } });
  for (const [kind, ofKind] of Map.groupBy(artifacts, ({ kind, state }) => (state === 'whole' ? kind : 'unfinished'))) {
    const dates = ofKind.map(({ writtenAt }) => writtenAt.slice(0, 10)).sort();
    table.push([kind, ofKind.length, bytesText(sizeOf(ofKind)), dates.at(0) ?? '', dates.at(-1) ?? '']);
  }
  return table.toString();
}

const sizeOf = (artifacts: readonly StoredArtifact[]) => artifacts.reduce((sum, { bytes }) => sum + bytes, 0);

const amount = (artifacts: readonly StoredArtifact[]) =>
  `${artifacts.length} ${artifacts.length === 1 ? 'artifact' : 'artifacts'} (${bytesText(sizeOf(artifacts))})`;

/** `812 B`, `3.4 MB` */
function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${units[step]}`;
}
