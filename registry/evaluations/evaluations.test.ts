import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import { openUnderPolicy } from '../promote.ts';
import type { AliasMove, RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';
import { findStale, findVersion, recordEvaluation } from './find-version.ts';
import { registerModel } from './register-model.ts';

const at = '2026-11-26T10:00:00Z';
const later = '2026-11-27T10:00:00Z';
const policy = { description: '', approvals: 0, evidence: ['evaluation' as const, 'gate-promote' as const] };
const serving = { systemPrompt: 'Be brief.', temperature: 0, maxTokens: 96 };
const gate = (decision: 'promote' | 'hold') => ({ decision, suite: 'test', candidate: 'tuned', reasons: [decision] });
const ref = (name: string) => ({ uri: `file:///${name}`, sha256: name, rows: 1 });

onEachDatabase('an evaluation of a registered version', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, { policies: { production: policy } });
    const { systemPrompt, ...sampling } = serving;
    await registry.registerVersion({
      model: 'demo',
      candidate: 'tuned',
      runId: 'run',
      base: 'tiny-llama',
      ref: { uri: 'file:///tuned', sha256: 'tuned' },
      systemPrompt,
      sampling,
      evidence: { uri: 'file:///first', sha256: 'first' },
      gate: gate('hold'),
      at,
    });
  });
  afterEach(() => db.destroy());

  const record = (runId: string, incumbentVersion: number | null = null) =>
    recordEvaluation(registry, {
      runId,
      model: 'demo',
      version: 1,
      arm: 'tuned',
      configHash: 'c',
      evaluation: ref(runId),
      gate: gate('promote'),
      against: { model: 'demo', alias: 'production' },
      incumbentVersion,
      base: { name: 'tiny-llama', model: { uri: 'file:///base', sha256: 'base' } },
      servedAs: serving,
      at: later,
    });

  it('speaks for the version from then on, and what it was registered with stays known', async () => {
    expect(await record('again')).toEqual({ seq: 1, baseVersion: 2 });
    const version = await registry.getVersion('demo', 1);
    expect(version).toMatchObject({
      evidence: { sha256: 'again' },
      gate: { decision: 'promote' },
      evaluated: {
        at: later,
        seq: 1,
        incumbentVersion: null,
        baseVersion: 2,
        first: { evidence: { sha256: 'first' }, gate: { decision: 'hold' } },
      },
    });
    expect((await registry.listVersions('demo'))[0]).toEqual(version);
    expect(await registry.getVersion('demo', 2)).toMatchObject({ candidate: 'base', base: 'tiny-llama' });
  });

  it('is one, however often it is written down, and the next one follows', async () => {
    await record('again');
    expect(await record('again')).toEqual({ seq: 1, baseVersion: 2 });
    expect(await record('third', 1)).toEqual({ seq: 2, baseVersion: 1 });
    expect((await registry.evaluations('demo')).map(({ seq, runId }) => [seq, runId])).toEqual([
      [1, 'again'],
      [2, 'third'],
    ]);
    expect(await registry.checkSeals('demo')).not.toHaveProperty('broken');
  });

  it('can be neither changed nor taken out', async () => {
    await record('again');
    await expect(db.updateTable('evaluations').set({ gate: '{}' }).execute()).rejects.toThrow('append-only');
    await expect(db.deleteFrom('evaluations').execute()).rejects.toThrow('append-only');
  });

  it('is what a promotion must carry', async () => {
    await record('again');
    const open = (evidence: string, decision: 'promote' | 'hold') =>
      openUnderPolicy(registry, {
        promotionId: `p-${evidence}`,
        model: 'demo',
        version: 1,
        alias: 'production',
        incumbentVersion: null,
        baseVersion: 2,
        approvals: 0,
        gate: gate(decision),
        evidence: ref(evidence),
        policy,
        at: later,
      });
    await expect(open('first', 'hold')).rejects.toThrow(
      'evidence first is not the newest evaluation of version 1 of demo (again). Start it with: npx whetstone promote demo@v1 --alias production',
    );
    expect(await open('again', 'promote')).toEqual({ approvalsNeeded: 0 });
  });

  it('starts from what the registry knows: its own evaluation first, bases by their names', async () => {
    await record('again');
    expect(await findVersion(registry, { name: 'demo@v1' })).toMatchObject({
      model: 'demo',
      version: 1,
      arm: 'tuned',
      servedAs: serving,
      foreign: false,
      evaluations: [{ sha256: 'again' }],
      bases: { 'tiny-llama': { sha256: 'base' } },
    });
    // An untuned base goes by its number: `base` is what it would be compared with.
    expect(await findVersion(registry, { name: 'demo@2' })).toMatchObject({
      arm: 'v2',
      evaluations: [{ sha256: 'again' }],
    });
    await expect(findVersion(registry, { name: 'demo@v9' })).rejects.toThrow(
      "version: found 'demo@v9': model demo has no version 9; known: 1, 2",
    );
    await expect(findVersion(registry, { name: 'demo@live' })).rejects.toThrow(
      /version: found 'demo@live': model demo/,
    );
  });
});

onEachDatabase('a model that was made elsewhere', ({ create }) => {
  it('is a version once for its content, with where it comes from, and is evaluated as foreign', async () => {
    const db = await openDatabase<RegistryTables>(await create());
    try {
      await migrateRegistry(db);
      const registry = createRegistry(db);
      const register = (run: string, maxTokens = 96) =>
        registerModel(registry, {
          model: 'mine',
          ref: { uri: 'file:///kept', sha256: 'w' },
          servedAs: { ...serving, maxTokens },
          origin: { kind: 'hub', source: 'acme/small', by: 'ada', why: 'theirs', run },
          at,
        });
      expect(await register('one')).toEqual({ version: 1, isNew: true });
      // A retry of the same run, and another run with the same model.
      expect(await register('one')).toEqual({ version: 1, isNew: true });
      expect(await register('two')).toEqual({ version: 1, isNew: false });
      expect(await register('two', 40)).toEqual({ version: 2, isNew: true });
      const version = await registry.getVersion('mine', 1);
      expect(version).toMatchObject({ candidate: 'registered', base: 'acme/small', origin: { by: 'ada', run: 'one' } });
      expect(await registry.checkSeals('mine')).not.toHaveProperty('broken');
      expect(await findVersion(registry, { name: 'mine@v1' })).toMatchObject({ arm: 'registered', foreign: true });
    } finally {
      await db.destroy();
    }
  });
});

it('is stale once something else serves than it was compared with, but not where that is the version itself', async () => {
  const find = (serves: number | null | undefined, incumbentVersion: number | null) => {
    const lastMove = async () => (serves === undefined ? undefined : ({ toVersion: serves } as AliasMove));
    return findStale({ lastMove }, { model: 'demo', version: 3, alias: 'production', incumbentVersion });
  };
  expect(await find(1, 1)).toEqual([]);
  expect(await find(undefined, null)).toEqual([]);
  expect(await find(null, null)).toEqual([]);
  expect(await find(3, 1)).toEqual([]);
  expect(await find(2, 1)).toEqual(['production of demo serves version 2, and it was compared with version 1']);
  expect(await find(null, 1)).toEqual(['production of demo serves nothing, and it was compared with version 1']);
});
