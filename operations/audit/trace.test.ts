import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { registerCandidate } from '../../registry/candidates.ts';
import { openRegistry } from '../../registry/open.ts';
import { openUnderPolicy, promoteVersion } from '../../registry/promote.ts';
import type { Registry } from '../../registry/store.ts';
import { buildDirectly } from '../../test/support/build-directly.ts';
import { fakeEvaluation } from '../../test/support/fake-activities.ts';
import { openIndexStore } from '../../retrieval/store/store.ts';
import { fill, passage } from '../../test/support/index-contract.ts';
import { traceText } from '../../worker/cli/commands/registry/trace.ts';
import { chainOf } from './chain.ts';
import { documentsSeen, sawGone } from './gone.ts';
import { placesOf } from './places.ts';
import { traceDocument } from './trace.ts';

/** A version that saw three documents, of which one is gone and one was changed since. */

const at = '2026-11-26T10:00:00Z';
const policy = { description: '', approvals: 0, evidence: [] };

let root: string;
let registry: Registry;
let store: ArtifactStore;
let close: () => Promise<void>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'whetstone-trace-'));
  const documents = join(root, 'documents');
  const state = join(root, 'state');
  await mkdir(documents);
  const write = (name: string, text: string) =>
    writeFile(
      join(documents, `${name}.md`),
      `# ${name}\n\n${text} A tyre of a city bicycle holds ${name.length} bar.\n`,
    );
  await write('keys', 'A lost shop key must be reported within 24 hours.');
  await write('frames', 'A frame is guaranteed for five years.');
  await write('rotor', 'A bolt of the disc rotor is tightened to 6 newton metres.');
  const build = () =>
    buildDirectly({
      config: { name: 'demo', documents, generation: { target: 20 } },
      state,
      roots: [documents],
      testNeeded: false,
    });
  const built = await build();
  store = createFileStore(built.paths.artifacts);
  ({ registry, close } = await openRegistry({ url: built.paths.registry, policies: { production: policy } }));
  const evaluation = fakeEvaluation(0.5);
  const bytes = Buffer.from(JSON.stringify(evaluation));
  const evidence = await store.addBytes({ kind: 'evidence', bytes, ending: '.json', rows: 1 });
  const gate = { decision: 'promote' as const, suite: 'test', candidate: 'tuned', reasons: ['better'] };
  const { version, baseVersion } = await registerCandidate(registry, {
    runId: 'run',
    config: built.config,
    configHash: 'c'.repeat(64),
    base: { uri: 'file:///base', sha256: 'base' },
    candidate: {
      name: 'tuned',
      trained: { model: { uri: 'file:///tuned', sha256: 'tuned' }, trainSeconds: 1, steps: 1 },
    },
    dataset: built.dataset,
    chunks: built.documents.chunks,
    ...(built.documents.list && { documents: built.documents.list }),
    evaluation,
    gate,
    evidence,
    incumbentVersion: null,
    at,
  });
  const about = { promotionId: 'p', model: 'demo', version, alias: 'production', incumbentVersion: null, baseVersion };
  await openUnderPolicy(registry, { ...about, approvals: 0, evidence, gate, policy, at });
  await promoteVersion(registry, { ...about, by: 'ann', why: 'read them', at });

  await rm(join(documents, 'keys.md'));
  await write('frames', 'A frame is guaranteed for six years.');
  await build();
}, 120_000);
afterAll(async () => {
  await close();
  await rm(root, { recursive: true, force: true });
});

const trace = (document: string) => traceDocument({ registry, store, document, folder: join(root, 'documents') });

describe('a document', () => {
  it('that is gone leads to what saw it, and to what it serves as', async () => {
    const found = await trace('keys');
    expect(found.versions).toMatchObject([
      { model: 'demo', version: 2, candidate: 'tuned', servesAs: ['production'], document: 'keys', since: 'gone' },
    ]);
    const [seen] = found.versions;
    expect(seen?.dataset?.examples['train']).toBeGreaterThan(0);
    expect(seen?.dataset?.first[0]?.question).toMatch(/\?$/);
    // What was built since saw nothing of it.
    expect(found.datasets).toEqual([]);
    expect(traceText(found)).toMatch(/demo@v2 \(tuned\): serves production; saw keys as \w{12}: it is gone/);
  });

  it.each([
    ['frames', 'changed'],
    ['rotor', 'same'],
  ])('%s is told to be %s', async (document, since) => {
    expect((await trace(document)).versions).toMatchObject([{ document, since }]);
  });

  it('is found by its id, its path, and the beginning of its hash', async () => {
    const { versions } = await trace('keys');
    for (const name of ['keys.md', join(root, 'documents', 'keys.md'), versions[0]!.sha256.slice(0, 10)])
      expect((await trace(name)).versions).toEqual(versions);
  });

  it('is found in datasets that no version was made of', async () => {
    expect((await trace('frames')).datasets).toMatchObject([{ examples: { train: expect.any(Number) as number } }]);
  });

  it('is found in the snapshots of indexes', async () => {
    const indexes = await openIndexStore(join(root, 'index.sqlite'));
    const of = (id: string) => passage(`${id}#0`, `of ${id}`);
    await fill(indexes, 'demo', [of('keys'), of('rotor')]);
    await fill(indexes, 'demo', [of('rotor')]);
    const found = await traceDocument({ registry, store, document: 'keys', folder: root, indexes });
    expect(found.indexes).toMatchObject([{ index: 'demo', generation: 1, passages: 1, isNewest: false }]);
    expect(traceText(found)).toMatch(/index demo, snapshot \w{12}: 1 passage$/m);
    await indexes.close();
  });

  it('that nothing saw is an error with the nearest', async () => {
    await expect(trace('keyz')).rejects.toThrow(
      /no version and no dataset saw a document 'keyz'; did you mean 'keys'\?/,
    );
  });
});

describe('a version that saw a document that is gone', () => {
  it('is marked', async () => {
    const links = await chainOf({ registry, store }, { model: 'demo', version: 2, example: null });
    expect(links.find(({ what }) => what === 'version')?.says).toContain('saw a document that is gone: keys');
    const seenBy = documentsSeen({ store, places: placesOf(store) });
    expect(await sawGone(seenBy, await registry.getVersion('demo', 1))).toBeUndefined();
  });
});
