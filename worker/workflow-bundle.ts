import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleWorkflowCode } from '@temporalio/worker';

/** What workflow code may reach: itself, and the rooms that it imports, with what these import. */
const SOURCES = ['package-lock.json', '{workflows,contract,configs,schema,common}/**/*.ts'];

/** How errors go to Temporal; activities load it by the same path. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('../contract/runs/failure-converter.ts', import.meta.url));

/**
 * The workflows as the one file that a worker loads, made once for each state of the sources, in a process of its own: what
 * the bundler takes in memory and seconds is not the worker's, which so comes back at once after a crash.
 */
export async function workflowBundle(options: { projectRoot: string; home: string }): Promise<{ codePath: string }> {
  const { projectRoot, home } = options;
  const codePath = join(home, 'bundles', `${await hashOf(projectRoot)}.js`);
  if (existsSync(codePath)) return { codePath };
  await mkdir(join(home, 'bundles'), { recursive: true });
  const temporary = `${codePath}.${randomUUID()}`;
  try {
    const script = fileURLToPath(import.meta.url);
    await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', script, temporary]);
    await rename(temporary, codePath);
  } finally {
    await rm(temporary, { force: true });
  }
  return { codePath };
}

async function hashOf(projectRoot: string): Promise<string> {
  const files: string[] = [];
  for await (const file of glob(SOURCES, { cwd: projectRoot })) if (!file.endsWith('.test.ts')) files.push(file);
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`${file}\n`).update(await readFile(join(projectRoot, file)));
  return hash.digest('hex').slice(0, 16);
}

if (import.meta.main) {
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, failureConverterPath: FAILURE_CONVERTER });
  await writeFile(process.argv[2] ?? '', code);
}
