import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { DatasetBuilt } from '../../workflows/messages.ts';
import { datasetText } from '../closing.ts';
import { followRun } from '../follow-run.ts';
import { createProgressView } from '../progress.ts';
import { inputOf, loadForRun, typedConfig } from '../run-and-report.ts';
import { startRun } from '../start-run.ts';
import { CommandError, paths, say, withTemporal } from './context.ts';

/** `dataset ...`: datasets on their own, for people who train elsewhere. */
export function datasetCommand(): Command {
  const command = new Command('dataset').description('Make datasets, without training');
  command
    .command('build')
    .description('Make the dataset of a config, and copy it to a folder')
    .argument('<config>', 'a name below configs/ or a YAML file')
    .requiredOption('--out <folder>', 'where the dataset goes: a new or empty folder')
    .option('--fresh', 'ask the models again for what earlier runs have paid for')
    .action((name: string, { out, fresh = false }: { out: string; fresh?: boolean }) =>
      build(name, resolve(out), fresh),
    );
  return command;
}

async function build(name: string, out: string, fresh: boolean): Promise<void> {
  if ((await readdir(out).catch(() => [])).length > 0)
    throw new CommandError(`--out ${out}: found a folder with files in it; name a new or empty one`);
  const config = typedConfig(name);
  const loaded = await loadForRun({ config, paths: paths() });
  const input = { config: inputOf(config, loaded.source), fresh };
  await withTemporal(async (client) => {
    const started = await startRun({ client, workflow: 'buildDataset', loaded, input });
    say(started.joined ? `Going on with ${started.workflowId}, which was open` : `Started ${started.workflowId}`);
    const view = createProgressView(process.stdout);
    const built = await followRun<DatasetBuilt>({ client, ...started, view });
    await copyFolder(fileURLToPath(built.dataset.uri), out);
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
