import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import type { IndexRef } from '../../schema/retrieval.ts';
import { openIndexStore } from '../store/store.ts';

const SCRIPT = resolve(import.meta.dirname, '../../test/fakes/index-process.ts');
const PASSAGES = 600;
/** Texts that the process has in flight. */
const AT_ONCE = 16;

it('goes on after kill -9 in the middle: nothing twice in the index, and embedded again only what was in flight', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'whetstone-crash-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [url, log] = [join(folder, 'index.sqlite'), join(folder, 'log')];
  const lines = () =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line && line !== 'all')
      : [];
  const args = ['--disable-warning=ExperimentalWarning', SCRIPT, url, String(PASSAGES), log];
  let kills = 0;
  for (const until of [100, 300]) {
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const ended = once(child, 'exit');
    while (lines().length < until && child.exitCode === null) await sleep(2);
    child.kill('SIGKILL');
    const [, signal] = (await ended) as [number | null, string | null];
    if (signal === 'SIGKILL') kills++;
  }
  expect(kills).toBe(2);
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { index, added } = JSON.parse(stdout) as { index: IndexRef; added: number };
  expect([index.passages, added]).toEqual([PASSAGES, PASSAGES]);
  const embedded = lines();
  expect(new Set(embedded).size).toBe(PASSAGES);
  expect(embedded.length).toBeLessThanOrEqual(PASSAGES + kills * AT_ONCE);

  const store = await openIndexStore(url);
  const found = await store.byWords(await store.scope(index, {}), 'apples', PASSAGES * 2);
  expect(found).toHaveLength(PASSAGES);
  await store.close();
});

it('withholds what is gone with the new snapshot or not at all, whenever kill -9 comes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'whetstone-crash-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [url, log] = [join(folder, 'index.sqlite'), join(folder, 'log')];
  const args = (gone: number) => ['--disable-warning=ExperimentalWarning', SCRIPT, url, '1500', log, String(gone)];
  const first = JSON.parse((await promisify(execFile)(process.execPath, args(0))).stdout) as { index: IndexRef };
  const store = await openIndexStore(url);
  onTestFinished(() => store.close());
  const ended: string[] = [];
  for (const afterMs of [0, 5, 15, 30, 60, 120, undefined]) {
    await rm(log);
    const child = spawn(process.execPath, args(1000), { stdio: 'ignore' });
    const exit = once(child, 'exit');
    // From here on it writes.
    while (!existsSync(log) && child.exitCode === null) await sleep(1);
    if (afterMs !== undefined) {
      await sleep(afterMs);
      child.kill('SIGKILL');
    }
    ended.push(String(((await exit) as unknown[])[1]));
    const { gone } = await store.withheld(first.index);
    const snapshots = (await store.snapshots()).map(({ passages }) => passages);
    const shown = (await store.byWords(await store.scope(first.index, {}), 'apples', 3000)).length;
    expect([
      [0, [1500], 1500],
      [1000, [1500, 500], 500],
    ]).toContainEqual([gone, snapshots, shown]);
  }
  expect(ended[0]).toBe('SIGKILL');
  expect((await store.withheld(first.index)).gone).toBe(1000);
});
