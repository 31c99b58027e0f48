import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { ArtifactStore } from '../artifacts/store.ts';
import { onEachStore, onS3 } from '../test/support/artifact-stores.ts';
import { allOf } from '../test/support/artifact-contract.ts';
import { startBadLine, type Fault } from '../test/support/s3-server.ts';
import { createCheckpointStore } from './checkpoints.ts';

const KEY = '0198a0b4-0000-7000-8000-00000000abcd-tuned';
const SECOND = '0198a0b4-0000-7000-8000-00000000abcd-tuned-2';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'checkpoints-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A finished checkpoint of a step, as a trainer leaves it. */
async function checkpoint(step: number, key = KEY) {
  const path = join(folder, key, `checkpoint-${step}`);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'model.safetensors'), `weights of ${key} at ${step}`);
  await writeFile(join(path, 'trainer_state.json'), JSON.stringify({ global_step: step }));
  return { key, step, folder: path };
}

const over = (artifacts: ArtifactStore, said: string[] = []) =>
  createCheckpointStore({ artifacts, say: (message) => said.push(message) });

onEachStore('checkpoints', ({ open }) => {
  it('come back elsewhere, the newest one, of the job that is asked for', async () => {
    for (const step of [20, 100]) await over(open()).put(await checkpoint(step));
    await over(open()).put(await checkpoint(300, SECOND));
    const found = await over(open()).newest({ key: KEY, above: 0 });
    expect(found?.step).toBe(100);
    expect(await readFile(join(found!.folder, 'model.safetensors'), 'utf8')).toBe(`weights of ${KEY} at 100`);
    expect((await readdir(found!.folder)).sort()).toEqual(['model.safetensors', 'trainer_state.json']);
  });

  it('come only where they are further than what is there', async () => {
    const other = over(open());
    expect(await other.newest({ key: KEY, above: 0 })).toBeUndefined();
    await over(open()).put(await checkpoint(40));
    expect(await other.newest({ key: KEY, above: 39 })).toMatchObject({ step: 40 });
    expect(await other.newest({ key: KEY, above: 40 })).toBeUndefined();
  });

  it('are two of a job at the most, the newest, whoever puts them and in whatever order', async () => {
    for (const step of [20, 60, 100, 40]) await over(open()).put(await checkpoint(step));
    await over(open()).put(await checkpoint(20, SECOND));
    const kinds = (await allOf(open())).map((found) => found.kind);
    expect(kinds).toEqual(
      [`checkpoints/${SECOND}/step-20`, `checkpoints/${KEY}/step-100`, `checkpoints/${KEY}/step-60`].sort(),
    );
  });

  it('are put twice without a second copy', async () => {
    const one = await checkpoint(20);
    await over(open()).put(one);
    await over(open()).put(one);
    expect(await allOf(open())).toHaveLength(1);
  });

  it('are gone once they are dropped, one that is on its way too, and no other job\u2019s', async () => {
    const store = over(open());
    await store.put(await checkpoint(20));
    await store.put(await checkpoint(20, SECOND));
    const [underWay] = [store.put(await checkpoint(40))];
    await store.drop(KEY);
    await underWay;
    await store.drop('never-was');
    expect((await allOf(open())).map((found) => found.kind)).toEqual([`checkpoints/${SECOND}/step-20`]);
  });

  it('of which one was damaged give way to the one before, and it is said', async () => {
    for (const step of [20, 40]) await over(open()).put(await checkpoint(step));
    const newest = (await allOf(open())).find((found) => found.kind.endsWith('step-40'))!;
    const said: string[] = [];
    const damaged = {
      ...open(),
      localFolder: async (uri: string) => open().localFolder(uri === newest.uri ? `${uri}0` : uri),
    };
    expect(await over(damaged, said).newest({ key: KEY, above: 0 })).toMatchObject({ step: 20 });
    expect(said).toEqual([expect.stringMatching(/^checkpoint of step 40 of job .*-tuned can't be used, an older one/)]);
  });
});

onS3('checkpoints', ({ open, server, caches }) => {
  const badly = async (fault: (asked: { method: string; url: string }) => Fault) => {
    const line = await startBadLine(server(), fault);
    onTestFinished(() => line.close());
    return over(open(line.url));
  };

  it.each([
    ['the weights', /model\.safetensors/],
    ['the last of it', /folder\.json/],
  ])('of which %s did not come are never taken, and come whole with the next try', async (_what, path) => {
    await over(open()).put(await checkpoint(20));
    const cut = await badly(({ method, url }) => (method === 'PUT' && path.test(url) ? 'cut' : 'none'));
    const newer = await checkpoint(40);
    await expect(cut.put(newer)).rejects.toMatchObject({ name: 'ArtifactsUnreachableError' });
    expect(await over(open()).newest({ key: KEY, above: 0 })).toMatchObject({ step: 20 });
    await over(open()).put(newer);
    expect(await over(open()).newest({ key: KEY, above: 0 })).toMatchObject({ step: 40 });
    expect((await allOf(open())).map(({ state }) => state)).toEqual(['whole', 'whole']);
  });

  it('of which half was sent are deleted with their job', async () => {
    const cut = await badly(({ method, url }) => (method === 'PUT' && /folder\.json/.test(url) ? 'cut' : 'none'));
    await expect(cut.put(await checkpoint(40))).rejects.toThrow(/can't write/);
    expect(await allOf(open())).toMatchObject([{ state: 'unfinished' }]);
    await over(open()).drop(KEY);
    expect(await allOf(open())).toEqual([]);
  });

  it('are sent without a copy that takes room here', async () => {
    await rm(caches, { recursive: true, force: true });
    await over(open()).put(await checkpoint(20));
    expect(await readdir(caches, { recursive: true }).catch(() => [])).toEqual([]);
  });

  it('that can not be reached are an error to be tried again, not a start from nothing', async () => {
    await over(open()).put(await checkpoint(20));
    const away = await badly(() => 'cut');
    await expect(away.newest({ key: KEY, above: 0 })).rejects.toMatchObject({ name: 'ArtifactsUnreachableError' });
    const half = await badly(({ method, url }) => (method === 'GET' && /safetensors/.test(url) ? 'cut' : 'none'));
    await expect(half.newest({ key: KEY, above: 0 })).rejects.toMatchObject({ name: 'ArtifactsUnreachableError' });
  });
});
