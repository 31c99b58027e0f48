import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { readGoldenSuite } from '../evaluation/suites.ts';
import type { SuiteQuestion } from '../evaluation/types.ts';
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
  const path = resolve(projectRoot, suite);
  const real = await realpath(path).catch(() => {
    throw fatal(
      'suite',
      `evaluation.suites: ${suite}: no such file; give 'test' or a JSON-lines file of {question, answer, slice?}`,
    );
  });
  const inside = (root: string) => !relative(root, real).startsWith('..') && !isAbsolute(relative(root, real));
  if (!allowedRoots.some(inside))
    throw fatal('suite', `evaluation.suites: ${suite} lies outside the allowed roots (${allowedRoots.join(', ')})`);
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
