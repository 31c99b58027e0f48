import type { RunConfig } from '../../configs/schema.ts';
import { readImport, type ImportedPair } from './pairs.ts';
import type { Example } from '../../schema/data.ts';
import { screenPair } from '../../documents/screen.ts';
import type { Judge } from '../../judges/types.ts';
import { allowedFile } from '../../documents/allowed-file.ts';
import { judgePair } from '../judge-pairs.ts';
import { RunError } from '../../common/errors.ts';
import { failedPair, orFailed } from '../../failures/item-failure.ts';

/** Pairs that people wrote, on the same way into a dataset as those of a teacher. */

/** An imported pair, and whether its file's pairs are judged. */
export type PairToImport = ImportedPair & { judge: boolean };

/**
 * Every pair of every file that a config imports, in order, and what of the files was left out and why.
 * @throws RunError naming file, row and fix
 */
export async function readImports(options: {
  config: RunConfig;
  projectRoot: string;
  allowedRoots: readonly string[];
}): Promise<{ imports: PairToImport[]; notes: string[] }> {
  const { config, ...where } = options;
  const files = config.imports.map(async ({ path: file, judge }, i) => {
    const field = `imports[${i}].path`;
    const path = await allowedFile({ ...where, field, file, expected: 'a .jsonl, .csv or .parquet file of pairs' });
    try {
      const { pairs, notes } = await readImport({ path, shown: file });
      return { imports: pairs.map((pair) => ({ ...pair, judge })), notes };
    } catch (cause) {
      throw new RunError('import', (cause as Error).message.replace(/^/gm, `${field}: `), cause);
    }
  });
  const read = await Promise.allSettled(files);
  const failures = read.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  if (failures.length > 1) throw new RunError('import', failures.map(({ message }) => message).join('\n'), failures[0]);
  if (failures[0]) throw failures[0];
  const values = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  return { imports: values.flatMap(({ imports }) => imports), notes: values.flatMap(({ notes }) => notes) };
}

/** A person's word is its own reason, where the config says that it needs no judge. */
const TRUSTED = { judge: 'import', version: '1', label: 'trusted', score: 1, reason: 'written by people, not judged' };

/** Screens an imported pair and judges it, where its file is to be judged; what fails is a reject. */
export function judgeImported(options: {
  config: RunConfig;
  judges: readonly Judge[];
  imported: PairToImport;
  signal?: AbortSignal;
}): Promise<Example> {
  const { config, judges, imported, signal } = options;
  return orFailed<Example>({
    signal,
    work: async () => {
      const screened = screenPair({ pair: imported.pair, chunks: [], filters: config.filters });
      if (screened.status === 'reject') return screened.example;
      const { pair } = screened;
      if (!imported.judge) return { ...pair, verdict: { decision: 'keep', reasons: [], judgements: [TRUSTED] } };
      return judgePair({ judges, pair, context: imported.context, signal });
    },
    failed: (failure) => failedPair(imported.pair, failure),
  });
}
