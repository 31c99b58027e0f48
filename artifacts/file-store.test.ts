import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createArtifactStore } from './file-store.ts';
import { sha256Of } from '../common/hash.ts';
import { DataRefSchema } from '../schema/data.ts';
import type { ArtifactStore } from './store.ts';

let folder: string;
let root: string;
let store: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
  root = join(folder, 'root');
  store = createArtifactStore(root);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const leftovers = () => readdir(join(root, '.tmp'));

describe('JSON lines', () => {
  const rows = [{ a: 1 }, { a: 2, text: 'naïve 月经\u2028next\n"quoted" \ud83e\ude78' }];

  it('come back as they were written, from a file named by their hash', async () => {
    const ref = await store.writeJsonLines({ kind: 'chunks', rows });
    expect(DataRefSchema.parse(ref).rows).toBe(2);
    expect(store.pathOf(ref.uri)).toBe(join(root, 'chunks', `${ref.sha256.slice(0, 12)}.jsonl`));
    expect(await store.loadJsonLines(ref)).toEqual(rows);
    expect(await leftovers()).toEqual([]);
  });

  it('give the same reference when written twice, at once and from a generator', async () => {
    async function* generated() {
      yield* rows;
    }
    const refs = await Promise.all([
      store.writeJsonLines({ kind: 'chunks', rows }),
      store.writeJsonLines({ kind: 'chunks', rows: generated() }),
    ]);
    expect(refs[0]).toEqual(refs[1]);
    expect(await readdir(join(root, 'chunks'))).toHaveLength(1);
  });

  it('may be none', async () => {
    const ref = await store.writeJsonLines({ kind: 'chunks', rows: [] });
    expect([ref.rows, await store.loadJsonLines(ref)]).toEqual([0, []]);
  });

  it('are refused when the file was changed, naming it and both hashes', async () => {
    const ref = await store.writeJsonLines({ kind: 'chunks', rows });
    await appendFile(store.pathOf(ref.uri), '{}\n');
    await expect(store.loadJsonLines(ref)).rejects.toThrow(
      /chunks\/\w{12}\.jsonl was changed.*found sha256 \w{64}, expected/,
    );
    await expect(store.writeJsonLines({ kind: 'chunks', rows })).rejects.toThrow(/was changed/);
    expect(await leftovers()).toEqual([]);
  });

  it('are refused when the file is gone', async () => {
    const ref = await store.writeJsonLines({ kind: 'chunks', rows });
    await rm(store.pathOf(ref.uri));
    await expect(store.loadJsonLines(ref)).rejects.toThrow(/can't be read.*stage that makes it again/);
  });

  it('name file, line and field of a row that the schema refuses', async () => {
    const ref = await store.writeJsonLines({ kind: 'chunks', rows: [{ a: 1 }, { a: 'two' }] });
    const read = store.loadJsonLines(ref, z.object({ a: z.number() }));
    await expect(read).rejects.toThrow(/\.jsonl:2: [^]*expected number[^]*at a/);
  });

  it('leave nothing behind when the rows fail half way', async () => {
    async function* failing() {
      yield { a: 1 };
      throw new Error('teacher went away');
    }
    await expect(store.writeJsonLines({ kind: 'chunks', rows: failing() })).rejects.toThrow('teacher went away');
    expect(await readdir(root)).toEqual(['.tmp']);
    expect(await leftovers()).toEqual([]);
  });
});

describe('files and folders', () => {
  it('keep bytes and files by content, with their ending', async () => {
    await writeFile(join(folder, 'report.parquet'), 'PAR1');
    const file = await store.addFile({ kind: 'results', path: join(folder, 'report.parquet'), rows: 7 });
    const bytes = await store.addBytes({ kind: 'results', bytes: Buffer.from('PAR1'), ending: '.parquet', rows: 7 });
    expect(file).toEqual(bytes);
    expect(file.rows).toBe(7);
    expect(await readFile(store.pathOf(file.uri), 'utf8')).toBe('PAR1');
  });

  const makeFolder = async (name: string, weights: string) => {
    const path = join(folder, name);
    await mkdir(join(path, 'sub'), { recursive: true });
    await writeFile(join(path, 'sub', 'weights.bin'), weights);
    await writeFile(join(path, 'config.json'), '{}');
    return path;
  };

  it('hash a folder over names and contents, wherever it lies', async () => {
    const one = await store.addFolder({ kind: 'models', path: await makeFolder('one', 'w') });
    const same = await store.addFolder({ kind: 'models', path: await makeFolder('two', 'w') });
    const other = await store.addFolder({ kind: 'models', path: await makeFolder('three', 'v') });
    expect(one).toEqual(same);
    expect(one.rows).toBe(2);
    expect(other.sha256).not.toBe(one.sha256);
    expect(await readFile(join(store.pathOf(one.uri), 'sub', 'weights.bin'), 'utf8')).toBe('w');
    expect(await readdir(join(root, 'models'))).toHaveLength(2);
  });

  it('copy what links point at', async () => {
    const path = await makeFolder('one', 'w');
    await symlink(join(path, 'config.json'), join(path, 'link.json'));
    const kept = await store.addFolder({ kind: 'models', path });
    await rm(path, { recursive: true });
    expect(await readFile(join(store.pathOf(kept.uri), 'link.json'), 'utf8')).toBe('{}');
  });

  it('never overwrite a named folder', async () => {
    const write = (text: string) =>
      store.writeFolder({
        kind: 'datasets/acme',
        fill: async (path) => {
          await mkdir(join(path, 'sub'));
          await writeFile(join(path, 'sub', 'rows.jsonl'), text);
          return 'v1';
        },
      });
    const first = await write('w');
    const second = await write('v');
    expect(second).toEqual(first);
    expect(await readFile(join(store.pathOf(first.uri), 'sub', 'rows.jsonl'), 'utf8')).toBe('w');
  });

  it('leave nothing when what fills a folder fails', async () => {
    const failed = store.writeFolder({
      kind: 'datasets/acme',
      fill: async (path) => {
        await writeFile(join(path, 'half'), 'x');
        throw new Error('disk full');
      },
    });
    await expect(failed).rejects.toThrow('disk full');
    expect(await leftovers()).toEqual([]);
    expect(await readdir(root)).toEqual(['.tmp']);
  });

  it('refuse a folder that was changed after it was kept', async () => {
    const path = await makeFolder('one', 'w');
    const kept = await store.addFolder({ kind: 'models', path });
    await appendFile(join(store.pathOf(kept.uri), 'config.json'), ' ');
    await expect(store.addFolder({ kind: 'models', path })).rejects.toThrow(/was changed after it was written/);
  });

  it('refuse what is missing or empty, a kind that leaves the root, and other schemes', async () => {
    await mkdir(join(folder, 'empty'));
    await expect(store.addFolder({ kind: 'models', path: join(folder, 'empty') })).rejects.toThrow(/no files/);
    await expect(store.addFolder({ kind: 'models', path: join(folder, 'none') })).rejects.toThrow(/can't keep .*none/);
    await expect(store.addFile({ kind: 'models', path: join(folder, 'none') })).rejects.toThrow(/can't keep .*none/);
    await expect(store.writeJsonLines({ kind: '../up', rows: [] })).rejects.toThrow(/kind '..\/up'/);
    expect(() => store.pathOf('s3://bucket/key')).toThrow(/file:\/\/ URIs only/);
  });
});

it('reads a range of a file that has no last line end, and refuses one that was changed since its last range was read', async () => {
  const ref = await store.writeJsonLines({ kind: 'rows', rows: ['é', 'ü\u2028', 'z'] });
  const path = store.pathOf(ref.uri);
  expect(await store.loadJsonLines(ref, undefined, { from: 1, to: 2 })).toEqual(['ü\u2028']);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('z', 'y'));
  await expect(store.loadJsonLines(ref, undefined, { from: 0, to: 1 })).rejects.toThrow(
    /was changed after it was written/,
  );
  await writeFile(path, text.trimEnd());
  const cut = { ...ref, sha256: sha256Of(text.trimEnd()) };
  expect(await store.loadJsonLines(cut, undefined, { from: 2, to: 9 })).toEqual(['z']);
});

it('reads a range of lines alone, and parses no other', async () => {
  const rows = Array.from({ length: 5 }, (_, n) => ({ n: n === 0 || n === 4 ? 'no number' : n }));
  const ref = await store.writeJsonLines({ kind: 'rows', rows });
  const schema = z.object({ n: z.number() });
  expect(await store.loadJsonLines(ref, schema, { from: 1, to: 3 })).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await store.loadJsonLines(ref, schema, { from: 1, to: 1 })).toEqual([]);
  await expect(store.loadJsonLines(ref, schema, { from: 3, to: 9 })).rejects.toThrow(/:5: not what was expected/);
});
