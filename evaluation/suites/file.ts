import { unknownName } from '../../common/unknown-name.ts';
import { readRows } from '../../tables/rows.ts';
import { parseSuite, SUITE_COLUMNS, SUITE_EXPECTED, type GoldenSuite } from './lines.ts';
import { allowedFile } from '../../documents/allowed-file.ts';
import { RunError } from '../../common/errors.ts';

const FORMAT = { known: SUITE_COLUMNS, required: ['question'], others: 'keep', expected: SUITE_EXPECTED } as const;

/**
 * Reads a suite file that a config names, relative to the project's root.
 * @throws RunError naming the field, the file and the fix: no such file, outside the allowed roots, a bad line
 */
export async function readSuiteFile(options: {
  projectRoot: string;
  allowedRoots: readonly string[];
  suite: string;
}): Promise<GoldenSuite & { notes: string[] }> {
  const { projectRoot, allowedRoots, suite } = options;
  const path = await allowedFile({
    projectRoot,
    allowedRoots,
    field: 'evaluation.suites',
    file: suite,
    expected: "'test' or a file of questions and answers (.jsonl, .csv or .parquet)",
  });
  try {
    const { rows, faults, notes } = await readRows({ path, shown: suite, format: FORMAT });
    return { ...parseSuite({ file: suite, rows, faults }), notes };
  } catch (cause) {
    throw new RunError('suite', `evaluation.suites: ${(cause as Error).message}`, cause);
  }
}

/** Reads every suite file that a config lists, so that a bad one is found before anything is paid for. @throws as readSuiteFile */
export async function checkSuiteFiles(options: {
  projectRoot: string;
  allowedRoots: readonly string[];
  suites: readonly string[];
  /** Columns that the report is asked to show apart. */
  sliceBy?: readonly string[];
}): Promise<(GoldenSuite & { suite: string; notes: string[] })[]> {
  const { suites, sliceBy = [], ...where } = options;
  const read = [];
  for (const suite of suites) if (suite !== 'test') read.push({ suite, ...(await readSuiteFile({ ...where, suite })) });
  const columns = ['slice', ...new Set(read.flatMap((one) => one.columns))];
  for (const [i, name] of sliceBy.entries())
    if (!columns.includes(name))
      throw new RunError('suite', `evaluation.sliceBy[${i}]: ${unknownName('column of a suite file', name, columns)}`);
  return read;
}
