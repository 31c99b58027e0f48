import { readFile } from 'node:fs/promises';
import { parseSuite, SUITE_EXPECTED, type GoldenSuite, type SuiteRow } from '../evaluation/suite-lines.ts';
import { allowedFile } from './allowed-file.ts';
import { fatal } from './failure.ts';

/**
 * Reads a suite file that a config names, relative to the project's root.
 * @throws ApplicationFailure naming the field, the file and the fix: no such file, outside the allowed roots, a bad line
 */
export async function readSuiteFile(options: {
  projectRoot: string;
  allowedRoots: readonly string[];
  suite: string;
}): Promise<GoldenSuite> {
  const { projectRoot, allowedRoots, suite } = options;
  const path = await allowedFile({
    projectRoot,
    allowedRoots,
    field: 'evaluation.suites',
    file: suite,
    expected: "'test' or a file of questions and answers (.jsonl, .csv or .parquet)",
  });
  try {
    const { rows, faults } = await jsonLines(path, suite);
    return parseSuite({ file: suite, rows, faults });
  } catch (cause) {
    throw fatal('suite', `evaluation.suites: ${(cause as Error).message}`, cause);
  }
}

async function jsonLines(path: string, shown: string): Promise<{ rows: SuiteRow[]; faults: string[] }> {
  const faults: string[] = [];
  const rows = (await readFile(path, 'utf8'))
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, i): SuiteRow[] => {
      const at = `${shown}:${i + 1}`;
      if (!line.trim()) return [];
      try {
        return [{ at, value: JSON.parse(line) as unknown }];
      } catch {
        faults.push(`${at}: found ${JSON.stringify(line.slice(0, 60))}, which is not JSON; ${SUITE_EXPECTED}`);
        return [];
      }
    });
  return { rows, faults };
}

/** Reads every suite file that a config lists, so that a bad one is found before anything is paid for. @throws as readSuiteFile */
export async function checkSuiteFiles(options: {
  projectRoot: string;
  allowedRoots: readonly string[];
  suites: readonly string[];
}): Promise<void> {
  const { suites, ...where } = options;
  for (const suite of suites) if (suite !== 'test') await readSuiteFile({ ...where, suite });
}
