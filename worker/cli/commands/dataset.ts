import { resolve } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import type { DatasetBuilt } from '../../../contract/messages.ts';
import { EXPORT_FORMATS } from '../../../datasets/versions/export.ts';
import { copyBuilt, exportTo } from '../../../operations/datasets/export.ts';
import { requireEmpty } from '../../../operations/datasets/new-folder.ts';
import { diffNamed, listBuilt } from '../../../operations/datasets/open.ts';
import { pushNamed } from '../../../operations/datasets/push.ts';
import { prepareRun } from '../../../operations/load-config.ts';
import { startRun } from '../../../operations/start-run.ts';
import { datasetText } from '../closing.ts';
import { describeDiff } from '../dataset-diff.ts';
import { followOnTerminal } from '../follow.ts';
import { jsonOption } from '../options.ts';
import { goesOnAfterInterrupt, paths, say, store, typedConfig, withTemporal } from './context.ts';
import { skipped, type SkippedOptions } from './dataset-skipped.ts';

/** `dataset ...`: datasets on their own, for people who train elsewhere. */
export function datasetCommand(): Command {
  const command = new Command('dataset').description('Make, read, compare, export and push datasets');
  command
    .command('build')
    .description('Make the dataset of a config, and copy it to a folder')
    .argument('<config>', 'a name below configs/ or a YAML file')
    .requiredOption('--out <folder>', 'where the dataset goes: a new or empty folder')
    .option('--fresh', 'ask the models again for what earlier runs have paid for')
    .action((name: string, { out, fresh = false }: { out: string; fresh?: boolean }) =>
      build(name, resolve(out), fresh),
    );
  command
    .command('list')
    .description('List the datasets that were built here')
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) => list(json));
  command
    .command('diff')
    .description('Tell what changed between two datasets: questions, answers, rejects, recipe and judges')
    .argument('<before>', 'a version, or the folder of a dataset')
    .argument('<after>', 'a version, or the folder of a dataset')
    .action(async (before: string, after: string) => {
      const compared = await diffNamed({ before, after, store: await store() });
      say(describeDiff(compared.diff, compared.before, compared.after));
    });
  command
    .command('skipped')
    .description('List the statements of the documents that gave no pair, and why')
    .argument('[dataset]', 'a version, or the folder of a dataset; without it the one that was built last')
    .option('--document <id>', 'of this document, or of this passage (document#number)')
    .option('--reason <reason>', 'with this reason')
    .option('--all', 'not only the first')
    .option('--json', 'as JSON lines, all of them')
    .action((name: string | undefined, options: SkippedOptions) => skipped(name, options));
  command
    .command('export')
    .description('Write a dataset as JSON lines for a trainer')
    .argument('<dataset>', 'a version, or the folder of a dataset')
    .requiredOption('--format <format>', EXPORT_FORMATS.join(', '))
    .requiredOption('--out <folder>', 'where the files go: a new or empty folder')
    .action(async (name: string, options: { format: string; out: string }) => {
      const { format } = options;
      const out = resolve(options.out);
      const { version, rows } = await exportTo({ name, format, out, store: await store() });
      const counts = Object.entries(rows).map(([split, count]) => `${count} ${split}`);
      say(`Wrote ${version} as ${format} to ${out}: ${counts.join(', ')}`);
    });
  command
    .command('push')
    .description('Push a dataset to the Hugging Face Hub, with the token of HF_TOKEN')
    .argument('<dataset>', 'a version, or the folder of a dataset')
    .requiredOption('--repo <repo>', 'organisation/name')
    .option('--public', 'make the repository public where it is made', false)
    .action(async (name: string, { repo, public: isPublic }: { repo: string; public: boolean }) => {
      const onStart = ({ version, files }: { version: string; files: number }) =>
        say(`Pushing ${files} files of version ${version} to datasets/${repo} ...`);
      say(`Pushed: ${await pushNamed({ env: process.env, store: await store(), name, repo, isPublic, onStart })}`);
    });
  return command;
}

async function build(name: string, out: string, fresh: boolean): Promise<void> {
  await requireEmpty(out);
  const run = await prepareRun({ config: typedConfig(name), paths: paths(), fresh });
  await withTemporal(async (client) => {
    const started = await startRun({ client, workflow: 'buildDataset', ...run });
    say(started.joined ? `Going on with ${started.workflowId}, which was open` : `Started ${started.workflowId}`);
    goesOnAfterInterrupt({ what: 'The run', id: started.workflowId });
    const built = await followOnTerminal<DatasetBuilt>({ client, ...started });
    await copyBuilt({ dataset: built.dataset, out, store: await store() });
    say(`\n${datasetText(built)}`);
    say(`Copied to ${out}; start with its README.md`);
  });
}

async function list(json: boolean | undefined): Promise<void> {
  const datasets = await listBuilt(await store());
  if (json) return say(JSON.stringify(datasets, null, 2));
  if (datasets.length === 0)
    return say('No dataset was built here yet: npx whetstone dataset build CONFIG --out FOLDER');
  const table = new Table({ head: ['version', 'model', 'kept', 'rejected', 'built'], style: { head: [], border: [] } });
  for (const { version, model, builtAt, counts } of datasets)
    table.push(
      counts
        ? [version, model, counts.kept, counts.rejected, builtAt.slice(0, 16).replace('T', ' ')]
        : [version, model, { colSpan: 3, content: 'made by another version of Whetstone, or damaged' }],
    );
  say(table.toString());
}
