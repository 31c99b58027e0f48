import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ArtifactStore, StoredArtifact } from '../../artifacts/store.ts';
import { sha256Of } from '../../common/hash.ts';
import { DataRefSchema } from '../../schema/data.ts';

/** A store in an empty place, and that place behind its back. */
export interface StoreUnderTest {
  store: ArtifactStore;
  /** The same place as another machine sees it, with no local copy. */
  elsewhere: () => ArtifactStore;
  /** Puts other content where a file lies. */
  replace: (uri: string, content: string) => Promise<void>;
  remove: (uri: string) => Promise<void>;
  /** Every file's name in the place, what is unfinished included. */
  places: () => Promise<string[]>;
}

export async function allOf(store: ArtifactStore, kind?: string): Promise<StoredArtifact[]> {
  const found: StoredArtifact[] = [];
  for await (const artifact of store.list(kind)) found.push(artifact);
  return found.sort((a, b) => (a.uri < b.uri ? -1 : 1));
}

/** What every store promises. `open` makes an empty place. */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  let folder: string;
  let place: StoreUnderTest;
  let store: ArtifactStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contract-'));
    place = await open();
    ({ store } = place);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const makeFolder = async (name: string, weights: string) => {
    const path = join(folder, name);
    await mkdir(join(path, 'sub'), { recursive: true });
    await writeFile(join(path, 'sub', 'weights.bin'), weights);
    await writeFile(join(path, 'config.json'), '{}');
    return path;
  };

  describe(`${name}: JSON lines`, () => {
    const rows = [{ a: 1 }, { a: 2, text: 'naïve 月经\u2028next\n"quoted" \ud83e\ude78' }];

    it('come back as they were written, here and elsewhere, from a file named by their hash', async () => {
      const ref = await store.writeJsonLines({ kind: 'chunks', rows });
      expect(DataRefSchema.parse(ref).rows).toBe(2);
      expect(ref.uri).toMatch(new RegExp(`/chunks/${ref.sha256.slice(0, 12)}\\.jsonl$`));
      expect(await store.loadJsonLines(ref)).toEqual(rows);
      expect(await place.elsewhere().loadJsonLines(ref)).toEqual(rows);
    });

    it('give the same reference when written twice, at once, from a generator and from elsewhere', async () => {
      async function* generated() {
        yield* rows;
      }
      const refs = await Promise.all([
        store.writeJsonLines({ kind: 'chunks', rows }),
        store.writeJsonLines({ kind: 'chunks', rows: generated() }),
        place.elsewhere().writeJsonLines({ kind: 'chunks', rows }),
      ]);
      expect(new Set(refs.map((ref) => JSON.stringify(ref))).size).toBe(1);
      expect(await place.places()).toHaveLength(1);
      expect(await place.elsewhere().loadJsonLines(refs[0])).toEqual(rows);
    });

    it('may be none', async () => {
      const ref = await store.writeJsonLines({ kind: 'chunks', rows: [] });
      expect([ref.rows, await place.elsewhere().loadJsonLines(ref)]).toEqual([0, []]);
    });

    it('are refused when they were changed, naming the place and both hashes', async () => {
      const ref = await store.writeJsonLines({ kind: 'chunks', rows });
      await place.replace(ref.uri, '{}\n');
      await expect(place.elsewhere().loadJsonLines(ref)).rejects.toThrow(
        /\w{12}\.jsonl was changed.*found sha256 \w{64}, expected/,
      );
      await expect(place.elsewhere().loadJsonLines(ref, undefined, { from: 0, to: 1 })).rejects.toThrow(/was changed/);
      await expect(place.elsewhere().writeJsonLines({ kind: 'chunks', rows })).rejects.toThrow(/was changed/);
      expect(await place.places()).toHaveLength(1);
    });

    it('are refused when they are gone', async () => {
      const ref = await store.writeJsonLines({ kind: 'chunks', rows });
      await place.remove(ref.uri);
      await expect(place.elsewhere().loadJsonLines(ref)).rejects.toThrow(/can't be read.*stage that makes it again/s);
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
      expect(await place.places()).toEqual([]);
    });

    it('are read in ranges, and no other line is parsed', async () => {
      const five = Array.from({ length: 5 }, (_, n) => ({ n: n === 0 || n === 4 ? 'no number' : n }));
      const ref = await store.writeJsonLines({ kind: 'rows', rows: five });
      const schema = z.object({ n: z.number() });
      const other = place.elsewhere();
      expect(await other.loadJsonLines(ref, schema, { from: 1, to: 3 })).toEqual([{ n: 1 }, { n: 2 }]);
      expect(await other.loadJsonLines(ref, schema, { from: 1, to: 1 })).toEqual([]);
      await expect(other.loadJsonLines(ref, schema, { from: 3, to: 9 })).rejects.toThrow(/:5: not what was expected/);
    });
  });

  describe(`${name}: files`, () => {
    it('are kept by content, with their ending, from bytes and from a file', async () => {
      await writeFile(join(folder, 'report.parquet'), 'PAR1');
      const file = await store.addFile({ kind: 'results', path: join(folder, 'report.parquet'), rows: 7 });
      const bytes = await store.addBytes({ kind: 'results', bytes: Buffer.from('PAR1'), ending: '.parquet', rows: 7 });
      expect(file).toEqual(bytes);
      expect([file.rows, file.sha256]).toEqual([7, sha256Of('PAR1')]);
      const local = await place.elsewhere().localFile(file);
      expect([basename(local).endsWith('.parquet'), await readFile(local, 'utf8')]).toEqual([true, 'PAR1']);
      expect(await place.elsewhere().readText(file.uri)).toBe('PAR1');
    });

    it('are refused when they are missing, or their kind leaves the place or reads as a hash', async () => {
      const missing = store.addFile({ kind: 'models', path: join(folder, 'none') });
      await expect(missing).rejects.toThrow(/can't keep .*none/);
      await expect(store.writeJsonLines({ kind: '../up', rows: [] })).rejects.toThrow(/kind '..\/up'/);
      await expect(store.writeJsonLines({ kind: 'a/0123456789ab', rows: [] })).rejects.toThrow(/reads as a hash/);
      await expect(store.localFile({ uri: 'gs://bucket/key', sha256: '' })).rejects.toThrow(/found gs:, expected/);
      expect(await place.places()).toEqual([]);
    });

    it('of this machine are read by any store', async () => {
      const path = join(folder, 'own.txt');
      await writeFile(path, 'mine');
      expect(await store.localFile({ uri: `file://${path}`, sha256: sha256Of('mine') })).toBe(path);
      expect(await store.localFolder(`file://${folder}`)).toBe(folder);
    });
  });

  describe(`${name}: folders`, () => {
    it('have one hash over names and contents, wherever they lay, and come back whole', async () => {
      const one = await store.addFolder({ kind: 'models', path: await makeFolder('one', 'w') });
      const same = await place.elsewhere().addFolder({ kind: 'models', path: await makeFolder('two', 'w') });
      const other = await store.addFolder({ kind: 'models', path: await makeFolder('three', 'v') });
      expect(one).toEqual(same);
      expect(one.rows).toBe(2);
      expect(other.sha256).not.toBe(one.sha256);
      const local = await place.elsewhere().localFolder(one.uri);
      expect(await readFile(join(local, 'sub', 'weights.bin'), 'utf8')).toBe('w');
      expect(await readFile(join(local, 'config.json'), 'utf8')).toBe('{}');
    });

    it('are the same whether a copy of them stays here or not', async () => {
      const path = await makeFolder('one', 'w');
      const sent = await store.addFolder({ kind: 'models', path, localCopy: false });
      expect(await place.elsewhere().addFolder({ kind: 'models', path })).toEqual(sent);
      await rm(path, { recursive: true });
      const local = await place.elsewhere().localFolder(sent.uri);
      expect(await readFile(join(local, 'sub', 'weights.bin'), 'utf8')).toBe('w');
    });

    it('have files that can be read one by one', async () => {
      const { uri } = await store.addFolder({ kind: 'models', path: await makeFolder('one', 'w') });
      const file = { uri: `${uri}/sub/weights.bin`, sha256: sha256Of('w') };
      const other = place.elsewhere();
      expect(await readFile(await other.localFile(file), 'utf8')).toBe('w');
      expect(await other.readText(`${uri}/config.json`)).toBe('{}');
      await place.replace(file.uri, 'x');
      await expect(place.elsewhere().localFile(file)).rejects.toThrow(/was changed/);
    });

    it('hold what links point at', async () => {
      const path = await makeFolder('one', 'w');
      await symlink(join(path, 'config.json'), join(path, 'link.json'));
      const kept = await store.addFolder({ kind: 'models', path });
      await rm(path, { recursive: true });
      const local = await place.elsewhere().localFolder(kept.uri);
      expect(await readFile(join(local, 'link.json'), 'utf8')).toBe('{}');
    });

    const write = (to: ArtifactStore, text: string) =>
      to.writeFolder({
        kind: 'datasets/acme',
        fill: async (path) => {
          await mkdir(join(path, 'sub'));
          await writeFile(join(path, 'sub', 'rows.jsonl'), text);
          return '0123456789ab';
        },
      });

    it('under a name stay as the first writer wrote them', async () => {
      const first = await write(store, 'w');
      expect(await write(place.elsewhere(), 'v')).toEqual(first);
      const named = { kind: 'datasets/acme', path: await makeFolder('one', 'w'), name: '0123456789ab' };
      expect(await place.elsewhere().addFolder(named)).toEqual(first);
      const local = await place.elsewhere().localFolder(first.uri);
      expect(await readFile(join(local, 'sub', 'rows.jsonl'), 'utf8')).toBe('w');
      expect((await allOf(store)).filter(({ state }) => state === 'whole')).toHaveLength(1);
    });

    it('under a name, written differently at once, are one of them and whole', async () => {
      const refs = await Promise.all(['w', 'v', 'u'].map((text) => write(place.elsewhere(), text)));
      expect(new Set(refs.map(({ uri }) => uri)).size).toBe(1);
      const local = await place.elsewhere().localFolder(refs[0]!.uri);
      const text = await readFile(join(local, 'sub', 'rows.jsonl'), 'utf8');
      expect(['w', 'v', 'u']).toContain(text);
    });

    it('are not there when what fills them fails', async () => {
      const failed = store.writeFolder({
        kind: 'datasets/acme',
        fill: async (path) => {
          await writeFile(join(path, 'half'), 'x');
          throw new Error('disk full');
        },
      });
      await expect(failed).rejects.toThrow('disk full');
      expect(await place.places()).toEqual([]);
    });

    it('are refused when they are empty, missing, or named by no hash', async () => {
      await mkdir(join(folder, 'empty'));
      await expect(store.addFolder({ kind: 'models', path: join(folder, 'empty') })).rejects.toThrow(/no files/);
      await expect(store.addFolder({ kind: 'models', path: join(folder, 'none') })).rejects.toThrow(
        /can't keep .*none/,
      );
      for (const name of ['empty', 'none'])
        await expect(store.addFolder({ kind: 'models', path: join(folder, name), localCopy: false })).rejects.toThrow(
          /can't keep/,
        );
      const named = store.addFolder({ kind: 'models', path: await makeFolder('one', 'w'), name: 'v1' });
      await expect(named).rejects.toThrow(/name 'v1': expected the first 12 hex digits/);
      expect(await place.places()).toEqual([]);
    });
  });

  describe(`${name}: listing and deletion`, () => {
    it('tell kind, name, bytes and time of all that is there, or of one kind', async () => {
      const before = Date.now() - 60_000;
      const file = await store.addBytes({ kind: 'results', bytes: Buffer.from('PAR1'), ending: '.parquet' });
      const model = await store.addFolder({ kind: 'models/acme', path: await makeFolder('one', 'weights') });
      const found = await allOf(place.elsewhere());
      expect(found).toMatchObject([
        { uri: model.uri, kind: 'models/acme', name: model.sha256.slice(0, 12), state: 'whole' },
        { uri: file.uri, kind: 'results', name: file.sha256.slice(0, 12), bytes: 4, state: 'whole' },
      ]);
      expect(found[0]!.bytes).toBeGreaterThanOrEqual('weights{}'.length);
      for (const { writtenAt } of found) expect(Date.parse(writtenAt)).toBeGreaterThan(before);
      expect(await allOf(store, 'models')).toEqual(found.slice(0, 1));
      expect(await allOf(store, 'model')).toEqual([]);
      expect(await allOf(store, 'results')).toEqual(found.slice(1));
    });

    it('delete files and whole folders, and nothing twice', async () => {
      const file = await store.addBytes({ kind: 'results', bytes: Buffer.from('PAR1'), ending: '.parquet' });
      const model = await store.addFolder({ kind: 'models/acme', path: await makeFolder('one', 'w') });
      for (const { uri } of [file, model, file, model]) await store.delete(uri);
      expect([await allOf(store), await place.places()]).toEqual([[], []]);
      await expect(place.elsewhere().localFile(file)).rejects.toThrow(/can't be read/);
      await expect(place.elsewhere().localFolder(model.uri)).rejects.toThrow(/can't be read/);
    });

    it('delete nothing that is not theirs', async () => {
      const path = join(folder, 'own.txt');
      await appendFile(path, 'mine');
      await expect(store.delete(`file://${path}`)).rejects.toThrow(/no artifact/);
      const { uri } = await store.addFolder({ kind: 'models/acme', path: await makeFolder('one', 'w') });
      await expect(store.delete(`${uri}/config.json`)).rejects.toThrow(/no artifact/);
      await expect(store.delete(uri.slice(0, uri.indexOf('/models') + '/models'.length))).rejects.toThrow(
        /no artifact/,
      );
      expect(await readFile(path, 'utf8')).toBe('mine');
      expect(await allOf(store)).toHaveLength(1);
    });

    it('write again what was deleted', async () => {
      const ref = await store.writeJsonLines({ kind: 'chunks', rows: [1] });
      await store.delete(ref.uri);
      expect(await store.writeJsonLines({ kind: 'chunks', rows: [1] })).toEqual(ref);
      expect(await place.elsewhere().loadJsonLines(ref)).toEqual([1]);
    });
  });
}
