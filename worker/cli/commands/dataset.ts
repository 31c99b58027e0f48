import { randomUUID } from 'node:crypto';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { createFileStore } from '../../../artifacts/file/file-store.ts';
import { EXPORT_FORMATS } from '../../../datasets/versions/export.ts';
import type { DatasetBuilt } from '../../../contract/messages.ts';
import { datasetText } from '../closing.ts';
import { followRun } from '../../../operations/follow-run.ts';
import { createProgressView } from '../progress-view.ts';
import { inputOf, loadForRun, typedConfig } from '../run-and-report.ts';
import { startRun } from '../../../operations/start-run.ts';
import { CommandError, goesOnAfterInterrupt, paths, say, withTemporal } from './context.ts';
import { skipped, type SkippedOptions } from './dataset-skipped.ts';
import { diff, exportTo, list, push, requireEmpty } from './dataset-tools.ts';

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
    .action(() => list());
  command
    .command('diff')
    .description('Tell what changed between two datasets: questions, answers, rejects, recipe and judges')
    .argument('<before>', 'a version, or the folder of a dataset')
    .argument('<after>', 'a version, or the folder of a dataset')
    .action((before: string, after: string) => diff(before, after));
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
    .action((name: string, { format, out }: { format: string; out: string }) => exportTo(name, format, resolve(out)));
  command
    .command('push')
    .description('Push a dataset to the Hugging Face Hub, with the token of HF_TOKEN')
    .argument('<dataset>', 'a version, or the folder of a dataset')
    .requiredOption('--repo <repo>', 'organisation/name')
    .option('--public', 'make the repository public where it is made', false)
    .action((name: string, { repo, public: isPublic }: { repo: string; public: boolean }) =>
      push(name, repo, isPublic),
    );
  return command;
}

async function build(name: string, out: string, fresh: boolean): Promise<void> {
  await requireEmpty(out);
  const config = typedConfig(name);
  const loaded = await loadForRun({ config, paths: paths() });
  const input = { config: inputOf(config, loaded.source), fresh };
  await withTemporal(async (client) => {
    const started = await startRun({ client, workflow: 'buildDataset', loaded, input });
    say(started.joined ? `Going on with ${started.workflowId}, which was open` : `Started ${started.workflowId}`);
    goesOnAfterInterrupt({ what: 'The run', id: started.workflowId });
    const view = createProgressView(process.stdout);
    const built = await followRun<DatasetBuilt>({ client, ...started, view });
    const { version, uri } = built.dataset;
    const folder = await createFileStore(paths().artifacts).localFolder(uri);
    await copyFolder(folder, out).catch((cause: unknown) => {
      throw new CommandError(
        `--out ${out}: ${(cause as Error).message}. The dataset is made and kept as ${version}, in ${folder}: copy it from there, or build again, which asks no model again`,
        { cause },
      );
    });
    say(`\n${datasetText(built)}`);
    say(`Copied to ${out}; start with its README.md`);
  });
}

/** All or nothing: a reader never sees half a dataset. */
async function copyFolder(from: string, to: string): Promise<void> {
  const temporary = join(dirname(to), `.${randomUUID()}`);
  await mkdir(dirname(to), { recursive: true });
  try {
    await cp(from, temporary, { recursive: true });
    await rename(temporary, to);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
