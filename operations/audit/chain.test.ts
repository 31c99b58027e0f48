import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import { hashKeptModel } from '../../providers/training/model-folder.ts';
import { registerCandidate } from '../../registry/candidates.ts';
import { openRegistry } from '../../registry/open.ts';
import { openUnderPolicy, promoteVersion } from '../../registry/promote.ts';
import { buildDirectly } from '../../test/support/build-directly.ts';
import { fakeEvaluation } from '../../test/support/fake-activities.ts';
import { chainOf, verifyChain, type Verified } from './chain.ts';

/** A state folder as a run leaves it, with real documents and a real dataset, looked at where it was copied to. */

const at = '2026-11-26T10:00:00Z';
const policy = { description: '', approvals: 1, evidence: ['evaluation' as const, 'gate-promote' as const] };
const ANSWER = 'A bolt of the disc rotor is tightened to 6 newton metres.';

let root: string;
/** The copy. */
let state: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'whetstone-chain-'));
  const original = join(root, 'original');
  const documents = join(root, 'documents');
  await mkdir(documents);
  const facts = ['A lost shop key must be reported within 24 hours.', 'A frame is guaranteed for five years.', ANSWER];
  for (const [i, fact] of facts.entries())
    await writeFile(join(documents, `page-${i}.md`), `# Page ${i}\n\n${fact} A tyre of a city bicycle holds 4 bar.\n`);
  const built = await buildDirectly({
    config: { name: 'demo', documents, generation: { target: 20 } },
    state: original,
    roots: [documents],
    testNeeded: false,
  });
  const store = createFileStore(built.paths.artifacts);
  const trained = join(root, 'trained');
  await mkdir(trained);
  for (const name of ['model.safetensors', 'config.json']) await writeFile(join(trained, name), `of ${name}`);
  const sha256 = await hashKeptModel(trained);
  await writeFile(join(trained, 'README.md'), 'The card.');
  const weights = await store.addFolder({ kind: 'models/demo', path: trained, name: sha256.slice(0, 12) });
  const results = await store.writeJsonLines({ kind: 'results', rows: [{ answer: ANSWER }] });
  const evaluation = {
    ...fakeEvaluation(0.5),
    models: { base: 'base', tuned: sha256 },
    serving: { tuned: built.config.serving },
  };
  evaluation.suites[0]!.results = results;
  const bytes = Buffer.from(JSON.stringify(evaluation));
  const evidence = await store.addBytes({ kind: 'evidence', bytes, ending: '.json', rows: 1 });

  const { registry, close } = await openRegistry({ url: built.paths.registry, policies: { production: policy } });
  const gate = { decision: 'promote' as const, suite: 'test', candidate: 'tuned', reasons: ['better'] };
  const { version, baseVersion } = await registerCandidate(registry, {
    runId: 'run',
    config: built.config,
    configHash: 'c'.repeat(64),
    base: { uri: 'file:///base', sha256: 'base' },
    candidate: { name: 'tuned', trained: { model: { uri: weights.uri, sha256 }, trainSeconds: 1, steps: 1 } },
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
  const approval = { decision: 'approve' as const, by: 'ann', why: 'read them', updateId: 'u', at };
  await registry.recordDecision({ promotionId: 'p', ...approval });
  await promoteVersion(registry, { ...about, by: 'ann', why: 'read them', at });
  await close();

  state = join(root, 'copy');
  await cp(original, state, { recursive: true });
  // What is found is found in the copy.
  await rm(original, { recursive: true });
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

async function withChain<T>(
  work: (links: Awaited<ReturnType<typeof chainOf>>) => Promise<T>,
  example?: string,
): Promise<T> {
  const { registry, close } = await openRegistry({ url: join(state, 'registry.db') });
  try {
    const store = createFileStore(join(state, 'artifacts'));
    return await work(await chainOf({ registry, store }, { model: 'demo', version: 2, example }));
  } finally {
    await close();
  }
}
const verify = () =>
  withChain(async (links) => {
    const seen: Verified[] = [];
    for await (const link of verifyChain(links)) seen.push(link);
    return seen;
  });
/** The first broken link, as a person would name it. */
const brokenAt = async () => {
  const last = (await verify()).at(-1);
  return last?.status === 'broken' ? `${last.what} ${last.name}` : undefined;
};

it('leads from the version to a document, each with its hash and where it lies', async () => {
  const links = await withChain(async (all) => all);
  const whats = [...new Set(links.map(({ what }) => what))];
  expect(whats.join(' ')).toBe(
    'registry version deployment approvals gate evaluation answers job dataset file documents example judgement passage document',
  );
  const document = links.at(-1);
  expect(document?.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(document?.says).toContain('the file is as it was');
  const places = links.flatMap(({ where }) => (where?.includes('/artifacts/') ? [where] : []));
  expect(places.filter((place) => !place.includes(state))).toEqual([]);
});

it('follows the example that is named, and names one that is not there', async () => {
  const question = await withChain(async (links) => links.find(({ what }) => what === 'example')?.says[0]);
  const asked = question!.replace('question: ', '');
  expect(await withChain(async (links) => links.find(({ what }) => what === 'example')?.says[0], asked)).toBe(question);
  await expect(withChain(async () => {}, 'no such')).rejects.toThrow(/no example 'no such' in dataset/);
});

it('holds in a state folder that was copied', async () => {
  const links = await verify();
  expect(links.filter(({ status }) => status !== 'holds')).toEqual([]);
  expect(links.length).toBeGreaterThan(15);
});

describe('one byte that is flipped is named:', () => {
  /** Every file that the version rests on, but for the cards, which are made from what is hashed. */
  const FILES: [pattern: RegExp, link: RegExp][] = [
    [/evidence\//, /^evaluation of tuned$/],
    [/results\//, /^answers to test$/],
    [/models\/.*(safetensors|config\.json)$/, /^job that trained tuned$/],
    [/datasets\/.*manifest\.json$/, /^dataset demo version/],
    [/datasets\/.*(parquet|jsonl)$/, /^file (data|chat|skipped)/],
    [/\/chunks\//, /^file passages of the documents$/],
    [/\/documents\//, /^\d+ documents|^documents 3 documents$/],
  ];

  it.each(FILES)('%s', async (pattern, link) => {
    const artifacts = join(state, 'artifacts');
    const files = (await readdir(artifacts, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => pattern.test(file.slice(state.length)));
    expect(files).not.toEqual([]);
    for (const file of files) {
      const bytes = await readFile(file);
      if (bytes.length === 0) continue;
      const flipped = Buffer.from(bytes);
      const place = Math.floor(bytes.length / 2);
      flipped[place] = flipped[place]! ^ 1;
      await writeFile(file, flipped);
      expect(await brokenAt(), file).toMatch(link);
      await writeFile(file, bytes);
    }
    expect(await brokenAt()).toBeUndefined();
  });

  const HISTORY = /^registry history of demo$/;
  it.each([
    [`update versions set weights_sha256 = 'f' || substr(weights_sha256, 2) where version = 2`, HISTORY],
    [`update versions set system_prompt = 'Be rude.' where version = 1`, HISTORY],
    [`update decisions set why = 'read then'`, HISTORY],
    [`update alias_moves set "by" = 'bnn' where seq = 2`, HISTORY],
    [`update promotions set gate_decision = 'hold'`, HISTORY],
    [`delete from decisions`, HISTORY],
    [`insert into version_blocks values ('demo', 2, 1, 'block', 'eve', 'x', '2026')`, HISTORY],
    [`update seals set link = 'f' || substr(link, 2) where seq = 2`, HISTORY],
    [`delete from seals where seq = 3`, HISTORY],
    [`update promotions set state = 'held'`, /^deployment demo@production, move 2$/],
  ])('in the registry, by %s', async (statement, link) => {
    const file = join(state, 'registry.db');
    const before = await readFile(file);
    const database = new DatabaseSync(file);
    const triggers = database.prepare(`select name from sqlite_master where type = 'trigger'`).all();
    for (const { name } of triggers) database.exec(`drop trigger ${String(name)}`);
    database.exec(statement);
    database.close();
    expect(await brokenAt()).toMatch(link);
    await writeFile(file, before);
    expect(await brokenAt()).toBeUndefined();
  });
});

it('a document that was edited since is told, and breaks nothing', async () => {
  const file = await withChain(async (links) => fileURLToPath(links.at(-1)!.where!));
  await writeFile(file, `${await readFile(file, 'utf8')}\nMore.\n`);
  const says = await withChain(async (links) => links.at(-1)!.says.join());
  expect(says).toContain('the file was edited since');
  expect(await brokenAt()).toBeUndefined();
});

it('files that a clean-up deleted prove nothing and break nothing, evidence that is gone does', async () => {
  await rm(join(state, 'artifacts/models'), { recursive: true });
  const links = await verify();
  expect(links.find(({ what }) => what === 'job')?.status).toBe('gone');
  expect(links.at(-1)?.status).toBe('holds');
  await rm(join(state, 'artifacts/evidence'), { recursive: true });
  expect(await brokenAt()).toBe('evaluation of tuned');
});
