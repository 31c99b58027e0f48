import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill, indexContract, passage } from '../../test/support/index-contract.ts';
import { openIndexStore } from './store.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'whetstone-index-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));
const create = () => Promise.resolve(join(folder, `${randomUUID()}.sqlite`));

describe('an index in SQLite', () => {
  indexContract(create);

  it('leaves no word of a withdrawn document in its file', async () => {
    const url = await create();
    const store = await openIndexStore(url);
    await fill(store, 'n', [passage('a#0', 'the xylographer came'), passage('b#0', 'nobody came')]);
    const words = () => readFile(url, 'latin1');
    const settle = () => {
      const db = new DatabaseSync(url);
      db.exec('vacuum; pragma wal_checkpoint(truncate)');
      db.close();
    };
    settle();
    expect(await words()).toContain('xylograph');
    await store.withdraw('a');
    settle();
    expect(await words()).not.toContain('xylograph');
    await store.close();
  });
});
