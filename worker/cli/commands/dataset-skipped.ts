import { createFileStore } from '../../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../../artifacts/store.ts';
import type { BuiltDataset } from '../../../datasets/assembly/build.ts';
import { findDataset, listDatasets } from '../../../datasets/versions/find.ts';
import type { Skipped } from '../../../schema/data.ts';
import { streamSkipped } from '../../../datasets/assembly/skipped-file.ts';
import { unknownName } from '../../../common/unknown-name.ts';
import { CommandError, paths, say } from './context.ts';

/** Shown on a terminal where nobody asks for all. */
const SHOWN = 50;

export interface SkippedOptions {
  document?: string;
  reason?: string;
  all?: boolean;
  json?: boolean;
}

/** `dataset skipped [DATASET]`: what of the documents gave no pair, and why; of the dataset that was built last where none is named. */
export async function skipped(name: string | undefined, options: SkippedOptions): Promise<void> {
  const store = createFileStore(paths().artifacts);
  const dataset = await findDataset({ name: name ?? (await newest(store)), store });
  const wanted = filterOf(dataset, options);
  const most = options.json || options.all ? Infinity : SHOWN;
  let found = 0;
  let heading = '';
  if (!options.json) say(summary(dataset));
  for await (const row of streamSkipped({ ref: dataset.manifest.skipped, store })) {
    if (!wanted(row)) continue;
    found += 1;
    if (found > most) continue;
    if (options.json) {
      say(JSON.stringify(row));
      continue;
    }
    if (row.chunkId !== heading) say(`\n${(heading = row.chunkId)}`);
    say(`  ${row.reason}: ${row.text.replace(/\s+/g, ' ')}`);
  }
  if (found > most)
    say(`\n... and ${found - most} more: --all shows them, --document and --reason choose, --json is for programs`);
  if (found === 0 && !options.json) say('\nNone.');
}

/** @throws CommandError that names what is known, for a reason that the dataset has not */
function filterOf({ manifest }: BuiltDataset, { document, reason }: SkippedOptions): (row: Skipped) => boolean {
  const reasons = Object.keys(manifest.unitsSkipped);
  if (reason !== undefined && !reasons.includes(reason))
    throw new CommandError(`--reason: ${unknownName('reason', reason, reasons)}`);
  return (row) =>
    (reason === undefined || row.reason === reason) &&
    (document === undefined || row.documentId === document || row.chunkId === document);
}

/** The counts, in a few lines. */
function summary({ version, manifest }: BuiltDataset): string {
  const { unitsTotal, unitsCovered, unitsSkipped } = manifest;
  const reasons = Object.entries(unitsSkipped).sort(([, a], [, b]) => b - a);
  return [
    `${version}: ${unitsCovered} of ${unitsTotal} statements of the documents gave a kept pair`,
    ...(reasons.length > 0 ? [`Not: ${reasons.map(([why, n]) => `${n} ${why}`).join(', ')}`] : []),
  ].join('\n');
}

async function newest(store: ArtifactStore): Promise<string> {
  const last = (await listDatasets(store)).at(-1);
  if (!last) throw new CommandError('No dataset was built here yet: npx whetstone dataset build CONFIG --out FOLDER');
  return last.version;
}
