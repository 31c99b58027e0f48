import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunConfigSchema } from '../configs/schema.ts';
import { readPassages } from './passages.ts';

/** A chunker that stumbles over one document. */
vi.mock('./chunk.ts', async (original) => {
  const real = await original<typeof import('./chunk.ts')>();
  const chunksOf: typeof real.chunksOf = (document, ...more) => {
    if (document.id.includes('odd')) throw new TypeError("Cannot read properties of undefined (reading 'start')");
    return real.chunksOf(document, ...more);
  };
  return { ...real, chunksOf };
});

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'passages-')));
  await mkdir(join(folder, 'docs'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = async (names: readonly string[]) => {
  for (const name of names)
    await writeFile(join(folder, 'docs', `${name}.md`), `# ${name}\n\nThe ${name} harbour keeps 40 barrels.\n`);
  const config = RunConfigSchema.parse({ name: 'x', documents: 'docs' });
  return readPassages({ config, projectRoot: folder, allowedRoots: [folder] });
};

describe('a document whose processing fails (F27)', () => {
  it('is left out and named, and the others are read', async () => {
    const { documents, chunks, failures } = await read(['north', 'odd', 'south']);
    expect(documents.map(({ title }) => title)).toEqual(['north', 'south']);
    expect(chunks).toHaveLength(2);
    expect(failures).toMatchObject([
      {
        what: 'documents',
        tried: 3,
        failed: 1,
        first: [{ where: expect.stringContaining('odd') as string, reason: 'failed' }],
      },
    ]);
  });

  it('ends the run where it is one of too many', async () => {
    await expect(read(['north', 'odd', 'odder'])).rejects.toThrow(/2 of 3 documents failed .*TypeError.*'start'/);
  });
});
