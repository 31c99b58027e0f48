import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import { openDataset } from '../../datasets/assembly/build.ts';
import { streamExamples } from '../../datasets/files/example-rows.ts';
import { writeAnswers } from '../../evaluation/answers-parquet.ts';
import { hashKeptModel } from '../../providers/training/model-folder.ts';
import { registerCandidate } from '../../registry/candidates.ts';
import { openRegistry } from '../../registry/open.ts';
import { openUnderPolicy, promoteVersion } from '../../registry/promote.ts';
import { buildDirectly } from '../../test/support/build-directly.ts';
import { fakeEvaluation } from '../../test/support/fake-activities.ts';
import { makeAnswerId } from '../../registry/answers/answer-id.ts';
import type { Registry } from '../../registry/store.ts';
import { answerChain } from './answer.ts';
import { chainOf, verifyChain, type Audited, type Verified } from './chain.ts';
import { approvalLink, keysOf } from './promotion-links.ts';
import type { Link } from './link.ts';

/** A state folder as a run leaves it, with real documents and a real dataset, looked at where it was copied to. */

const at = '2026-11-26T10:00:00Z';
const policy = { description: '', approvals: 1, evidence: ['evaluation' as const, 'gate-promote' as const] };
const ANSWER = 'A bolt of the disc rotor is tightened to 6 newton metres.';

/** One that was trained on. */
const EXAMPLE = { id: '' };

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
  const splits = (await openDataset({ uri: built.dataset.uri, store })).manifest.splits;
  for await (const { id } of streamExamples({ ref: splits.train, store })) EXAMPLE.id ||= id;
  const judgement = { judge: 'correctness', version: '1', label: 'right', score: 1, reason: 'as the reference' };
  const answer = { suite: 'test', questionId: EXAMPLE.id, cluster: 'f', question: 'How tight?', reference: ANSWER };
  const rows = ['base', 'tuned'].map((arm) => ({ ...answer, arm, answer: ANSWER, judgements: [judgement] }));
  const results = await writeAnswers({ artifacts: store, rows });
  const evaluation = {
    ...fakeEvaluation(0.5),
    models: { base: 'base', tuned: sha256 },
    serving: { tuned: built.config.serving },
  };
  evaluation.suites[0]!.results = results;
  evaluation.suites[0]!.askedBy = 'dataset';
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

/** The registry and the artifacts of the copy. */
async function audited<T>(work: (of: Audited & { registry: Registry }) => Promise<T>): Promise<T> {
  const { registry, close } = await openRegistry({ url: join(state, 'registry.db') });
  try {
    return await work({ registry, store: createFileStore(join(state, 'artifacts')) });
  } finally {
    await close();
  }
}

const linksOf = (id: string) => audited((of) => answerChain(of, id));
async function verified(links: readonly Link[]): Promise<Verified[]> {
  const seen: Verified[] = [];
  for await (const link of verifyChain(links)) seen.push(link);
  return seen;
}

const verifyId = (id: string) => audited(async (of) => verified((await answerChain(of, id)) ?? []));

describe('an answer of the gateway', () => {
  const idOf = (alias?: string) =>
    audited(async ({ registry }) => {
      const version = await registry.getVersion('demo', 2);
      const move = alias === undefined ? undefined : await registry.lastMove('demo', alias);
      return makeAnswerId({ version, move }, { at: new Date(at), nonce: 'a1' });
    });
  it('leads by its id to the move that it came by, and down to a document', async () => {
    const links = (await linksOf(await idOf('production'))) ?? [];
    expect([...new Set(links.map(({ what }) => what))].join(' ')).toBe(
      'answer registry version deployment approvals gate evaluation answers job dataset file documents example judgement passage document',
    );
    expect(links[0]?.says[0]).toBe(
      `given ${at.replace('Z', '.000Z')} by version 2, asked as demo@production, by its move 2`,
    );
    expect(links.filter(({ what }) => what === 'deployment').map(({ name }) => name)).toEqual([
      'demo@production, move 2',
    ]);
    expect((await verifyId(await idOf('production'))).every(({ status }) => status === 'holds')).toBe(true);
    expect((await verifyId(await idOf())).every(({ status }) => status === 'holds')).toBe(true);
  });

  it('whose id was made up is found', async () => {
    const id = await idOf('production');
    const [made] = await verifyId(id.replace('.production.2.', '.production.1.'));
    expect(made).toMatchObject({
      status: 'broken',
      why: expect.stringContaining('what demo@production served by move 1'),
    });
    const [other] = await verifyId(`${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`);
    expect(other).toMatchObject({ status: 'broken', why: expect.stringContaining('does not fit the registry') });
  });

  it('is told from a version', async () => {
    for (const name of ['demo', 'demo@v2', 'demo@production']) expect(await linksOf(name)).toBeUndefined();
  });
});

describe('an answer of an evaluation', () => {
  const hash = () =>
    audited(async ({ registry }) => (await registry.getVersion('demo', 2)).evidence!.sha256.slice(0, 12));

  it('leads to its judgements, its version, and the example whose question it answers', async () => {
    const links = (await linksOf(`${await hash()}/test/${EXAMPLE.id}/tuned`)) ?? [];
    expect(links[0]).toMatchObject({
      what: 'answer',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      says: [
        'given by demo@v2, in the evaluation of demo@v2',
        'question: How tight?',
        `answer: ${ANSWER}`,
        `reference: ${ANSWER}`,
      ],
    });
    expect(links[1]).toMatchObject({ what: 'judgement', says: ['right, 1: as the reference'] });
    expect(links.find(({ what }) => what === 'example')?.name).toBe(EXAMPLE.id);
    expect((await verifyId(`${await hash()}/test/${EXAMPLE.id}/tuned`)).every(({ status }) => status === 'holds')).toBe(
      true,
    );
    const base = await linksOf(`${await hash()}/test/${EXAMPLE.id}/base`);
    expect(base?.[0]?.says[0]).toBe('given by the arm base, in the evaluation of demo@v2');
  });

  it('that is not there is named', async () => {
    await expect(linksOf('0123456789ab/test/x/tuned')).rejects.toThrow(
      /no version was evaluated by evaluation 0123456789ab/,
    );
    await expect(linksOf(`${await hash()}/tost/x/tuned`)).rejects.toThrow(/unknown suite 'tost'; known: test/);
    await expect(linksOf(`${await hash()}/test/x/tuned`)).rejects.toThrow(/no such answer among the 2 to test/);
  });
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
    [
      `update versions set weights_sha256 = (case substr(weights_sha256, 1, 1) when 'f' then '0' else 'f' end) || substr(weights_sha256, 2) where version = 2`,
      HISTORY,
    ],
    [`update versions set system_prompt = 'Be rude.' where version = 1`, HISTORY],
    [`update decisions set why = 'read then'`, HISTORY],
    [`update alias_moves set "by" = 'bnn' where seq = 2`, HISTORY],
    [`update promotions set gate_decision = 'hold'`, HISTORY],
    [`delete from decisions`, HISTORY],
    [`insert into version_blocks values ('demo', 2, 1, 'block', 'eve', 'x', '2026')`, HISTORY],
    [
      `update seals set link = (case substr(link, 1, 1) when 'f' then '0' else 'f' end) || substr(link, 2) where seq = 2`,
      HISTORY,
    ],
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

it('lists the moves away from a version, and that it was withdrawn and cleared', async () => {
  const file = join(state, 'registry.db');
  const before = await readFile(file);
  await audited(({ registry }) =>
    registry.takeDown({ model: 'demo', alias: 'production', by: 'Ada', why: 'wrong on emergencies', at }),
  );
  expect((await verify()).filter(({ what }) => what === 'deployment').at(-1)).toMatchObject({
    name: 'demo@production, move 3, away from it',
    says: [`2 -> nothing, takedown by Ada at ${at}: wrong on emergencies`],
    status: 'holds',
  });
  const database = new DatabaseSync(file);
  database.exec(`insert into version_blocks values ('demo', 2, 1, 'block', 'Ada', 'wrong on emergencies', '${at}')`);
  database.exec(`insert into version_blocks values ('demo', 2, 2, 'clear', 'Bob', 'looked at', '${at}')`);
  database.close();
  const says = await withChain(async (links) => links.find(({ what }) => what === 'version')?.says);
  expect(says?.slice(-2)).toEqual([
    `withdrawn by Ada at ${at}: wrong on emergencies`,
    `cleared by Bob at ${at}: looked at`,
  ]);
  await writeFile(file, before);
});

it('files that a clean-up deleted prove nothing and break nothing, evidence that is gone does', async () => {
  await rm(join(state, 'artifacts/models'), { recursive: true });
  const links = await verify();
  expect(links.find(({ what }) => what === 'job')?.status).toBe('gone');
  expect(links.at(-1)?.status).toBe('holds');
  await rm(join(state, 'artifacts/evidence'), { recursive: true });
  expect(await brokenAt()).toBe('evaluation of tuned');
});

it('tells what was signed by a key from a name as claimed', () => {
  const about = { promotionId: 'p', alias: 'production', version: 2, at: 'T', updateId: 'u', roles: null };
  const signed = { ...about, seq: 1, decision: 'approve' as const, by: 'Ada', why: 'fine', keyId: 'k1' };
  const claimed = { ...signed, seq: 2, decision: 'review' as const, by: 'Bob', keyId: null };
  const of = { id: 'p', model: 'demo', version: 2, alias: 'production', expectedVersion: null, reasons: [] };
  const { says } = approvalLink({
    promotion: { ...of, approvalsNeeded: 1, state: 'promoted', createdAt: 'T' },
    decisions: [signed, claimed],
    keys: keysOf([signed, claimed, { ...signed, promotionId: 'q', seq: 2 }], 'p'),
    evaluations: [],
    moves: [],
  });
  expect(says.slice(1)).toEqual(['approve by Ada (signed by key k1) at T: fine', 'review by Bob at T: fine']);
});
