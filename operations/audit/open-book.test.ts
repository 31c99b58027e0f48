import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import type { LoggedAnswer } from '../../schema/answer-log.ts';
import { openIndexStore } from '../../retrieval/store/store.ts';
import { fill, passage } from '../../test/support/index-contract.ts';
import { openBookOf } from '../../test/support/open-book.ts';
import { citedLinks, indexLinks, loggedAnswer, loggedLines } from './open-book.ts';
import { withheldLines } from './withheld.ts';

let folder: string;
let store: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-cited-'));
  store = createFileStore(join(folder, 'artifacts'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const TEXT = 'A cycle takes 28 days. Teenagers have longer ones.';
const chunk = {
  id: 'cycle.md#0',
  documentId: 'cycle.md',
  index: 0,
  title: 'Cycle',
  headings: [],
  start: 100,
  end: 150,
  text: TEXT,
  tokens: 12,
};
const logged: LoggedAnswer = {
  id: 'ans-demo.1..1.x.y.z',
  at: '2026-11-26T10:00:00Z',
  model: 'demo',
  version: 1,
  outcome: 'quoted',
  ms: 12,
  steps: [
    { name: 'rewrite', ms: 0 },
    { name: 'select', ms: 7, tokens: 6, said: ['1 of 2 left out, over the budget of 6 tokens'] },
  ],
  index: { name: 'womens-health', sha256: 'a'.repeat(64) },
  citations: [{ passageId: 'cycle.md#0', start: 100, end: 122, score: 0.8123, place: 'page 3' }],
  key: '0a1b',
};
const weights = { uri: 'file:///w', sha256: 'w' };
const version = { openBook: openBookOf(), ref: weights } as ModelVersion;
const cited = (of: ModelVersion, line = logged) =>
  citedLinks({ logged: line, version: of, store, places: (uri) => Promise.resolve(uri) });

it('an answer is followed to its passage and document, word for word', async () => {
  const chunks = await store.writeJsonLines({ kind: 'chunks', rows: [chunk, { ...chunk, id: 'other#0' }] });
  const documents = await store.writeJsonLines({
    kind: 'documents',
    rows: [{ id: 'cycle.md', title: 'The cycle', sha256: 'd'.repeat(64), uri: 'file:///docs/cycle.md' }],
  });
  const made = { configHash: 'c', dataset: { uri: 'x', sha256: 'x' }, incumbentVersion: null, chunks, documents };
  const links = await cited({ ...version, made });
  expect(links.map(({ what, name }) => `${what} ${name}`)).toEqual([
    'index womens-health, as this answer searched it',
    'passage cycle.md#0',
    'document cycle.md',
  ]);
  expect(links[1]?.says).toEqual(['page 3, characters 100 to 122, score 0.812', 'A cycle takes 28 days.']);
  await expect(links[1]?.check?.()).resolves.toBeUndefined();
  const [, other] = await cited(
    { ...version, made },
    { ...logged, citations: [{ ...logged.citations![0]!, passageId: 'cycle.md#9' }, logged.citations![0]!] },
  );
  await expect(other?.check?.()).rejects.toThrow('among the passages');
  expect(links[2]).toMatchObject({ sha256: 'd'.repeat(64), where: 'file:///docs/cycle.md', says: ['The cycle'] });
});

it('where nothing was written down, it says so', async () => {
  const [, passage, document] = await cited(version);
  expect(passage?.says[1]).toMatch(/its text is in the index alone/);
  expect(document).toMatchObject({
    what: 'document',
    name: 'cycle.md',
    says: [expect.stringContaining('not written down')],
  });
});

it('a line that names another snapshot than the version is found out', async () => {
  const [holds] = await cited(version);
  await expect(holds?.check?.()).resolves.toBeUndefined();
  const [broken] = await cited({
    ...version,
    openBook: openBookOf({ index: { ...openBookOf().index, sha256: 'c'.repeat(64) } }),
  });
  await expect(broken?.check?.()).rejects.toThrow("the version's snapshot: found aaaa");
});

it('the log is read line by line, and what a crash cut short is passed over', async () => {
  const file = join(folder, 'answers.jsonl');
  const other = { ...logged, id: 'another', steps: [] };
  await writeFile(file, `${JSON.stringify(other)}\n{"id":"${logged.id}","at\n${JSON.stringify(logged)}\n`);
  expect(await loggedAnswer(file, logged.id)).toEqual(logged);
  expect(await loggedAnswer(file, 'none')).toBeUndefined();
  expect(await loggedAnswer(join(folder, 'nothing'), logged.id)).toBeUndefined();
  expect(await loggedAnswer(undefined, logged.id)).toBeUndefined();
  expect(loggedLines(logged)).toEqual([
    'quoted in 12 ms, asked with key 0a1b',
    'rewrite: 0 ms',
    'select: 7 ms; 6 tokens; 1 of 2 left out, over the budget of 6 tokens',
  ]);
});

it('a version is followed to the snapshot of its index', () => {
  expect(indexLinks({ ref: weights })).toEqual([]);
  const [quoting] = indexLinks({ ...version, ref: { kind: 'quote', sentences: 3, rule: 1 } });
  expect(quoting?.says[1]).toMatch(/^quotes 3 sentences at most, the nearest with a cosine of 0\.25/);
  const examples = [{ question: 'Q?', asked: 'P Q?', answered: 'A.' }];
  const [prompted] = indexLinks({ ref: weights, openBook: openBookOf({ examples }) });
  expect(prompted?.says[2]).toBe('shows its model 1 examples first');
  expect(indexLinks(version)).toMatchObject([
    {
      what: 'index',
      name: 'womens-health',
      sha256: 'a'.repeat(64),
      says: [expect.stringContaining('12 passages'), expect.any(String)],
    },
  ]);
});

it('a version says which of its documents it does not answer from any more, and what can not be told', async () => {
  const indexes = await openIndexStore(':memory:');
  onTestFinished(() => indexes.close());
  const passages = ['pay', 'leave', 'plan', 'old'].map((name) => passage(`${name}#0`, `On ${name}.`));
  const present = passages.map(({ documentId: id }) => ({
    id,
    location: `docs/${id}.md`,
    source: 'file:docs',
    sha256: id,
  }));
  const { index } = await fill(indexes, 'handbook', passages, { present, gone: [] });
  const ofIndex = { openBook: { ...openBookOf(), index } };
  expect(await withheldLines(indexes, ofIndex)).toEqual([]);
  const [pay, leave, plan, old] = present;
  await fill(indexes, 'handbook', passages.slice(2), {
    present: [{ ...plan!, groups: ['board'] }, old!],
    gone: (await indexes.documents('handbook'))
      .filter(({ name }) => [pay!.id, leave!.id].includes(name))
      .map(({ id }) => id),
  });
  await indexes.withdraw('old');
  expect(await withheldLines(indexes, ofIndex)).toEqual([
    'answers no more from 2 of its 4 passages, as documents are gone: leave, pay',
    'shows 1 of its 4 passages to fewer, or until an earlier day, as labels say now: plan',
    '1 of its 4 passages was erased',
  ]);
  expect(await withheldLines(indexes, version)).toEqual([
    expect.stringMatching(/^what it still answers from is not known: index '.*': snapshot a+ is not here/),
  ]);
  expect(await withheldLines(undefined, ofIndex)).toEqual([]);
});
