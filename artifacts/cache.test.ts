import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { filesBelow, sha256Of } from '../common/hash.ts';
import { createCache, trim } from './cache.ts';

let folder: string;
let cache: ReturnType<typeof createCache>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-'));
  cache = createCache({ folder, maxBytes: 1e9 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const DAY_MS = 24 * 60 * 60 * 1000;
const now = Date.now();

/** A copy of as many bytes as its content has, used some days ago. */
async function copy(content: string, daysAgo: number): Promise<string> {
  const { path } = await cache.writeFile('.txt', async (path) => (await writeFile(path, content), 0));
  const used = new Date(now - daysAgo * DAY_MS);
  await utimes(path, used, used);
  return path;
}

it('deletes what was used the longest ago, until the rest is within the limit', async () => {
  await copy('a'.repeat(10), 9);
  await copy('b'.repeat(10), 5);
  const kept = await copy('c'.repeat(10), 3);
  await trim(cache.shelf, { maxBytes: 15, nowMs: now });
  expect(await filesBelow(folder)).toEqual([kept.slice(folder.length + 1)]);
});

it('keeps what was used in the last two days, whatever it takes', async () => {
  await copy('a'.repeat(10), 1);
  await copy('b'.repeat(10), 3);
  await trim(cache.shelf, { maxBytes: 5, nowMs: now });
  expect(await filesBelow(folder)).toHaveLength(1);
});

it('counts a copy that is asked for as used', async () => {
  const path = await copy('abc', 9);
  expect(await cache.file(sha256Of('abc'), '.txt', () => Promise.reject(new Error('not asked')))).toBe(path);
  await trim(cache.shelf, { maxBytes: 0, nowMs: now });
  expect(await readFile(path, 'utf8')).toBe('abc');
});

it('brings a file once for all who ask at the same time, and asks again after a failure', async () => {
  let calls = 0;
  const bring = async (path: string) => {
    calls += 1;
    if (calls === 1) throw new Error('line is down');
    await writeFile(path, 'abc');
  };
  const file = () => cache.file(sha256Of('abc'), '.txt', bring);
  await expect(file()).rejects.toThrow('line is down');
  const paths = await Promise.all([file(), file(), file()]);
  expect([calls, new Set(paths).size]).toEqual([2, 1]);
});

it('refuses other content than was asked for', async () => {
  const other = cache.file(sha256Of('abc'), '.txt', (path) => writeFile(path, 'abd'));
  await expect(other).rejects.toThrow(/was changed after it was written/);
});
