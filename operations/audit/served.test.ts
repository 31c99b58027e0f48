import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ModelVersion } from '../../registry/schema.ts';
import { servedLink } from './served.ts';

let folder: string;
let server: Server;
let url: string;
let models: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-served-'));
  await writeFile(join(folder, 'model.safetensors'), 'weights');
  models = [];
  server = createServer((_request, response) => response.end(JSON.stringify({ data: models })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const link = async (modelServer = url) => {
  const version = { ref: { uri: pathToFileURL(folder).href, sha256: 'w' } } as ModelVersion;
  const store = { localFolder: async () => folder };
  const [found] = await servedLink({
    version,
    store,
    places: async (uri) => uri,
    modelServer: modelServer || undefined,
  });
  return found;
};

/** As the model server tells it. */
async function loaded(): Promise<unknown> {
  const { size, mtimeNs } = await stat(join(folder, 'model.safetensors'), { bigint: true });
  return {
    id: folder,
    object: 'model',
    files: { 'model.safetensors': { bytes: Number(size), changedNs: String(mtimeNs) } },
  };
}

it('holds while the files are those that the model server read', async () => {
  models = [{ id: '/elsewhere' }, await loaded()];
  const found = await link();
  expect(found?.says).toEqual(['it has loaded these weights, from files that have not changed since']);
  await found?.check?.();
});

it('is broken once a file was changed after the model server had read it', async () => {
  models = [await loaded()];
  await writeFile(join(folder, 'model.safetensors'), 'WEIGHTS');
  await expect((await link())?.check?.()).rejects.toThrow(
    /^model\.safetensors, since the model server read it: found 7 bytes/,
  );
  await rm(join(folder, 'model.safetensors'));
  await expect((await link())?.check?.()).rejects.toThrow(/found no such file/);
});

it('proves nothing, and says so, of a server that has not loaded them, names no files, or is not there', async () => {
  expect((await link())?.says[0]).toContain('it has not loaded these weights');
  models = [{ id: folder }];
  expect((await link())?.says[0]).toContain('does not say which files it read');
  expect((await link('http://127.0.0.1:9'))?.says[0]).toContain('does not answer now');
  expect((await link())?.check).toBeUndefined();
  expect(await link('')).toBeUndefined();
});
