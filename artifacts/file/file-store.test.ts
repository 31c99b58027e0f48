import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { filesBelow, sha256Of } from '../../common/hash.ts';
import { allOf, describeStore } from '../../test/support/artifact-contract.ts';
import type { ArtifactStore } from '../store.ts';
import { createFileStore } from './file-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

let root: string;
let store: ArtifactStore;
beforeEach(async () => {
  root = await mkdtemp(join(folder, 'root-'));
  store = createFileStore(root);
});

describeStore('file://', async () => ({
  store,
  elsewhere: () => createFileStore(root),
  replace: (uri, content) => writeFile(fileURLToPath(uri), content),
  remove: (uri) => rm(fileURLToPath(uri)),
  places: () => filesBelow(root),
}));

it('reads a range of a file that has no last line end, and refuses one that was changed since its last range was read', async () => {
  const ref = await store.writeJsonLines({ kind: 'rows', rows: ['é', 'ü\u2028', 'z'] });
  const path = fileURLToPath(ref.uri);
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

it('refuses to write a folder again that was changed after it was kept', async () => {
  await mkdir(join(folder, 'model'));
  await writeFile(join(folder, 'model', 'config.json'), '{}');
  const kept = await store.addFolder({ kind: 'models', path: join(folder, 'model') });
  await appendFile(join(fileURLToPath(kept.uri), 'config.json'), ' ');
  await expect(store.addFolder({ kind: 'models', path: join(folder, 'model') })).rejects.toThrow(
    /was changed after it was written/,
  );
});

it('shares a folder where it lies', async () => {
  const shared = await store.share({ kind: 'bases', path: folder, name: '0123456789ab' });
  expect([shared, await filesBelow(root)]).toEqual([pathToFileURL(folder).href, []]);
});

it('takes what is written again for new', async () => {
  const ref = await store.writeJsonLines({ kind: 'rows', rows: [1] });
  const longAgo = new Date('2020-01-01');
  await utimes(fileURLToPath(ref.uri), longAgo, longAgo);
  expect((await allOf(store))[0]?.writtenAt).toBe('2020-01-01T00:00:00.000Z');
  await store.writeJsonLines({ kind: 'rows', rows: [1] });
  expect((await allOf(store))[0]?.writtenAt.slice(0, 4)).not.toBe('2020');
});

it('lists what a killed writer left as unfinished, and deletes it', async () => {
  await mkdir(join(root, '.tmp', 'left', 'data'), { recursive: true });
  await writeFile(join(root, '.tmp', 'left', 'data', 'half'), 'xx');
  const [left] = await allOf(store);
  expect(left).toMatchObject({ state: 'unfinished', bytes: 2 });
  await store.delete(left!.uri);
  expect(await readdir(join(root, '.tmp'))).toEqual([]);
});
