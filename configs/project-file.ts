import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { ConfigError } from '../common/config-errors.ts';

/** The path of a file that a config names, below the project's root. @throws ConfigError where it is not there, or lies elsewhere */
export async function projectFile(options: {
  file: string;
  /** That names it. */
  field: string;
  projectRoot: string;
  /** What it is to be. */
  expected: string;
}): Promise<string> {
  const { file, field, projectRoot, expected } = options;
  const path = resolve(projectRoot, file);
  const [real, root] = await Promise.all([
    realpath(path).catch(() => {
      throw new ConfigError([`${field}: ${file}: no such file; expected ${expected} below ${projectRoot}`]);
    }),
    realpath(projectRoot),
  ]);
  const inside = relative(root, real);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new ConfigError([`${field}: ${file} lies outside ${projectRoot}; move it there`]);
  return real;
}
