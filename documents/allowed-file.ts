import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { RunError } from '../common/errors.ts';

/**
 * The path of a file that a config names, relative to the project's root, where a run may read it.
 * @throws RunError naming the field and the file: there is none, or it lies outside the allowed roots
 */
export async function allowedFile(options: {
  projectRoot: string;
  allowedRoots: readonly string[];
  /** As people know it, such as `evaluation.suites`. */
  field: string;
  file: string;
  expected: string;
}): Promise<string> {
  const { projectRoot, allowedRoots, field, file, expected } = options;
  const path = resolve(projectRoot, file);
  const real = await realpath(path).catch(() => {
    throw new RunError('suite', `${field}: ${file}: no such file; give ${expected}`);
  });
  const inside = (root: string) => !relative(root, real).startsWith('..') && !isAbsolute(relative(root, real));
  if (!allowedRoots.some(inside))
    throw new RunError(
      'suite',
      `${field}: ${file} lies outside the allowed roots (${allowedRoots.join(', ')}); move it below one of them, or name its folder in WHETSTONE_DOCUMENT_ROOTS where the worker starts`,
    );
  return path;
}
