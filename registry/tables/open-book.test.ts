import { sql, type Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { openBookOf } from '../../test/support/open-book.ts';
import { registerModel } from '../evaluations/register-model.ts';
import { migrateRegistry } from '../migrate.ts';
import { servedAsOf, type RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';
import type { NewVersion } from '../versions.ts';

const AT = '2026-11-26T10:00:00Z';
const quote = { kind: 'quote', sentences: 3, rule: 1 } as const;
const index = (letter: string) => ({ ...openBookOf().index, sha256: letter.repeat(64) });

onEachDatabase('a version that answers from the documents', ({ kind, create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, { policies: { production: { description: '', approvals: 0, evidence: [] } } });
  });
  afterEach(() => db.destroy());

  const register = (runId: string, over: Partial<NewVersion> = {}) =>
    registry.registerVersion({
      model: 'demo',
      candidate: 'extract',
      runId,
      base: 'b',
      ref: quote,
      systemPrompt: '',
      sampling: { temperature: 0, maxTokens: 96 },
      openBook: openBookOf(),
      at: AT,
      ...over,
    });

  it('is read as it was written, and stands in the chain of seals', async () => {
    const written = await register('r1');
    expect(written).toMatchObject({ ref: quote, openBook: openBookOf() });
    expect(await registry.getVersion('demo', 1)).toEqual(written);
    expect(servedAsOf(written)).toEqual({ systemPrompt: '', temperature: 0, maxTokens: 96, openBook: openBookOf() });
    const plain = await register('r2', { openBook: undefined, ref: { uri: 'file:///w', sha256: 'w' } });
    expect(plain).not.toHaveProperty('openBook');
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
  });

  it('can not be given another index afterwards, and a database that was made to is found out', async () => {
    await register('r1');
    const other = JSON.stringify(openBookOf({ index: index('c') }));
    const change = () => db.updateTable('versions').set({ openBook: other }).execute();
    await expect(change()).rejects.toThrow('versions is append-only: update is refused');
    await sql.raw(`drop trigger versions_no_update${kind === 'Postgres' ? ' on versions' : ''}`).execute(db);
    await change();
    expect((await registry.checkSeals('demo')).broken).toMatch(/versions 1: the row was changed/);
  });

  it('is checked when it is read', async () => {
    await register('r1');
    await sql.raw(`drop trigger versions_no_update${kind === 'Postgres' ? ' on versions' : ''}`).execute(db);
    await db.updateTable('versions').set({ openBook: '{"k": 4}' }).execute();
    await expect(registry.getVersion('demo', 1)).rejects.toThrow(/index/);
  });

  it('is another version with another index: what was withdrawn says nothing of it', async () => {
    await register('r1');
    await register('r2', { openBook: openBookOf({ index: index('c') }) });
    await register('r3');
    const move = (toVersion: number, expectedVersion: number | null) =>
      registry
        .openPromotion({
          id: `p${toVersion}`,
          model: 'demo',
          version: toVersion,
          alias: 'production',
          expectedVersion,
          reasons: [],
          approvalsNeeded: 0,
          at: AT,
        })
        .then(() =>
          registry.moveAlias({
            model: 'demo',
            alias: 'production',
            toVersion,
            expectedVersion,
            by: 'ann',
            why: 'x',
            kind: 'promote',
            promotionId: `p${toVersion}`,
            at: AT,
          }),
        );
    expect(await move(2, null)).toMatchObject({ status: 'moved' });
    expect(await move(1, 2)).toMatchObject({ status: 'moved' });
    await registry.rollback({ model: 'demo', alias: 'production', by: 'ann', why: 'wrong', at: AT });
    expect((await registry.deployment('demo', 'production')).stable.openBook?.index.sha256).toBe('c'.repeat(64));
    expect(await registry.hindrance({ model: 'demo', alias: 'production', version: 3 })).toMatch(
      /version 3 is the same as version 1/,
    );
    expect(await registry.hindrance({ model: 'demo', alias: 'production', version: 2 })).toBeUndefined();
  });

  it('that was made elsewhere is one for each index', async () => {
    const origin = { kind: 'hosted', source: 'x', by: 'ann', why: 'y', run: 'run' } as const;
    const servedAs = { systemPrompt: '', temperature: 0, maxTokens: 96 };
    const input = { model: 'demo', ref: quote, origin, at: AT };
    const versions = [openBookOf(), openBookOf({ index: index('c') }), openBookOf()];
    const numbers: number[] = [];
    for (const openBook of versions)
      numbers.push((await registerModel(registry, { ...input, servedAs: { ...servedAs, openBook } })).version);
    expect(numbers).toEqual([1, 2, 1]);
  });
});
