import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adoptJournals, openJournal } from './journal.ts';
import type { PaidCall } from './answers.ts';
import { openLedgerStore } from './store.ts';
import { isAlive, processStartTime } from '../../common/process-identity.ts';
import type { Owner } from './owners.ts';

let folder: string;
const ledger = () => join(folder, 'ledger.db');
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'whetstone-journal-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const journals = async () => (await readdir(folder)).filter((name) => name.includes('.answers-'));
const alive = new Set<string>();
/** Asked for sure, it has waited until it knows. */
let asked: string[] = [];
const owners = {
  isAlive: async (owner: Owner) => (typeof owner === 'string' ? alive.has(owner) : isAlive(owner)),
  isAliveForSure: (owner: Owner) => {
    asked.push(typeof owner === 'string' ? owner : 'a process');
    return owners.isAlive(owner);
  },
};
const adopted = async () => {
  const found: unknown[] = [];
  await adoptJournals<unknown>(ledger(), owners, async (entries) => void found.push(...entries));
  return found;
};
/** A journal as a process left it that is no more. */
const leave = (half: 'a' | 'b', lines: string) =>
  writeFile(
    `${ledger()}.answers-00000000-0000-4000-8000-000000000000-${half}.jsonl`,
    `${JSON.stringify({ owner: { pid: 1, startTime: 'long ago' } })}\n${lines}`,
  );

const call = (key: string): PaidCall => ({
  key,
  run: 'one',
  provider: 'openai',
  model: 'small',
  request: '{}',
  latencyMs: 5,
  created: '2026-01-01T00:00:00Z',
  text: `answer to ${key}`,
  finishReason: 'stop',
  inputTokens: 1,
  outputTokens: 2,
  cost: { costNanoUsd: 7, tokens: 3 },
});

describe('the journal', () => {
  it('makes its folder, which a machine whose ledger is elsewhere may not have', async () => {
    const journal = openJournal(join(folder, 'new', 'state', 'ledger.db'), 'this one');
    journal.append('1');
    expect(await readdir(join(folder, 'new', 'state'))).toHaveLength(2);
    await journal.close();
  });

  it('holds what was appended until it is said to be in the tables, and goes when it is closed', async () => {
    const journal = openJournal(ledger(), 'this one');
    const texts = async () =>
      (await Promise.all((await journals()).map((name) => readFile(join(folder, name), 'utf8')))).join('');
    journal.append('{"n":1}');
    const written = journal.cut();
    journal.append('{"n":2}');
    expect(await texts()).toMatch(/"n":1[^]*"n":2/);
    written();
    expect(await texts()).not.toContain('"n":1');
    expect(await texts()).toContain('"n":2');
    await journal.close();
    expect(await journals()).toEqual([]);
  });

  it('loses no entry of a half that was emptied before', async () => {
    const journal = openJournal(ledger(), 'this one');
    for (const n of [1, 2, 3]) {
      journal.append(JSON.stringify({ n }));
      journal.cut()();
    }
    journal.append('{"n":4}');
    journal.append('{"n":5}');
    const lines = await Promise.all((await journals()).map((name) => readFile(join(folder, name), 'utf8')));
    const entries = lines.flatMap((text) => text.trimEnd().split('\n').slice(1));
    expect(entries).toEqual(['{"n":4}', '{"n":5}']);
    await journal.close();
  });

  it('is adopted from a process that is no more, without a line that was cut off, once', async () => {
    await leave('a', '{"n":1}\n{"n":2}\n{"n":');
    await leave('b', '{"n":3}\n');
    expect(await adopted()).toEqual(expect.arrayContaining([{ n: 1 }, { n: 2 }, { n: 3 }]));
    expect(await adopted()).toEqual([]);
    expect(await journals()).toEqual([]);
  });

  it('of a process that lives is left alone', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    try {
      const owner = { pid: child.pid ?? 0, startTime: (await processStartTime(child.pid ?? 0)) ?? '' };
      const name = `${ledger()}.answers-00000000-0000-4000-8000-000000000001-a.jsonl`;
      await writeFile(name, `${JSON.stringify({ owner })}\n{"n":1}\n`);
      expect(await adopted()).toEqual([]);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await adopted()).toEqual([{ n: 1 }]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is left to an owner elsewhere that lives, and waits for certainty only where it holds something', async () => {
    asked = [];
    for (const [number, owner, entry] of [
      [1, 'lives', '{"n":1}\n'],
      [2, 'gone', '{"n":2}\n'],
      [3, 'empty', ''],
    ] as const) {
      const name = `${ledger()}.answers-00000000-0000-4000-8000-00000000000${number}-a.jsonl`;
      await writeFile(name, `${JSON.stringify({ owner })}\n${entry}`);
    }
    alive.add('lives');
    expect(await adopted()).toEqual([{ n: 2 }]);
    expect(asked.toSorted()).toEqual(['gone', 'lives']);
    expect(await journals()).toHaveLength(1);
  });
});

it('gives the ledger back what a dead process had paid for, and counts its cost once', async () => {
  const store = await openLedgerStore(ledger());
  await store.record(call('a'));
  await store.close();
  // `a` had reached the tables, `b` had not.
  await leave('a', `${JSON.stringify(call('a'))}\n${JSON.stringify(call('b'))}\n`);
  const again = await openLedgerStore(ledger());
  expect(await again.counts('one')).toEqual({ hits: 0, misses: 2, tokens: 6, costUsd: 14e-9 });
  expect((await again.find({ key: 'b', run: 'one', fresh: false }))?.text).toBe('answer to b');
  await again.close();
});

describe('an answer whose commit failed', () => {
  const without = (change: string) => {
    const database = new DatabaseSync(ledger());
    database.exec(change);
    database.close();
  };

  it('is written when the ledger closes, where it can be by then', async () => {
    const store = await openLedgerStore(ledger());
    without('alter table spend rename to away');
    await expect(store.record(call('a'))).rejects.toThrow(/spend/);
    without('alter table away rename to spend');
    await store.close();
    expect(await journals()).toEqual([]);
    const again = await openLedgerStore(ledger());
    expect((await again.find({ key: 'a', run: 'one', fresh: false }))?.text).toBe('answer to a');
    await again.close();
  });

  it('stays in the journal, for the next process, where it cannot', async () => {
    const store = await openLedgerStore(ledger());
    without('alter table spend rename to away');
    await expect(store.record(call('a'))).rejects.toThrow(/spend/);
    await store.close();
    const texts = await Promise.all((await journals()).map((name) => readFile(join(folder, name), 'utf8')));
    expect(texts.join('')).toContain('answer to a');
  });
});
