import { sql, type Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';

const AT = '2026-11-26T10:00:00Z';
const policies = { production: { description: '', approvals: 0, evidence: [] } };
const about = { model: 'demo', alias: 'production', by: 'ann', why: 'better', at: AT };

onEachDatabase('what happened', ({ kind, create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, { policies });
    const version = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at: AT };
    for (const [i, candidate] of ['base', 'one', 'two'].entries())
      await registry.registerVersion({
        ...version,
        candidate,
        runId: `r${i}`,
        ref: { uri: 'file:///w', sha256: `${i}` },
      });
    await registry.moveAlias({
      ...about,
      toVersion: 1,
      expectedVersion: null,
      kind: 'bootstrap',
      promotionId: 'p/base',
    });
    const promotion = { ...about, reasons: [], approvalsNeeded: 1 };
    for (const [id, version] of [
      ['done', 2],
      ['agreed', 3],
      ['open', 3],
    ] as const) {
      await registry.openPromotion({ ...opening(promotion), id, version, expectedVersion: 1 });
      const decision = { promotionId: id, decision: 'approve' as const, by: 'ann', why: 'yes', updateId: 'u', at: AT };
      if (id !== 'open') await registry.recordDecision(decision);
    }
    await registry.moveAlias({ ...about, toVersion: 2, expectedVersion: 1, kind: 'promote', promotionId: 'done' });
    await registry.rollback({ ...about, allowBase: true });
    await registry.mark({ model: 'demo', of: { version: 3 }, action: 'archive', by: 'ann', why: 'old', at: AT });
    const sample = { sample: 's', grades: [], updateId: 'u' };
    await registry.recordGrading({ promotionId: 'open', by: 'ann', ...sample, at: AT });
    await registry.recordCalibration({
      judge: 'safe',
      version: '1',
      labels: 1,
      labelsSha256: 'l',
      agreement: 1,
      kappa: 1,
      low: 1,
      high: 1,
      confidence: 0.95,
      falsePositives: 0,
      falseNegatives: 0,
      humanPasses: 1,
      by: 'ann',
      at: AT,
    });
  });
  afterEach(() => db.destroy());

  const opening = ({ by: _by, why: _why, ...rest }: typeof about & { reasons: string[]; approvalsNeeded: number }) =>
    rest;
  const tell = (statement: string) => sql.raw(statement).execute(db);
  const rows = async (table: string) => (await sql.raw(`select * from ${table}`).execute(db)).rows;

  const HISTORY = [
    'versions',
    'version_blocks',
    'alias_moves',
    'promotions',
    'decisions',
    'calibrations',
    'marks',
    'gradings',
    'seals',
    'outbox',
  ];
  it.each(HISTORY)('can be neither changed nor deleted (%s)', async (table) => {
    const before = await rows(table);
    expect(before).not.toEqual([]);
    const column = { versions: 'base', promotions: 'reasons', seals: 'subject', outbox: 'data' }[table] ?? 'by';
    await expect(tell(`update ${table} set ${column} = 'eve'`)).rejects.toThrow(
      `${table} is append-only: update is refused`,
    );
    await expect(tell(`delete from ${table}`)).rejects.toThrow(`${table} is append-only: delete is refused`);
    expect(await rows(table)).toEqual(before);
  });

  it.runIf(kind === 'Postgres')('can not be emptied', async () => {
    for (const table of HISTORY)
      await expect(tell(`truncate ${table} cascade`)).rejects.toThrow(/is append-only: truncate is refused/);
  });

  it('and a model keeps its name', async () => {
    await expect(tell(`update models set name = 'other'`)).rejects.toThrow(/append-only/);
    await expect(tell('delete from models')).rejects.toThrow(/append-only/);
  });

  describe('a promotion', () => {
    const settle = (id: string, state: string) => tell(`update promotions set state = '${state}' where id = '${id}'`);

    it('that is settled stays as it is', async () => {
      for (const state of ['waiting', 'approved', 'held'])
        await expect(settle('done', state)).rejects.toThrow(/promotions is append-only/);
      expect(await registry.promotion('done')).toMatchObject({ state: 'promoted' });
    });

    it('that is open can be settled, but not moved without approval, nor opened again', async () => {
      await expect(settle('open', 'promoted')).rejects.toThrow(/promotions is append-only/);
      await expect(settle('agreed', 'waiting')).rejects.toThrow(/promotions is append-only/);
      await settle('open', 'held');
      await settle('agreed', 'superseded');
    });
  });

  it.runIf(kind === 'SQLite')('can not be replaced by a row of the same key', async () => {
    for (const table of HISTORY.filter((name) => name !== 'promotions'))
      await expect(tell(`insert or replace into ${table} select * from ${table}`)).rejects.toThrow(
        `${table} is append-only: replace is refused`,
      );
  });
});
