import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireEmpty, writeFolder } from './new-folder.ts';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'whetstone-folder-'))));
afterEach(() => rmSync(root, { recursive: true }));

describe('a folder that is to be written', () => {
  it('may be new, also below folders that are not there, or empty', async () => {
    mkdirSync(join(root, 'empty'));
    await requireEmpty(join(root, 'empty'));
    await requireEmpty(join(root, 'a', 'b'));
    expect(readdirSync(root)).toEqual(['empty']);
  });

  it('is refused where it holds files, or is one', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(requireEmpty(root)).rejects.toMatchObject({
      field: 'out',
      message: `out ${root}: found a folder with files in it; name a new or empty one`,
    });
    await expect(requireEmpty(join(root, 'file'))).rejects.toThrow('found a file; name a new or empty folder');
  });

  it('is there whole, or not at all', async () => {
    const out = join(root, 'a', 'out');
    const broken = writeFolder(out, (folder) => {
      mkdirSync(folder);
      writeFileSync(join(folder, 'half'), '');
      return Promise.reject(new Error('no space left'));
    });
    await expect(broken).rejects.toThrow('no space left');
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(join(root, 'a'))).toEqual([]);
    const rows = await writeFolder(out, (folder) => {
      mkdirSync(folder);
      writeFileSync(join(folder, 'whole'), 'rows');
      return Promise.resolve(4);
    });
    expect([rows, readFileSync(join(out, 'whole'), 'utf8')]).toEqual([4, 'rows']);
  });
});
