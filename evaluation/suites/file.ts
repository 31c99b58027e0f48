import { fieldName, type Locate } from '../../common/config-errors.ts';
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
  /** The field that names it, as people find it. */
  field?: string;
}): Promise<GoldenSuite & { notes: string[] }> {
  const { projectRoot, allowedRoots, suite, field = 'evaluation.suites' } = options;
  const path = await allowedFile({
    projectRoot,
    allowedRoots,
    field,
    file: suite,
    expected: "'test' or a file of questions and answers (.jsonl, .csv or .parquet)",
  });
  try {
    const { rows, faults, notes } = await readRows({ path, shown: suite, format: FORMAT });
    return { ...parseSuite({ file: suite, rows, faults }), notes };
  } catch (cause) {
    throw new RunError('suite', `${field}: ${(cause as Error).message}`, cause);
  }
}

/** Reads every suite file that a config lists, so that a bad one is found before anything is paid for. @throws as readSuiteFile */
export async function checkSuiteFiles(options: {
  projectRoot: string;
  allowedRoots: readonly string[];
  suites: readonly string[];
  /** Columns that the report is asked to show apart. */
  sliceBy?: readonly string[];
  at?: Locate;
}): Promise<(GoldenSuite & { suite: string; notes: string[] })[]> {
  const { suites, sliceBy = [], at = fieldName, ...where } = options;
  const read = [];
  for (const [i, suite] of suites.entries()) {
    const field = at(['evaluation', 'suites', i]);
    if (suite !== 'test') read.push({ suite, ...(await readSuiteFile({ ...where, suite, field })) });
  }
  const columns = ['slice', ...new Set(read.flatMap((one) => one.columns))];
  for (const [i, name] of sliceBy.entries())
    if (!columns.includes(name))
      throw new RunError(
        'suite',
        `${at(['evaluation', 'sliceBy', i])}: ${unknownName('column of a suite file', name, columns)}`,
      );
  return read;
}
