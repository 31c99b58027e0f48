import { readGoldenSuite } from '../evaluation/suites.ts';
import type { SuiteQuestion } from '../evaluation/types.ts';
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
}): Promise<SuiteQuestion[]> {
  const { projectRoot, allowedRoots, suite } = options;
  const path = await allowedFile({
    projectRoot,
    allowedRoots,
    field: 'evaluation.suites',
    file: suite,
    expected: "'test' or a JSON-lines file of {question, answer, slice?}",
  });
  try {
    return await readGoldenSuite(path);
  } catch (cause) {
    throw fatal('suite', `evaluation.suites: ${(cause as Error).message}`, cause);
  }
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
