import { existsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Table from 'cli-table3';
import { createFileStore } from '../../../artifacts/file/file-store.ts';
import { openDataset } from '../../../datasets/assembly/build.ts';
import { CHANGE_KINDS, diffDatasets, type DatasetDiff, type QuestionChange } from '../../../datasets/versions/diff.ts';
import { EXPORT_FORMATS, exportDataset, type ExportFormat } from '../../../datasets/versions/export.ts';
import { findDataset, listDatasets } from '../../../datasets/versions/find.ts';
import { filesBelow } from '../../../common/hash.ts';
import { shortened } from '../../../common/shortened.ts';
import { pushDataset } from '../../../providers/push-dataset.ts';
import { unknownName } from '../../../common/unknown-name.ts';
import { CommandError, paths, say } from './context.ts';

/** What can be done with a dataset that is there: no server and no worker is needed. */

/** Characters of a setting, in a table. */
const VALUE_SHOWN = 60;

const artifacts = () => createFileStore(paths().artifacts);

const open = async (name: string) => {
  const store = artifacts();
  return { store, dataset: await findDataset({ name, store }) };
};

/** `dataset list` */
export async function list(): Promise<void> {
  const store = artifacts();
  const versions = await listDatasets(store);
  if (versions.length === 0)
    return say('No dataset was built here yet: npx whetstone dataset build CONFIG --out FOLDER');
  const table = new Table({ head: ['version', 'model', 'kept', 'rejected', 'built'], style: { head: [], border: [] } });
  for (const { version, model, uri, builtAt } of versions) {
    const opened = await openDataset({ uri, store }).catch((error: Error) => error);
    // One that can't be read must not hide the others.
    if (opened instanceof Error)
      table.push([version, model, { colSpan: 3, content: 'made by another version of Whetstone, or damaged' }]);
    else {
      const { kept, generated } = opened.manifest;
      table.push([version, model, kept, generated - kept, builtAt.slice(0, 16).replace('T', ' ')]);
    }
  }
  say(table.toString());
}

/** `dataset diff A B` */
export async function diff(before: string, after: string): Promise<void> {
  const [{ store, dataset: one }, { dataset: other }] = [await open(before), await open(after)];
  say(describeDiff(await diffDatasets({ before: one, after: other, store }), one.version, other.version));
}

/** `dataset export VERSION --format F --out FOLDER`: all or nothing. */
export async function exportTo(name: string, format: string, out: string): Promise<void> {
  if (!(EXPORT_FORMATS as readonly string[]).includes(format))
    throw new CommandError(unknownName('format', format, [...EXPORT_FORMATS]));
  await requireEmpty(out);
  const { store, dataset } = await open(name);
  const temporary = join(dirname(out), `.${randomUUID()}`);
  try {
    const rows = await exportDataset({ dataset, format: format as ExportFormat, folder: temporary, store });
    if (rows.train + rows.validation + rows.test === 0)
      throw new CommandError(
        `${dataset.version} has no preference pairs; ask for them with generation.preferences, or export another format`,
      );
    await mkdir(dirname(out), { recursive: true });
    await rename(temporary, out);
    const counts = Object.entries(rows).map(([split, count]) => `${count} ${split}`);
    say(`Wrote ${dataset.version} as ${format} to ${out}: ${counts.join(', ')}`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** `dataset push VERSION --repo R` */
export async function push(name: string, repo: string, isPublic: boolean): Promise<void> {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repo))
    throw new CommandError(`--repo ${repo}: expected organisation/name, such as my-team/${name}`);
  const token = process.env['HF_TOKEN'];
  if (!token) throw new CommandError('HF_TOKEN is not set: a token of the hub that may write to the repository');
  const { store, dataset } = await open(name);
  const folder = await store.localFolder(dataset.uri);
  const hubUrl = process.env['HF_ENDPOINT'];
  const files = await filesBelow(folder);
  say(`Pushing ${files.length} files of version ${dataset.version} to datasets/${repo} ...`);
  say(`Pushed: ${await pushDataset({ repo, folder, files, version: dataset.version, token, isPublic, hubUrl })}`);
}

/**
 * Before any work is done for it.
 * @throws CommandError where a folder with files would be mixed with ours, or none can be made
 */
export async function requireEmpty(out: string): Promise<void> {
  if (existsSync(out)) {
    const files = await readdir(out).catch(() => undefined);
    if (!files) throw new CommandError(`--out ${out}: found a file; name a new or empty folder`);
    if (files.length > 0)
      throw new CommandError(`--out ${out}: found a folder with files in it; name a new or empty one`);
  }
  let parent = dirname(out);
  while (!existsSync(parent)) parent = dirname(parent);
  const temporary = join(parent, `.${randomUUID()}`);
  try {
    await mkdir(temporary);
    await rmdir(temporary);
  } catch (cause) {
    throw new CommandError(
      `--out ${out}: no folder can be made there (${(cause as NodeJS.ErrnoException).code}); name one that you may write`,
      { cause },
    );
  }
}

function describeDiff(diff: DatasetDiff, before: string, after: string): string {
  const lines = [`${before} -> ${after}: ${diff.same} questions are the same`];
  for (const kind of CHANGE_KINDS) {
    if (diff.counts[kind] === 0) continue;
    lines.push('', `${diff.counts[kind]} ${kind}`, ...diff.shown[kind].map(describeChange));
    const more = diff.counts[kind] - diff.shown[kind].length;
    if (more > 0) lines.push(`  ... and ${more} more`);
  }
  const rejected = Object.entries(diff.rejected);
  if (rejected.length > 0) {
    const table = new Table({ head: ['rejected by', before, after], style: { head: [], border: [] } });
    for (const [reason, counts] of rejected) table.push([reason, counts.before, counts.after]);
    lines.push('', table.toString());
  }
  if (diff.recipe.length > 0) {
    const table = new Table({ head: ['made by', before, after], style: { head: [], border: [] }, wordWrap: true });
    for (const { field, before: was, after: is } of diff.recipe)
      table.push([field, shortened(was, VALUE_SHOWN), shortened(is, VALUE_SHOWN)]);
    lines.push('', table.toString());
  }
  for (const { judge, before: was, after: is } of diff.judges)
    lines.push(
      '',
      `Judge ${judge}: ${was ?? 'not asked'} -> ${is ?? 'not asked'}. Its scores and rejects of the two versions don't compare.`,
    );
  return lines.join('\n');
}

function describeChange({ question, before, after }: QuestionChange): string {
  const splits = [before?.split, after?.split].filter(Boolean);
  const place = splits[0] === splits[1] ? splits[0] : splits.join(' -> ');
  const answers =
    before && after && before.answer !== after.answer ? `\n    - ${before.answer}\n    + ${after.answer}` : '';
  return `  [${place}] ${question}${answers}`;
}
