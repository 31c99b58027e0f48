import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';

const AT = '2026-11-26T10:00:00Z';
const run = (runId: string, more: { over?: string; model?: string } = {}) => ({
  model: 'demo',
  namespace: 'default',
  workflowId: `improve/demo/${runId}`,
  runId,
  at: AT,
  ...more,
});

onEachDatabase('the runs of a model', ({ kind, create }) => {
  let db: Kysely<RegistryTables>;
  let others: Kysely<RegistryTables>[];
  let registry: Registry;
  beforeEach(async () => {
    const url = await create();
    db = await openDatabase<RegistryTables>(url);
    await migrateRegistry(db);
    // Of SQLite a process has one connection: two would wait for each other.
    const more = kind === 'Postgres' ? [1, 2, 3] : [];
    others = await Promise.all(more.map(() => openDatabase<RegistryTables>(url)));
    registry = createRegistry(db);
  });
  afterEach(() => Promise.all([db, ...others].map((one) => one.destroy())));

  it('are one at a time: of fifty that come at once one has it, and each is told which', async () => {
    const registries = [db, ...others].map((one) => createRegistry(one));
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, i) => registries[i % registries.length]!.claimRun(run(`r${i}`))),
    );
    expect(new Set(claims.map(({ runId }) => runId)).size).toBe(1);
    expect((await registry.claimRun(run('other', { model: 'another' }))).runId).toBe('other');
  });

  it('follow each other: of several that see one ended, one takes its place', async () => {
    await registry.claimRun(run('old'));
    const claims = await Promise.all(
      [db, ...others, db, ...others].map((one, i) => createRegistry(one).claimRun(run(`r${i}`, { over: 'old' }))),
    );
    const [winner] = new Set(claims.map(({ runId }) => runId));
    expect(claims.map(({ runId }) => runId)).toEqual(claims.map(() => winner));
    expect(winner).not.toBe('old');
    // Asked again, as a retry does, it has it still; and who ended long ago is nobody's to replace.
    expect((await registry.claimRun(run(winner!))).runId).toBe(winner);
    expect((await registry.claimRun(run('late', { over: 'old' }))).runId).toBe(winner);
  });

  it('that came to their gate are kept with what they were made of, once', async () => {
    const finished = (runId: string, documents: string, at: string) => ({
      runId,
      model: 'demo',
      workflowId: `improve/demo/${runId}`,
      outcome: 'held: too near',
      at,
      madeOf: { config: 'c', documents },
    });
    expect(await registry.lastFinishedRun('demo')).toBeUndefined();
    await registry.keepFinishedRun(finished('r1', 'd1', '2026-11-26T10:00:00Z'));
    await registry.keepFinishedRun(finished('r2', 'd2', '2026-11-26T11:00:00Z'));
    await registry.keepFinishedRun(finished('r2', 'other', '2026-11-26T12:00:00Z'));
    expect(await registry.lastFinishedRun('demo')).toMatchObject({ runId: 'r2', madeOf: { documents: 'd2' } });
    expect((await registry.lastFinishedRun('demo', ({ madeOf }) => madeOf.documents === 'd1'))?.runId).toBe('r1');
    await expect(db.deleteFrom('finishedRuns').execute()).rejects.toThrow(/append-only/);
  });
});
