import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { hostIdentity, processStartTime } from '../../common/process-identity.ts';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { expireDead } from './budget.ts';
import { migrateLedger } from './migrate.ts';
import { enterOwner, type LeaseTiming, type Owners } from './owners.ts';
import { openLedgerStore } from './store.ts';
import type { LedgerTables } from './tables.ts';

const NEVER = 9e15;
const LONG_AGO = 1;
const NEVER_RENEWED: LeaseTiming = { leaseMs: 3_600_000, renewMs: 3_600_000 };

onEachDatabase('owners', ({ create }) => {
  let url: string;
  let db: Kysely<LedgerTables>;
  beforeEach(async () => {
    url = await create();
    db = await openDatabase<LedgerTables>(url);
    await migrateLedger(db);
  });
  const entered: Owners[] = [];
  afterEach(async () => {
    for (const owners of entered.splice(0)) await owners.close();
    await db.destroy();
  });

  const enter = async (timing = NEVER_RENEWED) => {
    const owners = await enterOwner(db, { timing });
    entered.push(owners);
    return owners;
  };
  const elsewhere = (id: string, expiresMs: number) =>
    db.insertInto('owner').values({ id, host: 'elsewhere', pid: 1, startTime: 'then', expiresMs }).execute();
  const lease = (id: string, expiresMs: number) =>
    db.updateTable('owner').set({ expiresMs }).where('id', '=', id).execute();
  const ids = async () => (await db.selectFrom('owner').select('id').execute()).map(({ id }) => id);

  it('are alive while they have the ledger open, and gone when they close it', async () => {
    const [one, other] = [await enter(), await enterOwner(db)];
    expect(await one.isAlive(one.self)).toBe(true);
    expect(await one.isAlive(other.self)).toBe(true);
    await other.close();
    expect(await one.isAlive(other.self)).toBe(false);
    expect(await ids()).toEqual([one.self]);
  });

  it('on this machine are dead as soon as their process is, and alive however old their lease', async () => {
    const owners = await enter();
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const pid = child.pid ?? 0;
    const startTime = (await processStartTime(pid)) ?? '';
    const host = await hostIdentity();
    await db.insertInto('owner').values({ id: 'child', host, pid, startTime, expiresMs: LONG_AGO }).execute();
    expect(await owners.isAlive('child')).toBe(true);
    await lease('child', NEVER);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await owners.isAlive('child')).toBe(false);
    expect(await owners.isAliveForSure('child')).toBe(false);
  });

  it('on another machine live while their lease does', async () => {
    const owners = await enter();
    await elsewhere('far', NEVER);
    expect(await owners.isAlive('far')).toBe(true);
    await lease('far', LONG_AGO);
    expect(await owners.isAlive('far')).toBe(false);
    expect(await owners.isAlive('unknown')).toBe(false);
  });

  it('on another machine are known for sure by the next renewal, or by the end of the lease', async () => {
    const owners = await enter();
    for (const id of ['renews', 'ends', 'closes']) await elsewhere(id, NEVER);
    const sure = ['renews', 'ends', 'closes'].map((id) => owners.isAliveForSure(id));
    await lease('ends', LONG_AGO);
    await db.deleteFrom('owner').where('id', '=', 'closes').execute();
    let expiresMs = NEVER;
    const renewing = setInterval(() => void lease('renews', ++expiresMs), 20);
    expect(await Promise.all(sure)).toEqual([true, false, false]);
    clearInterval(renewing);
  });

  it('renew their lease, also where it was taken away', async () => {
    const owners = await enter({ leaseMs: 3_600_000, renewMs: 5 });
    await lease(owners.self, LONG_AGO);
    const expires = async () => (await db.selectFrom('owner').select('expiresMs').execute())[0]?.expiresMs ?? 0;
    await expect.poll(expires).toBeGreaterThan(LONG_AGO);
    await db.deleteFrom('owner').execute();
    await expect.poll(ids).toEqual([owners.self]);
  });

  it('that are dead have no time left for what they reserved, but batches outlive them', async () => {
    const owners = await enter();
    await elsewhere('far', NEVER);
    const reserve = (owner: string, key: string) =>
      db
        .insertInto('reservation')
        .values({ run: 'one', key, owner, costNanoUsd: 1, tokens: 1, expiresMs: NEVER })
        .execute();
    for (const owner of ['gone', 'far', owners.self, '']) for (const key of ['', 'batched']) await reserve(owner, key);
    await expireDead(db, owners);
    const left = await db.selectFrom('reservation').select(['owner', 'key', 'expiresMs']).orderBy('id').execute();
    expect(left).toHaveLength(8);
    expect(left.filter(({ expiresMs }) => expiresMs !== NEVER)).toEqual([{ owner: 'gone', key: '', expiresMs: 0 }]);
  });

  it('of batches that are being sent elsewhere are told from this one', async () => {
    const [one, other] = [await openLedgerStore(url), await openLedgerStore(url)];
    await one.batches.open({ id: 'b', server: 's', keys: ['k'] });
    const [seen] = [...(await other.batches.find(['k'])).values()];
    expect(await one.batches.isSentElsewhere(seen!)).toBe(false);
    expect(await other.batches.isSentElsewhere(seen!)).toBe(true);
    await one.close();
    expect(await other.batches.isSentElsewhere(seen!)).toBe(false);
    await other.close();
  });
});
