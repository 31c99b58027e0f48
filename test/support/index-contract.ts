import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256Of } from '../../common/hash.ts';
import { openIndexStore, type Asker, type IndexStore } from '../../retrieval/store/store.ts';
import type { Seen } from '../../retrieval/store/documents/seen.ts';
import { searchedText } from '../../retrieval/store/text.ts';
import type { EmbeddingRef, IndexedPassage, IndexRef } from '../../schema/retrieval.ts';
import fc from './property.ts';

/** What any store of indexes does. */

export const EMBEDDING: EmbeddingRef = { provider: 'openai', model: 'embedder', dimensions: 40 };

/** A vector of length one that depends on the text alone. */
export function vectorOf(text: string, dimensions = EMBEDDING.dimensions): Float32Array {
  const values = Array.from({ length: dimensions }, (_, at) => {
    const bytes = createHash('sha256').update(`${at} ${text}`).digest();
    return bytes.readInt32LE(0) / 2 ** 31;
  });
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

export const passage = (id: string, text: string, more: Partial<IndexedPassage> = {}): IndexedPassage => ({
  id,
  documentId: id.split('#')[0]!,
  documentSha256: 'd',
  title: '',
  headings: [],
  text,
  start: 0,
  end: text.length,
  ...more,
});

/** Embeds what has no vector yet, and makes the index say these passages. */
export async function fill(store: IndexStore, name: string, passages: IndexedPassage[], seen?: Seen) {
  const texts = new Map(passages.map((one) => [sha256Of(searchedText(one)), searchedText(one)]));
  const missing = await store.missing(EMBEDDING, [...texts.keys()]);
  const vectors = [...missing].map((textSha256) => ({ textSha256, vector: vectorOf(texts.get(textSha256)!) }));
  await store.keep(EMBEDDING, vectors);
  return store.replace({ name, embedding: EMBEDDING, passages, seen });
}

export function indexContract(create: () => Promise<string>): void {
  let url: string;
  let store: IndexStore;
  beforeEach(async () => {
    url = await create();
    store = await openIndexStore(url);
  });
  afterEach(() => store.close());

  /** Ids of passages, best first. */
  async function found(by: 'words' | 'vectors', index: IndexRef, question: string, asker: Asker = {}, most = 50) {
    const scope = await store.scope(index, asker);
    const ranked = await (by === 'words'
      ? store.byWords(scope, question, most)
      : store.byVectors(scope, vectorOf(question), most));
    const passages = await store.passages(ranked.map(({ id }) => id));
    return ranked.map(({ id }) => passages.get(id)!.id);
  }

  it('finds by words, the rarer word first, in whatever form it stands', async () => {
    const { index } = await fill(store, 'n', [
      passage('a#0', 'The scan is done in the clinic by a midwife.'),
      passage('b#0', 'An anomaly was found.'),
      passage('c#0', 'The scan and the scans and the clinic.'),
      passage('e#0', 'One clinic has no scans today, and another one has none tomorrow, nor the day after.'),
      passage('d#0', 'Nothing of it.', { headings: ['Anomalies'], title: 'Heading' }),
    ]);
    expect(await found('words', index, 'anomaly scans?')).toEqual(['b#0', 'd#0', 'c#0', 'a#0', 'e#0']);
    expect(await found('words', index, 'heading')).toEqual(['d#0']);
    expect(await found('words', index, 'elephant')).toEqual([]);
  });

  it('finds by vectors, nearest first, with the cosine as score', async () => {
    const texts = Array.from({ length: 30 }, (_, i) => `text ${i}`);
    const { index } = await fill(
      store,
      'n',
      texts.map((text, i) => passage(`t${i}#0`, text)),
    );
    const scope = await store.scope(index, {});
    const ranked = await store.byVectors(scope, vectorOf('text 7'), 5);
    expect(ranked).toHaveLength(5);
    expect(ranked[0]!.score).toBeCloseTo(1, 5);
    expect([...(await store.cosines(vectorOf('text 7'), [ranked[0]!.id])).values()][0]).toBeCloseTo(1, 5);
    const kept = await store.vectors(EMBEDDING, [sha256Of('text 7'), sha256Of('none')]);
    expect([...kept].map(([hash, vector]) => [hash, [...vector]])).toEqual([
      [sha256Of('text 7'), [...vectorOf('text 7')]],
    ]);
    const exact = texts
      .map((text, i) => ({ id: `t${i}#0`, cosine: dot(vectorOf(text), vectorOf('text 7')) }))
      .sort((one, other) => other.cosine - one.cosine)
      .map(({ id }) => id);
    expect(await found('vectors', index, 'text 7', {}, 30)).toEqual(exact);
  });

  it('adds, keeps and removes as one snapshot; those of before answer as they did', async () => {
    const [a, b, c] = [passage('a#0', 'apples'), passage('b#0', 'pears'), passage('c#0', 'plums')];
    const first = await fill(store, 'n', [a, b]);
    expect(first).toMatchObject({ added: 2, kept: 0, removed: 0, index: { name: 'n', passages: 2 } });
    const second = await fill(store, 'n', [b, c]);
    expect(second).toMatchObject({ added: 1, kept: 1, removed: 1, index: { passages: 2 } });
    expect(second.index.sha256).not.toBe(first.index.sha256);
    for (const by of ['words', 'vectors'] as const) {
      expect((await found(by, first.index, 'apples pears plums')).toSorted(), by).toEqual(['a#0', 'b#0']);
      expect((await found(by, second.index, 'apples pears plums')).toSorted(), by).toEqual(['b#0', 'c#0']);
    }
    const back = await fill(store, 'n', [b, a]);
    expect(back).toMatchObject({ added: 1, removed: 1, index: first.index });
    expect((await found('words', first.index, 'apples pears plums')).toSorted()).toEqual(['a#0', 'b#0']);
    expect(await fill(store, 'n', [a, b])).toMatchObject({ index: first.index, added: 0, kept: 2, removed: 0 });
  });

  it('scores a snapshot the same, whatever came before, after, and in other indexes', async () => {
    const texts = ['apples and pears', 'apples', 'pears and plums and plums'];
    const passages = texts.map((text, i) => passage(`p${i}#0`, text));
    const scores = async (index: IndexRef) =>
      (await store.byWords(await store.scope(index, {}), 'apples or plums', 9)).map(({ score }) => score.toFixed(9));
    const { index } = await fill(store, 'n', passages);
    const before = await scores(index);
    expect(before).toHaveLength(3);
    const more = Array.from({ length: 20 }, (_, i) => passage(`m${i}#0`, `plums ${i}`));
    await fill(store, 'n', [...more, ...passages]);
    await fill(store, 'other', more);
    expect(await scores(index)).toEqual(before);
    expect(await scores((await fill(store, 'third', passages)).index)).toEqual(before);
  });

  it('removes snapshots with what is in no other, and the others answer as before', async () => {
    const texts = ['apples', 'pears', 'plums', 'figs', 'dates'];
    const states = fc.array(fc.subarray(texts, { minLength: 1 }), { minLength: 2, maxLength: 6 });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(states, fc.infiniteStream(fc.boolean()), async (all, goes) => {
        const name = `index ${++runs}`;
        const own = (text: string) => `${text} of ${runs}`;
        for (const state of all)
          await fill(
            store,
            name,
            state.map((text) => passage(`${text}${runs}#0`, own(text))),
          );
        const mine = (await store.snapshots()).filter(({ index }) => index === name);
        expect(mine.map(({ isNewest }) => isNewest)).toEqual(mine.map((_, i) => i === mine.length - 1));
        const unneeded = mine.filter(() => goes.next().value);
        await store.remove(unneeded);
        const left = mine.filter((one) => one.isNewest || !unneeded.includes(one));
        expect((await store.snapshots()).filter(({ index }) => index === name)).toEqual(left);
        const kept = new Set<string>();
        for (const { index, sha256, passages } of left) {
          const of: IndexRef = { name: index, sha256, passages, embedding: EMBEDDING };
          for (const by of ['words', 'vectors'] as const) {
            const ids = await found(by, of, texts.join(' '));
            expect(ids).toHaveLength(passages);
            for (const id of ids) kept.add(own(id.replace(/\d+#0$/, '')));
          }
        }
        const hashes = new Map(texts.map((text) => [sha256Of(own(text)), own(text)]));
        const missing = await store.missing(EMBEDDING, [...hashes.keys()]);
        expect(
          new Set([...hashes.keys()].filter((hash) => !missing.has(hash)).map((hash) => hashes.get(hash))),
        ).toEqual(kept);
      }),
      { numRuns: 20 },
    );
  });

  it('tells which snapshots have passages of a document', async () => {
    const a = passage('a#0', 'one'),
      b = passage('b#0', 'two');
    const first = await fill(store, 'n', [a, passage('a#1', 'three'), b]);
    await fill(store, 'n', [a, b]);
    await fill(store, 'n', [b]);
    await fill(store, 'm', [a]);
    const holdings = await store.holdings('a');
    expect(
      holdings.map(({ index, generation, passages, isNewest }) => [index, generation, passages, isNewest]),
    ).toEqual([
      ['m', 1, 1, true],
      ['n', 1, 2, false],
      ['n', 2, 1, false],
    ]);
    expect(holdings[1]?.sha256).toBe(first.index.sha256);
    expect(await store.holdings('none')).toEqual([]);
    await store.withdraw('a');
    expect(await store.holdings('a')).toEqual([]);
  });

  it('withdraws a document from all that was ever said, in all indexes, and tells how much it was', async () => {
    const passages = [passage('a#0', 'apples'), passage('a#1', 'more apples'), passage('b#0', 'apples, too')];
    const first = await fill(store, 'n', passages);
    await fill(store, 'n', passages.slice(1));
    const other = await fill(store, 'm', passages.slice(0, 1));
    expect(await store.withdraw('a')).toEqual({ passages: 3, indexes: ['m', 'n'] });
    for (const by of ['words', 'vectors'] as const) {
      expect(await found(by, first.index, 'apples'), by).toEqual(['b#0']);
      expect(await found(by, other.index, 'apples'), by).toEqual([]);
    }
    expect(await store.withdraw('a')).toEqual({ passages: 0, indexes: [] });
    expect(await store.missing(EMBEDDING, [sha256Of('apples'), sha256Of('apples, too')])).toEqual(
      new Set([sha256Of('apples')]),
    );
    const again = await fill(store, 'n', passages.slice(2));
    expect(again).toMatchObject({ added: 0, kept: 1, removed: 0, index: { passages: 1 } });
  });

  /** Documents that were found in a folder, and those of it that were not any more. */
  async function seenIn(folder: string, passages: readonly IndexedPassage[]): Promise<Seen> {
    const present = passages.map(({ documentId, documentSha256: sha256, groups, validUntil }) => {
      const where = { location: `${folder}/${documentId}.md`, source: `file:${folder}` };
      const labels = { ...(groups && { groups }), ...(validUntil !== undefined && { validUntil }) };
      return { id: documentId, ...where, sha256, ...labels };
    });
    const known = (await store.documents('n')).filter(({ source }) => source === `file:${folder}`);
    const gone = known.filter(({ location }) => !present.some((one) => one.location === location));
    return { present, gone: gone.map(({ id }) => id) };
  }
  const read = async (folder: string, passages: IndexedPassage[]) =>
    fill(store, 'n', passages, await seenIn(folder, passages));

  it('answers from no document that is gone, in no snapshot, tells how much that is, and does so again when it is back', async () => {
    const [a, b] = [passage('a#0', 'apples'), passage('b#0', 'more apples', { documentSha256: 'e' })];
    const first = await read('docs', [a, b]);
    const second = await read('docs', [b]);
    expect(second).toMatchObject({ removed: 1, gone: { documents: ['a'], passages: 1 } });
    for (const by of ['words', 'vectors'] as const) expect(await found(by, first.index, 'apples'), by).toEqual(['b#0']);
    const nothing = { gone: 0, narrowed: 0, erased: 0, documents: { gone: [], narrowed: [] } };
    const told = { ...nothing, passages: 2, gone: 1, documents: { gone: ['a'], narrowed: [] } };
    expect(await store.withheld(first.index)).toEqual(told);
    expect(await store.withheld(second.index)).toEqual({ ...nothing, passages: 1 });
    expect((await store.holdings('a')).map(({ passages, withheld }) => [passages, withheld])).toEqual([[1, 1]]);

    expect((await read('docs', [b])).gone).toEqual({ documents: [], passages: 0 });
    expect((await read('docs', [a, b])).index).toEqual(first.index);
    expect((await found('words', first.index, 'apples')).toSorted()).toEqual(['a#0', 'b#0']);
    await store.withdraw('a');
    expect(await store.withheld(first.index)).toEqual({ ...nothing, passages: 2, erased: 1 });
    expect((await store.documents('n')).map(({ name }) => name)).toEqual(['b']);
  });

  it('keeps apart what two folders have under one id, and follows a file that was moved', async () => {
    const a = passage('a#0', 'apples');
    const one = await read('one', [a]);
    const two = await read('two', [{ ...a, groups: ['staff'] }]);
    expect(await found('words', one.index, 'apples')).toEqual(['a#0']);
    expect(await read('two', [])).toMatchObject({ gone: { documents: ['a'], passages: 1 } });
    expect(await found('words', one.index, 'apples')).toEqual(['a#0']);
    expect(await found('words', two.index, 'apples', { groups: ['staff'] })).toEqual([]);

    const moved = passage('b#0', 'apples', { groups: ['board'] });
    expect(await read('one', [moved])).toMatchObject({ removed: 0, gone: { documents: [], passages: 0 } });
    expect(await found('words', one.index, 'apples')).toEqual([]);
    expect(await found('words', one.index, 'apples', { groups: ['board'] })).toEqual(['a#0']);
    expect(await store.withheld(one.index)).toMatchObject({ gone: 0, narrowed: 1, documents: { narrowed: ['b'] } });
    expect((await read('one', [])).gone).toEqual({ documents: ['b'], passages: 2 });
    expect(await found('words', one.index, 'apples', { groups: ['board'] })).toEqual([]);
  });

  it('knows of an index that was filled before it knew where documents are', async () => {
    const [a, b] = [passage('a#0', 'apples'), passage('b#0', 'pears', { documentSha256: 'e' })];
    const before = await fill(store, 'n', [a, b]);
    expect(await read('docs', [a, b])).toMatchObject({ index: before.index, kept: 2 });
    await read('docs', [b]);
    expect(await found('words', before.index, 'apples pears')).toEqual(['b#0']);
  });

  it('shows of any snapshot what it said and its documents still say, to whoever both name', async () => {
    const groups = fc.constantFrom<(string[] | undefined)[]>(undefined, ['x'], ['y'], ['x', 'y']);
    const validUntil = fc.constantFrom(undefined, '2026-01-31', '2026-02-28');
    const document = fc.option(fc.record({ groups, validUntil, text: fc.constantFrom('apples', 'more apples') }));
    const states = fc.array(fc.record({ a: document, b: document }), { minLength: 1, maxLength: 5 });
    const askers: Asker[] = [{}, { groups: ['x'] }, { groups: ['y'] }, { groups: ['z', 'x', 'y'] }];
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(states, async (all) => {
        const folder = `run${++runs}`;
        const said: { index: IndexRef; passages: IndexedPassage[] }[] = [];
        for (const state of all) {
          const passages = Object.entries(state).flatMap(([id, one]) => {
            if (!one) return [];
            const labels = {
              ...(one.groups && { groups: one.groups }),
              ...(one.validUntil !== undefined && { validUntil: one.validUntil }),
            };
            const name = `${folder}-${id}`;
            return passage(`${name}#0`, one.text, { documentSha256: `${name} ${one.text}`, ...labels });
          });
          said.push({ index: (await read(folder, passages)).index, passages });
        }
        const latest = new Map(said.at(-1)!.passages.map((one) => [one.documentId, one]));
        for (const { index, passages } of said) {
          for (const [i, asker] of askers.entries()) {
            const today = i % 2 === 0 ? '2026-02-01' : '2026-01-01';
            const mine = (labels: string[] | undefined) => !labels || labels.some((one) => asker.groups?.includes(one));
            const both = (one: string[] | undefined, other: string[] | undefined) =>
              one && other ? mine(one.filter((name) => other.includes(name))) : mine(one) && mine(other);
            const expected = passages
              .filter(({ documentId, groups: then, validUntil: until = '9999' }) => {
                const now = latest.get(documentId);
                return now && both(then, now.groups) && until >= today && (now.validUntil ?? '9999') >= today;
              })
              .map(({ id }) => id);
            const got = await found(i < 2 ? 'words' : 'vectors', index, 'apples', { ...asker, today });
            expect(got.toSorted(), JSON.stringify({ all, asker, today })).toEqual(expected.toSorted());
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('shows a passage with groups to those of one of them only, and none after its day', async () => {
    const { index } = await fill(store, 'n', [
      passage('all#0', 'apples for all'),
      passage('staff#0', 'apples for staff', { groups: ['staff', 'board'] }),
      passage('board#0', 'apples for the board', { groups: ['board'] }),
      passage('old#0', 'apples of before', { validUntil: '2025-12-31' }),
    ]);
    const asked = [
      [{ today: '2026-01-01' }, ['all#0']],
      [{ today: '2025-12-31' }, ['all#0', 'old#0']],
      [{}, ['all#0', 'old#0']],
      [{ groups: ['staff'], today: '2026-01-01' }, ['all#0', 'staff#0']],
      [{ groups: ['board', 'x'], today: '2026-01-01' }, ['all#0', 'board#0', 'staff#0']],
      [{ groups: ['x'], today: '2026-01-01' }, ['all#0']],
    ] as const;
    for (const [asker, expected] of asked) {
      for (const by of ['words', 'vectors'] as const) {
        const asking: Asker = { ...asker };
        expect((await found(by, index, 'apples', asking)).toSorted(), JSON.stringify(asker)).toEqual(expected);
      }
    }
  });

  it('finds as many as were asked for where one of a thousand may be seen', async () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      passage(`p${i}#0`, `apples number ${i}`, i % 1000 === 999 ? { groups: ['few'] } : { groups: ['many'] }),
    );
    const { index } = await fill(store, 'n', many);
    const expected = ['p1999#0', 'p2999#0', 'p999#0'];
    for (const by of ['words', 'vectors'] as const)
      expect((await found(by, index, 'apples', { groups: ['few'] }, 3)).toSorted(), by).toEqual(expected);
  });

  it('refuses another embedding model by name, and a snapshot that is not there', async () => {
    const { index } = await fill(store, 'n', [passage('a#0', 'apples')]);
    const other: EmbeddingRef = { ...EMBEDDING, model: 'other' };
    const refused =
      "index 'n': its vectors were made by openai embedder (40 numbers), found openai other (40 numbers); vectors of two models can't be compared. Fix: set retrieval.embedding back, or give the index another name under retrieval.index";
    await expect(store.check('n', other)).rejects.toThrow(refused);
    await expect(store.scope({ ...index, embedding: other }, {})).rejects.toThrow(refused);
    await expect(store.replace({ name: 'n', embedding: other, passages: [] })).rejects.toThrow(refused);
    await store.check('n', { ...EMBEDDING, baseUrl: 'http://elsewhere' });
    const gone = { ...index, sha256: 'f'.repeat(64) };
    await expect(store.scope(gone, {})).rejects.toThrow("index 'n': snapshot ffffffffffff is not here. Fix: ");
    await expect(store.scope({ ...index, name: 'm' }, {})).rejects.toThrow("index 'm': snapshot ");
  });

  it('holds what each of two writers said, as snapshots of their own', async () => {
    const other = await openIndexStore(url);
    const sets = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) =>
      Array.from({ length: 20 }, (_, i) => passage(`${name}#${i}`, `${name} apples ${i}`)),
    );
    const made = await Promise.all(sets.map((set, i) => fill(i % 2 === 0 ? store : other, 'n', set)));
    expect(new Set(made.map(({ index }) => index.sha256)).size).toBe(sets.length);
    for (const [at, { index }] of made.entries()) {
      const ids = await found('words', index, 'apples');
      expect(ids.toSorted()).toEqual(sets[at]!.map(({ id }) => id).toSorted());
    }
    await other.close();
  });

  it('takes any text and any question, and an index may be empty', async () => {
    const empty = await fill(store, 'empty', []);
    expect(empty).toMatchObject({ added: 0, index: { passages: 0 } });
    for (const by of ['words', 'vectors'] as const) expect(await found(by, empty.index, 'apples')).toEqual([]);
    const odd = ['', ' ', '"', `it's "quoted" AND NOT (x) NEAR/2 *`, '子宮内膜症', '🙂', 'x'.repeat(5000), '\0nul'];
    const { index } = await fill(
      store,
      'odd',
      odd.map((text, i) => passage(`o${i}#0`, text)),
    );
    expect(index.passages).toBe(odd.length);
    expect(await found('words', index, '"quoted" OR')).toEqual(['o3#0']);
    expect(await found('words', index, '子宮内膜症')).toEqual(['o4#0']);
    const asked = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', "'", '*', '(', ')', ':', '^', '-', '\\', '&', '|', '!', ' AND ', 'a') }),
    );
    await fc.assert(
      fc.asyncProperty(asked, async (question) => {
        expect(Array.isArray(await found('words', index, question))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
