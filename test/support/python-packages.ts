import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withFolderLock } from '../../common/folder-lock.ts';
import { sha256Of } from '../../common/hash.ts';
import { resolvePaths } from '../../configs/paths.ts';

/** Python packages that only tests need, each set in an environment of its own that is made once and kept. */

const run = promisify(execFile);

/**
 * The Python that has them; undefined where no package index can be reached.
 * @param options.requirements a file beside this one
 * @param options.bare version of the package `name`, where it is wanted without what it itself asks for
 * @throws Error where an index can be reached, and they can't be had
 */
export async function pythonWith(options: {
  name: string;
  requirements: string;
  bare?: string;
}): Promise<string | undefined> {
  const { name, bare = '' } = options;
  const requirements = join(import.meta.dirname, options.requirements);
  const { home } = resolvePaths(process.env);
  const hash = sha256Of(bare + (await readFile(requirements, 'utf8'))).slice(0, 12);
  const folder = join(home, `${name}-${hash}`);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  await mkdir(home, { recursive: true });
  try {
    await withFolderLock(
      `${folder}.lock`,
      async () => {
        if (existsSync(complete)) return;
        console.log(`${name}: making an environment for its tests (once, a minute or two) in ${folder}`);
        await rm(folder, { recursive: true, force: true });
        await run(process.env.WHETSTONE_PYTHON ?? 'python3', ['-m', 'venv', folder]);
        const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet', '--retries', '1'];
        if (bare !== '') await run(python, [...pip, '--no-deps', `${name}==${bare}`]);
        await run(python, [...pip, '-r', requirements]);
        await writeFile(complete, `${new Date().toISOString()}\n`);
      },
      30 * 60_000,
    );
  } catch (error) {
    const said = `${String((error as { stderr?: string }).stderr ?? '')}`;
    if (!/Connection|timed out|Temporary failure|Network is unreachable|ProxyError/i.test(said)) throw error;
    if (process.env.CI) throw new Error(`${name} could not be had: ${said.slice(-500)}`, { cause: error });
    console.warn(`no ${name} to test against: ${said.slice(-300)}`);
    return undefined;
  }
  return python;
}
