import { skippedStatements, type SkippedStatements } from '../../../operations/datasets/skipped.ts';
import { say, store } from './context.ts';

/** Shown on a terminal where nobody asks for all. */
const SHOWN = 50;

export interface SkippedOptions {
  document?: string;
  reason?: string;
  all?: boolean;
  json?: boolean;
}

/** `dataset skipped [DATASET]`: what of the documents gave no pair, and why. */
export async function skipped(name: string | undefined, options: SkippedOptions): Promise<void> {
  const { document, reason, all = false, json = false } = options;
  const statements = await skippedStatements({ name, document, reason, store: await store() });
  if (json) for await (const row of statements.rows) say(JSON.stringify(row));
  else await show(statements, all ? Infinity : SHOWN);
}

async function show({ version, manifest, rows }: SkippedStatements, most: number): Promise<void> {
  const { unitsTotal, unitsCovered, unitsSkipped } = manifest;
  say(`${version}: ${unitsCovered} of ${unitsTotal} statements of the documents gave a kept pair`);
  const reasons = Object.entries(unitsSkipped).sort(([, a], [, b]) => b - a);
  if (reasons.length > 0) say(`Not: ${reasons.map(([why, n]) => `${n} ${why}`).join(', ')}`);
  let found = 0;
  let heading = '';
  for await (const { chunkId, reason, text } of rows) {
    found += 1;
    if (found > most) continue;
    if (chunkId !== heading) say(`\n${(heading = chunkId)}`);
    say(`  ${reason}: ${text.replace(/\s+/g, ' ')}`);
  }
  if (found > most)
    say(`\n... and ${found - most} more: --all shows them, --document and --reason choose, --json is for programs`);
  if (found === 0) say('\nNone.');
}
