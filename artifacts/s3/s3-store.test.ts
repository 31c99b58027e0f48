import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { sha256Of } from '../../common/hash.ts';
import { writeDataset } from '../../datasets/assembly/build.ts';
import { decideDataset, type DatasetInput } from '../../datasets/assembly/decide.ts';
import { readExamples } from '../../datasets/files/example-rows.ts';
import { findDataset, listDatasets } from '../../datasets/versions/find.ts';
import { datasetInput, manyExamples } from '../../test/support/examples.ts';
import { allOf, describeStore } from '../../test/support/artifact-contract.ts';
import {
  findS3Server,
  KEYS,
  startBadLine,
  startS3Server,
  type Fault,
  type S3Server,
} from '../../test/support/s3-server.ts';
import { openArtifacts } from '../open.ts';
import { parseUri } from './location.ts';
import { createS3Store } from './s3-store.ts';

const program = findS3Server();

describe.skipIf(!program)('s3, for which Go builds a server', async () => {
  const server: S3Server = program ? await startS3Server(program) : { url: '', folder: '', close: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 's3-store-'));
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const clientOf = (url = server.url, keys = KEYS) =>
    new S3Client({ endpoint: url, region: 'us-east-1', credentials: keys, forcePathStyle: true, maxAttempts: 2 });
  const client = clientOf();
  let Bucket: string;
  beforeEach(async () => {
    Bucket = `b-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket }));
  });

  /** As another machine opens it: with an empty cache. */
  const open = (options: { client?: S3Client; location?: string } = {}) =>
    createS3Store({
      client,
      location: `s3://${Bucket}/Team_A`,
      cacheDir: join(folder, randomUUID()),
      cacheBytes: 1e9,
      ...options,
    });

  const keys = async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    return Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
  };

  describeStore('s3://', async () => ({
    store: open(),
    elsewhere: open,
    replace: async (uri, content) => {
      const { key: Key } = parseUri(uri);
      await client.send(new PutObjectCommand({ Bucket, Key, Body: content }));
    },
    remove: async (uri) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key: parseUri(uri).key }));
    },
    places: keys,
  }));

  const folderOf = async (files: Record<string, string | Buffer>) => {
    const path = join(folder, randomUUID());
    await mkdir(path);
    for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
    return path;
  };

  it('shares a folder under its prefix, and lists nothing of its neighbours', async () => {
    const path = await folderOf({ 'config.json': '{}' });
    const uri = await open().share({ kind: 'bases', path, name: '0123456789ab' });
    expect(uri).toMatch(/^s3:\/\/b-[^/]+\/Team_A\/bases\/0123456789ab\/[0-9a-f]{12}$/);
    expect(await allOf(open())).toMatchObject([{ uri, kind: 'bases' }]);
    expect(await allOf(open({ location: `s3://${Bucket}/Team` }))).toEqual([]);
    await expect(open({ location: `s3://${Bucket}/Team` }).delete(uri)).rejects.toThrow(/no artifact below/);
  });

  it('takes what is written again for new', async () => {
    const path = await folderOf({ 'config.json': '{}' });
    const write = async () => {
      const file = await open().addBytes({ kind: 'results', bytes: Buffer.from('PAR1'), ending: '.parquet' });
      return [file, await open().addFolder({ kind: 'models/acme', path, name: '0123456789ab' })];
    };
    const refs = await write();
    const longAgo = new Date('2020-01-01');
    for (const key of await keys()) await utimes(join(server.folder, Bucket, key), longAgo, longAgo);
    const dates = async () => (await allOf(open())).map(({ writtenAt }) => writtenAt.slice(0, 4));
    expect(await dates()).toEqual(['2020', '2020']);
    expect(await write()).toEqual(refs);
    expect(await dates()).not.toContain('2020');
    expect(await readFile(await open().localFile(refs[0]!), 'utf8')).toBe('PAR1');
  });

  it('sends large files in parts, and reads them back', async () => {
    const large = Buffer.alloc(33 * 1024 * 1024, 'whetstone');
    const ref = await open().addBytes({ kind: 'results', bytes: large, ending: '.bin' });
    const read = await readFile(await open().localFile(ref));
    expect(sha256Of(read)).toBe(ref.sha256);
  });

  it('holds few parts of large files in memory, also of several at once', async () => {
    let held = 0;
    let most = 0;
    const watched = clientOf();
    watched.middlewareStack.add(
      (next) => async (args) => {
        const { Body } = args.input as { Body?: unknown };
        const bytes = Buffer.isBuffer(Body) ? Body.length : 0;
        most = Math.max(most, (held += bytes));
        return next(args).finally(() => (held -= bytes));
      },
      { step: 'initialize' },
    );
    const names = ['a', 'b', 'c'];
    const path = await folderOf(Object.fromEntries(names.map((name) => [name, Buffer.alloc(20 * 1024 * 1024, name)])));
    const { rows } = await open({ client: watched }).addFolder({ kind: 'models/acme', path });
    expect(rows).toBe(3);
    expect(most).toBeGreaterThan(8 * 1024 * 1024);
    expect(most).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  it('accepts what is there without the note of its hash, if the content is the same', async () => {
    const ref = await open().addBytes({ kind: 'results', bytes: Buffer.from('PAR1'), ending: '.parquet' });
    await client.send(new PutObjectCommand({ Bucket, Key: parseUri(ref.uri).key, Body: 'PAR1' }));
    expect(await open().addBytes({ kind: 'results', bytes: Buffer.from('PAR1'), ending: '.parquet' })).toEqual(ref);
  });

  it('refuses a folder of which a file was changed or is gone, and leaves no copy', async () => {
    const path = await folderOf({ 'config.json': '{}', 'model.safetensors': 'w' });
    const { uri } = await open().addFolder({ kind: 'models/acme', path });
    const Key = `${parseUri(uri).key}/model.safetensors`;
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const cacheDir = join(folder, randomUUID());
    const other = createS3Store({ client, location: `s3://${Bucket}/Team_A`, cacheDir, cacheBytes: 1e9 });
    await expect(other.localFolder(uri)).rejects.toThrow(/model\.safetensors was changed/);
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(other.localFolder(uri)).rejects.toThrow(/model\.safetensors can't be read: nothing is there/);
    expect(await readdir(join(cacheDir, 'folders')).catch(() => [])).toEqual([]);
    expect(await readdir(join(cacheDir, '.tmp'))).toEqual([]);
  });

  /** A store at the end of a line that `fault` makes bad. */
  const badly = async (fault: (asked: { method: string; url: string; range: string | undefined }) => Fault) => {
    const line = await startBadLine(server, fault);
    onTestFinished(() => line.close());
    return open({ client: clientOf(line.url) });
  };

  it.each(['cut', 500] as const)(
    'leaves nothing that looks whole of a folder whose upload ends early (%s)',
    async (how) => {
      const path = await folderOf({ 'config.json': '{}', 'model.safetensors': 'w', 'tokenizer.json': '{}' });
      const store = await badly(({ method, url }) =>
        method === 'PUT' && /tokenizer|folder\.json/.test(url) ? how : 'none',
      );
      const input = { kind: 'models/acme', path, name: '0123456789ab' };
      await expect(store.addFolder(input)).rejects.toThrow(/can't write s3:.*after 2 tries/);
      const left = await allOf(open());
      expect(left).toMatchObject([{ state: 'unfinished', kind: '' }]);
      await expect(open().localFolder(left[0]!.uri)).rejects.toThrow(/no whole folder is there/);
      const kept = await open().addFolder(input);
      expect(await allOf(open())).toMatchObject([{ state: 'whole', uri: kept.uri, kind: 'models/acme' }]);
      await open().delete(kept.uri);
      expect(await keys()).toEqual([]);
    },
  );

  it('leaves nothing of a large file whose upload ends early, parts included', async () => {
    const large = Buffer.alloc(33 * 1024 * 1024, 'whetstone');
    const store = await badly(({ url }) => (url.includes('partNumber=3') ? 'cut' : 'none'));
    const written = store.addBytes({ kind: 'results', bytes: large, ending: '.bin' });
    await expect(written).rejects.toMatchObject({ name: 'ArtifactsUnreachableError' });
    expect(await keys()).toEqual([]);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads).toEqual([]);
  });

  it('deletes what another writer left under a name that is taken', async () => {
    const first = await folderOf({ 'config.json': '{}' });
    const name = '0123456789ab';
    const orphan = await badly(({ method, url }) => (method === 'PUT' && url.includes('folder.json') ? 'cut' : 'none'));
    const path = await folderOf({ 'config.json': '{"other": 1}' });
    await expect(orphan.addFolder({ kind: 'models', path, name })).rejects.toThrow(/can't write/);
    const kept = await open().addFolder({ kind: 'models', path: first, name });
    const found = await allOf(open());
    expect(found.map(({ state }) => state).sort()).toEqual(['unfinished', 'whole']);
    await open().delete(found.find(({ state }) => state === 'unfinished')!.uri);
    expect(await readFile(join(await open().localFolder(kept.uri), 'config.json'), 'utf8')).toBe('{}');
  });

  it('goes on with a download that broke off, from where it did', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'whetstone');
    const ref = await open().addBytes({ kind: 'results', bytes: large, ending: '.bin' });
    const ranges: (string | undefined)[] = [];
    const store = await badly(({ method, range }) => {
      if (method !== 'GET') return 'none';
      ranges.push(range);
      return ranges.length < 3 ? 'cut-answer' : 'none';
    });
    expect(sha256Of(await readFile(await store.localFile(ref)))).toBe(ref.sha256);
    expect(ranges).toEqual([
      undefined,
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
  });

  it('asks for nothing that is here, and shows a copy while S3 is away', async () => {
    const path = await folderOf({ 'config.json': '{}' });
    const { uri } = await open().addFolder({ kind: 'models/acme', path });
    const ref = await open().addBytes({ kind: 'results', bytes: Buffer.from('PAR1'), ending: '.parquet' });
    let away = false;
    const store = await badly(() => (away ? 'cut' : 'none'));
    const here = await Promise.all([store.localFolder(uri), store.localFile(ref)]);
    away = true;
    expect(await Promise.all([store.localFolder(uri), store.localFile(ref)])).toEqual(here);
  });

  it('is opened by the setting, with the variables of the AWS SDKs', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secretAccessKey);
    onTestFinished(() => void vi.unstubAllEnvs());
    const asked = { location: `s3://${Bucket}`, cacheDir: join(folder, randomUUID()), env: process.env };
    const ref = await (await openArtifacts(asked)).writeJsonLines({ kind: 'chunks', rows: [1] });
    expect(ref.uri).toMatch(`s3://${Bucket}/chunks/`);
    const env = { ...process.env, WHETSTONE_S3_ADDRESSING: 'host', WHETSTONE_ARTIFACT_CACHE_GB: '0.5' };
    await expect(openArtifacts({ ...asked, env })).rejects.toThrow("WHETSTONE_S3_ADDRESSING: found 'host'");
    const less = { ...asked, env: { WHETSTONE_ARTIFACT_CACHE_GB: 'much' } };
    await expect(openArtifacts(less)).rejects.toThrow("WHETSTONE_ARTIFACT_CACHE_GB: found 'much'");
  });

  it('holds datasets that are found, opened and read elsewhere', async () => {
    const input: DatasetInput = { ...datasetInput(manyExamples({ facts: 6, chunks: 3 })), store: open() };
    const built = await writeDataset({ ...input, decided: await decideDataset(input) });
    const other = open();
    expect(await listDatasets(other)).toMatchObject([{ model: 'acme', version: built.version, uri: built.uri }]);
    const found = await findDataset({ name: built.version.slice(0, 6), store: other });
    expect(found).toEqual(built);
    const train = await readExamples({ ref: found.manifest.splits.train, store: other });
    expect(train).toHaveLength(found.manifest.splits.train.rows);
    expect(train.length).toBeGreaterThan(0);
  });

  describe('tells in words', () => {
    const rows = [{ a: 1 }];

    it('that credentials are refused', async () => {
      const refused = () => open({ client: clientOf(server.url, { ...KEYS, secretAccessKey: 'wrong' }) });
      const message = /refuses these credentials \(403.*AWS_SECRET_ACCESS_KEY/;
      const ref = await open().writeJsonLines({ kind: 'chunks', rows });
      await expect(refused().writeJsonLines({ kind: 'chunks', rows })).rejects.toThrow(message);
      await expect(refused().loadJsonLines(ref)).rejects.toThrow(message);
      await expect(allOf(refused())).rejects.toThrow(message);
      await expect(refused().delete(ref.uri)).rejects.toThrow(message);
      await expect(refused().loadJsonLines(ref)).rejects.toMatchObject({ name: 'ArtifactError' });
    });

    it('that there is no such bucket, or nothing there', async () => {
      const store = open({ location: 's3://no-such-bucket' });
      await expect(store.writeJsonLines({ kind: 'chunks', rows })).rejects.toThrow(
        /no bucket 'no-such-bucket' \(404.*make it/,
      );
      await expect(allOf(store)).rejects.toThrow(/no bucket 'no-such-bucket'/);
      const missing = `s3://${Bucket}/chunks/0123456789ab.jsonl`;
      await expect(open().readText(missing)).rejects.toThrow(`artifact ${missing} can't be read: nothing is there`);
    });

    it('that the server fails, is away, or hangs up, and that trying again may help', async () => {
      const ref = await open().writeJsonLines({ kind: 'chunks', rows });
      const failing = await badly(() => 500);
      const cut = await badly(() => 'cut');
      const away = open({ client: clientOf('http://127.0.0.1:9') });
      for (const [store, why] of [
        [failing, /500 InternalError: a bad day/],
        [cut, /ECONNRESET|socket hang up/],
        [away, /ECONNREFUSED|bad port/],
      ] as const) {
        const read = store.loadJsonLines(ref);
        await expect(read).rejects.toThrow(why);
        await expect(read).rejects.toMatchObject({ name: 'ArtifactsUnreachableError' });
        await expect(read).rejects.toThrow(/can't read s3:.*S3 did not answer after \d tr.*AWS_ENDPOINT_URL/);
      }
    });

    it('that a location is none', () => {
      expect(() => open({ location: 's3://' })).toThrow(/expected s3:\/\/BUCKET\/PREFIX/);
    });
  });
});
