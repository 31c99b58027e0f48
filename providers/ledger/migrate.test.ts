import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedger, type Ledger } from './ledger.ts';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';

let folder: string;
let ledger: Ledger;
const file = () => join(folder, 'ledger.db');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-migrate-'));
  ledger = await openLedger(file());
});
afterEach(async () => {
  await ledger.close();
  await rm(folder, { recursive: true, force: true });
});

function countingModel() {
  let calls = 0;
  const model: ChatModel = {
    provider: 'openai',
    model: 'small',
    concurrency: 4,
    prices: { inputPerMillion: 1, outputPerMillion: 1 },
    chat: () =>
      Promise.resolve({ text: `answer ${++calls}`, finishReason: 'stop', inputTokens: 100, outputTokens: 100 }),
  };
  return { model, calls: () => calls };
}

const ask = (content: string): ChatRequest => ({ messages: [{ role: 'user', content }] });

/** Makes the ledger what it was before the migrations, by SQL, and opens it again. */
async function asOfOld(change: string): Promise<void> {
  await ledger.close();
  const database = new DatabaseSync(file());
  database.exec(
    `alter table reservation drop column owner; ${change}; drop table owner; drop table rate; drop table ledger_migration`,
  );
  database.close();
  ledger = await openLedger(file());
}

describe('a ledger of before the migrations', () => {
  it('goes on where its own calls had rows of their own beside the hits', async () => {
    const { model, calls } = countingModel();
    for (const runId of ['one', 'two']) await ledger.wrap(model, { runId }).chat(ask('a'));
    await asOfOld(`
      create table run_call (run text, key text, call_id integer, hit integer, primary key (run, key));
      insert into run_call select run, key, id, 0 from call;
      insert into run_call select run, key, call_id, 1 from hit;
      drop table hit;
      alter table spend drop column calls`);
    expect(await ledger.counts('one')).toMatchObject({ hits: 0, misses: 1 });
    expect(await ledger.counts('two')).toMatchObject({ hits: 1, misses: 0 });
    for (const runId of ['one', 'two', 'three']) await ledger.wrap(model, { runId }).chat(ask('a'));
    expect(calls()).toBe(1);
  });

  it('goes on where it knew no costs yet', async () => {
    const { model, calls } = countingModel();
    await ledger.wrap(model, { runId: 'one' }).chat(ask('a'));
    await asOfOld('alter table call drop column cost_nano_usd; drop table spend; drop table reservation');
    await ledger.wrap(model, { runId: 'two' }).chat(ask('a'));
    expect(calls()).toBe(1);
    await ledger.wrap(model, { runId: 'two' }).chat(ask('b'));
    expect(await ledger.counts('two')).toEqual({ hits: 1, misses: 1, tokens: 200, costUsd: 0.0002 });
  });
});
