import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedgerStore } from '../providers/ledger/store.ts';
import { openRegistry } from '../registry/open.ts';

/** A state folder of before the migrations is taken over with everything in it. */

const RECORDED = resolve(import.meta.dirname, 'fixtures/first-slice');
const MODEL = 'womens-health';

let folder: string;
const file = (store: string) => join(folder, `${store}.db`);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-upgrade-'));
  for (const store of ['registry', 'ledger']) {
    const database = new DatabaseSync(file(store));
    database.exec(await readFile(join(RECORDED, `${store}.sql`), 'utf8'));
    database.close();
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const rows = (store: string, table: string) => {
  const database = new DatabaseSync(file(store), { readOnly: true });
  try {
    return database
      .prepare(`select * from ${table}`)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
};

const policies = { production: { description: '', approvals: 1, evidence: [] } };
const openOurs = () => openRegistry({ url: file('registry'), policies });

const TABLES = {
  registry: ['models', 'versions', 'version_blocks', 'alias_moves', 'promotions', 'decisions', 'calibrations'],
  ledger: ['call', 'hit', 'spend', 'reservation', 'batch', 'batch_call'],
};

it.each(['registry', 'ledger'] as const)('keeps every row of the %s, however often it is opened', async (store) => {
  const before = TABLES[store].map((table) => rows(store, table));
  expect(before.flat().length).toBeGreaterThanOrEqual(10);
  for (const _ of [1, 2]) await (store === 'registry' ? await openOurs() : await openLedgerStore(file(store))).close();
  expect(TABLES[store].map((table) => rows(store, table))).toMatchObject(before);
});

describe('the registry', () => {
  it('says what it said, and its open promotion goes on', async () => {
    const { registry, close } = await openOurs();
    expect(await registry.models()).toEqual([{ name: MODEL, versions: 3, aliases: { production: 1 } }]);
    const [, second] = await registry.listVersions(MODEL);
    expect(second).toMatchObject({
      candidate: 'tiny-sft',
      systemPrompt: "Answer briefly; don't guess.",
      sampling: { temperature: 0, maxTokens: 96 },
      evidence: { sha256: 'e2' },
      blocked: { by: 'ben', why: 'wrong doses' },
    });
    expect((await registry.history(MODEL)).map(({ kind, toVersion }) => [kind, toVersion])).toEqual([
      ['bootstrap', 1],
      ['promote', 2],
      ['rollback', 1],
    ]);
    expect((await registry.calibrations('safe'))[0]).toMatchObject({ kappa: 0.8, humanPasses: 40 });
    expect((await registry.openPromotions()).map(({ id }) => id)).toEqual(['p3']);
    const at = '2026-11-26T10:00:00Z';
    const said = { promotionId: 'p3', decision: 'approve' as const, by: 'ann', why: 'yes', updateId: 'u', at };
    expect(await registry.recordDecision(said)).toMatchObject({ status: 'recorded', state: 'approved' });
    await close();
  });
});

describe('the ledger', () => {
  const find = { run: 'two', fresh: false };

  it('answers what was paid for, and knows what it cost', async () => {
    const store = await openLedgerStore(file('ledger'));
    expect(await store.find({ ...find, key: 'a' })).toEqual({
      text: 'answer to a',
      finishReason: 'stop',
      inputTokens: 30,
      outputTokens: 12,
      latencyMs: 250,
    });
    expect(await store.counts('one')).toEqual({ hits: 0, misses: 2, tokens: 84, costUsd: 14e-6 });
    expect(await store.counts('two')).toEqual({ hits: 1, misses: 1, tokens: 42, costUsd: 3 });
    expect(await store.usual({ provider: 'openai', model: 'small', schema: 'qa' })).toMatchObject({ calls: 3 });
    await store.close();
  });

  it('knows which batch a call waits in', async () => {
    const store = await openLedgerStore(file('ledger'));
    const waiting = await store.batches.find(['d', 'e', 'f']);
    expect([...waiting].map(([key, batch]) => [key, batch.id, batch.remoteId])).toEqual([
      ['d', 'batch-1', 'remote-1'],
      ['e', 'batch-1', 'remote-1'],
    ]);
    await store.close();
  });

  it('adopts the answer that a killed process left in its journal', async () => {
    const journal = `${file('ledger')}.answers-00000000-0000-4000-8000-000000000000-a.jsonl`;
    await copyFile(join(RECORDED, 'ledger-journal.jsonl'), journal);
    const store = await openLedgerStore(file('ledger'));
    expect((await store.find({ ...find, key: 'f' }))?.text).toBe('answer to f');
    expect(await store.counts('two')).toMatchObject({ misses: 2, tokens: 84, costUsd: 3.000009 });
    await store.close();
    expect(rows('ledger', 'call')).toContainEqual(expect.objectContaining({ key: 'f', latency_ms: 250 }));
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.answers-'));
  });
});

it('a database that a newer version has used is refused, with what to do', async () => {
  await (await openOurs()).close();
  const database = new DatabaseSync(file('registry'));
  database.exec(`insert into registry_migration values ('9999_later', '2027-01-01T00:00:00Z')`);
  database.close();
  await expect(openOurs()).rejects.toThrow(
    "the registry was last used by a newer Whetstone, whose change '9999_later' is unknown here. Update this one",
  );
});
