import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { sha256Of } from '../../common/hash.ts';
import type { NewVersion } from '../../registry/versions.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { openBookOf } from '../../test/support/open-book.ts';
import { deleteUnneeded, planCleanUp, type Needs } from './clean-up.ts';
import { namesIn, namesOfRegistry } from './needs.ts';
import { planSnapshots, snapshotsOfRegistry } from './snapshots.ts';

const NOW = new Date('2026-11-26T12:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
const MODEL = 'demo';
const said = { by: 'ada', why: 'better', at: NOW.toISOString() };

let folder: string;
let store: ArtifactStore;
let open: OpenRegistry;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clean-up-'));
  store = createFileStore(join(folder, 'artifacts'));
  const policies = { production: { description: '', approvals: 0, evidence: [] } };
  open = await openRegistry({ url: join(folder, 'registry.db'), policies });
});
afterEach(async () => {
  await open.close();
  await rm(folder, { recursive: true, force: true });
});

async function aged<Ref extends { uri: string }>(ref: Ref, days: number): Promise<Ref> {
  const then = new Date(NOW.getTime() - days * DAY_MS);
  await utimes(fileURLToPath(ref.uri), then, then);
  return ref;
}

const OLD = 90;
const rows = async (kind: string, text: string, days = OLD) =>
  aged(await store.writeJsonLines({ kind, rows: [text] }), days);

async function folderOf(kind: string, files: Record<string, string>, days = OLD) {
  const path = join(folder, 'made');
  await mkdir(path);
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  const ref = await store.addFolder({ kind, path });
  await rm(path, { recursive: true });
  return aged(ref, days);
}

const nameOf = ({ uri }: { uri: string }) => uri.slice(uri.lastIndexOf('/') + 1).split('.')[0]!;

/** A version as a run leaves it: weights with a card, a dataset, and evidence that names the results. */
async function register(candidate: string, more: Pick<NewVersion, 'gate' | 'made' | 'openBook'> = {}) {
  const dataset = await folderOf(`datasets/${MODEL}`, { 'manifest.json': JSON.stringify({ of: candidate }) });
  const weights = await folderOf(`models/${MODEL}`, { 'model.safetensors': candidate, 'README.md': 'A card.' });
  const results = await rows('results', candidate);
  const bytes = Buffer.from(JSON.stringify({ models: { [candidate]: weights.sha256 }, suites: [{ results }] }));
  const evidence = await aged(await store.addBytes({ kind: 'evidence', bytes, ending: '.json' }), OLD);
  const { version } = await open.registry.registerVersion({
    model: MODEL,
    candidate,
    runId: candidate,
    base: 'tiny-llama',
    ref: { uri: weights.uri, sha256: sha256Of(candidate) },
    systemPrompt: '',
    sampling: { temperature: 0, maxTokens: 96 },
    datasetVersion: nameOf(dataset),
    evidence: { uri: evidence.uri, sha256: evidence.sha256 },
    ...more,
    at: said.at,
  });
  return { version, dataset, weights, results, evidence };
}

const ask = (id: string, version: number, expectedVersion: number | null) =>
  open.registry.openPromotion({
    id,
    model: MODEL,
    version,
    alias: 'production',
    expectedVersion,
    gateDecision: 'promote',
    reasons: [],
    approvalsNeeded: 0,
    at: said.at,
  });

async function promote(version: number, expectedVersion: number | null) {
  const promotionId = `p${version}`;
  if (expectedVersion !== null) await ask(promotionId, version, expectedVersion);
  const kind = expectedVersion === null ? 'bootstrap' : 'promote';
  const request = {
    model: MODEL,
    alias: 'production',
    toVersion: version,
    expectedVersion,
    kind,
    promotionId,
  } as const;
  expect(await open.registry.moveAlias({ ...request, ...said })).toMatchObject({ status: 'moved' });
}

const plan = async (changes: Partial<Needs> & { days?: number } = {}) => {
  const { days, ...needs } = changes;
  const registry = await namesOfRegistry(open.registry);
  const asked = { store, needs: { registry, openRuns: new Set<string>(), ...needs }, now: NOW };
  return planCleanUp({ ...asked, ...(days !== undefined && { days }) });
};

const uris = (found: readonly { uri: string }[]) => found.map(({ uri }) => uri).sort();

describe('a clean-up', () => {
  it('keeps what serves, what served, what waits, and all evidence with its results; and deletes the rest', async () => {
    const first = await register('first');
    await promote(first.version, null);
    const second = await register('second');
    await promote(second.version, first.version);
    const failed = await register('failed');
    const waiting = await register('waiting');
    await ask('p-waiting', waiting.version, second.version);
    const chunks = await rows('chunks', 'of a run that ended');

    const found = await plan();
    expect(uris(found.unneeded)).toEqual(uris([failed.weights, failed.dataset, chunks]));
    expect(uris(found.kept)).toEqual(
      uris([
        ...[first, second, waiting].flatMap(({ weights, dataset }) => [weights, dataset]),
        ...[first, second, failed, waiting].flatMap(({ evidence, results }) => [evidence, results]),
      ]),
    );

    const rolledBack = await open.registry.rollback({ model: MODEL, alias: 'production', ...said });
    expect(rolledBack).toMatchObject({ status: 'moved' });
    expect(uris((await plan()).unneeded)).toEqual(uris(found.unneeded));

    expect(uris(await deleteUnneeded(store, found))).toEqual(uris(found.unneeded));
    expect(await plan()).toMatchObject({ unneeded: [], kept: { length: found.kept.length } });
    await expect(store.localFolder(second.weights.uri)).resolves.toBeTypeOf('string');
    await expect(store.localFolder(failed.weights.uri)).rejects.toThrow(/can't be read/);
  });

  it('keeps what the gate held, down to its passages, until somebody archives it', async () => {
    const chunks = await rows('chunks', 'of what was held');
    const made = { configHash: 'c', dataset: { uri: 'file:///d', sha256: 'd' }, chunks, incumbentVersion: null };
    const gate = { suite: 'test', candidate: 'c', reasons: [] };
    const held = await register('held', { gate: { ...gate, decision: 'hold' }, made });
    const rejected = await register('rejected', { gate: { ...gate, decision: 'reject' } });
    expect(uris((await plan()).unneeded)).toEqual(uris([rejected.weights, rejected.dataset]));
    const archive = { model: MODEL, of: { version: held.version }, action: 'archive' as const };
    await open.registry.mark({ ...archive, ...said });
    expect(uris((await plan()).unneeded)).toEqual(
      uris([rejected.weights, rejected.dataset, held.weights, held.dataset, chunks]),
    );
  });

  it('deletes nothing of what waited once it is decided, but what served', async () => {
    const first = await register('first');
    await promote(first.version, null);
    const second = await register('second');
    await ask('p2', second.version, first.version);
    await open.registry.closePromotion({ promotionId: 'p2', ...said });
    expect(uris((await plan()).unneeded)).toEqual(uris([second.weights, second.dataset]));
  });

  it('keeps what was written in the last days, and what that names', async () => {
    const dataset = await folderOf(`datasets/${MODEL}`, { 'manifest.json': '{}' });
    const young = await folderOf(`datasets/${MODEL}`, { 'manifest.json': '{"young": true}' }, 13);
    const model = await folderOf(`models/${MODEL}`, { 'README.md': `Trained on ${nameOf(dataset)}.` }, 1);
    expect(uris((await plan()).kept)).toEqual(uris([dataset, young, model]));
    expect(uris((await plan({ days: 7 })).unneeded)).toEqual(uris([young]));
    expect(uris((await plan({ days: 365 })).unneeded)).toEqual([]);
    await expect(plan({ days: 0 })).rejects.toThrow('days: found 0, expected 1 or more');
    await expect(plan({ days: Number.NaN })).rejects.toThrow('expected 1 or more');
  });

  it('keeps what an open run names', async () => {
    const [used, unused] = [await rows('chunks', 'used'), await rows('chunks', 'unused')];
    const openRuns = namesIn(JSON.stringify({ chunks: used }));
    expect(uris((await plan({ openRuns })).unneeded)).toEqual([unused.uri]);
  });

  it('keeps checkpoints of open runs, and deletes old ones of runs that are over', async () => {
    const [open, over] = ['0198a0b4-0000-7000-8000-0000000000aa', '0198a0b4-0000-7000-8000-0000000000bb'];
    const of = (runId: string, step: number, days?: number) =>
      folderOf(`checkpoints/${runId}-tuned/step-${step}`, { 'model.safetensors': `${runId} ${step}` }, days);
    const kept = [await of(open, 20), await of(open, 40), await of(over, 60, 1)];
    const unneeded = [await of(over, 20), await of(over, 40)];
    const found = await plan({ openRuns: namesIn(JSON.stringify({ firstExecutionRunId: open })) });
    expect(uris(found.kept)).toEqual(uris(kept));
    expect(uris(found.unneeded)).toEqual(uris(unneeded));
  });

  it('deletes what killed writers left, once it is old', async () => {
    for (const [name, days] of [
      ['old', 20],
      ['new', 2],
    ] as const) {
      const path = join(folder, 'artifacts', '.tmp', name);
      await mkdir(path, { recursive: true });
      await aged({ uri: `file://${path}` }, days);
    }
    const { unneeded, kept } = await plan();
    expect([unneeded, kept].map((found) => found.map(({ name, state }) => [name, state]))).toEqual([
      [['old', 'unfinished']],
      [['new', 'unfinished']],
    ]);
  });

  it('spares what was written again since it was planned', async () => {
    const [again, gone] = [await rows('chunks', 'again'), await rows('chunks', 'gone')];
    const found = await plan();
    expect(found.unneeded).toHaveLength(2);
    await store.writeJsonLines({ kind: 'chunks', rows: ['again'] });
    expect(uris(await deleteUnneeded(store, found))).toEqual([gone.uri]);
    expect(await store.loadJsonLines(again)).toEqual(['again']);
  });
});

it('finds names in URIs, words and, where asked, whole hashes, and in nothing else', () => {
  const hash = sha256Of('x');
  const text = `{"uri":"file:///a/chunks/0123456789ab.jsonl","v":"abcdef012345","sha256":"${hash}","n":1234567890123}`;
  expect(namesIn(text)).toEqual(new Set(['0123456789ab', 'abcdef012345']));
  expect(namesIn(text, { hashes: true })).toEqual(new Set(['0123456789ab', 'abcdef012345', hash.slice(0, 12)]));
});

describe('a clean-up of indexes', () => {
  it('keeps what a version answers from that is not archived, what serves, open runs, late ones, and what an index says now', async () => {
    const names = ['serves', 'served', 'held', 'waits', 'archived', 'open run', 'late', 'nobody', 'newest'];
    const { index } = openBookOf();
    const hash = (name: string) => sha256Of(name);
    const of = (name: string) => ({ openBook: openBookOf({ index: { ...index, sha256: hash(name) } }) });
    const served = await register('served', of('served'));
    await promote(served.version, null);
    const serves = await register('serves', of('serves'));
    await promote(serves.version, served.version);
    await register('held', of('held'));
    const waits = await register('waits', of('waits'));
    await ask('p-waits', waits.version, serves.version);
    const archived = await register('archived', of('archived'));
    for (const { version } of [archived, waits])
      await open.registry.mark({ model: MODEL, of: { version }, action: 'archive', ...said });

    const snapshots = names.map((name, i) => ({
      index: 'handbook',
      generation: i + 1,
      sha256: hash(name),
      passages: 1,
      madeAt: new Date(NOW.getTime() - (name === 'late' ? 29 : 31) * DAY_MS).toISOString(),
      isNewest: name === 'newest',
    }));
    const asked = {
      snapshots,
      needed: await snapshotsOfRegistry(open.registry),
      openRuns: new Set([hash('open run').slice(0, 12)]),
      now: NOW,
    };
    expect(planSnapshots(asked).unneeded.map(({ generation }) => names[generation - 1])).toEqual([
      'archived',
      'nobody',
    ]);
    expect(planSnapshots({ ...asked, days: 1 }).unneeded).toHaveLength(3);
    expect(() => planSnapshots({ ...asked, days: 0 })).toThrow('days: found 0, expected 1 or more');
  });
});
