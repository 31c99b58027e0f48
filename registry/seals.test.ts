import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openDatabase } from '../sql/database.ts';
import { isPostgres } from '../sql/words.ts';
import { onEachDatabase } from '../test/support/databases.ts';
import { migrateRegistry } from './migrate.ts';
import type { RegistryTables } from './schema.ts';
import { createRegistry } from './store.ts';

const at = '2026-11-26T10:00:00Z';
const said = { by: 'ann', why: 'wrong\0doses', at };

onEachDatabase('a history that is sealed', ({ create }) => {
  it('holds over all that is written, and names the row that was changed', async () => {
    const db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    const registry = createRegistry(db, { policies: { production: { description: '', approvals: 0, evidence: [] } } });
    const common = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0.7, maxTokens: 96 }, at };
    for (const [i, candidate] of ['base', 'one', 'two'].entries())
      await registry.registerVersion({
        ...common,
        candidate,
        runId: candidate,
        ref: { uri: `file:///${i}`, sha256: `${i}` },
      });
    const alias = { model: 'demo', alias: 'production' };
    const move = { ...alias, ...said };
    await registry.moveAlias({ ...move, toVersion: 1, expectedVersion: null, kind: 'bootstrap', promotionId: 'base' });
    for (const [id, version, expectedVersion] of [
      ['p2', 2, 1],
      ['p3', 3, 2],
    ] as const) {
      await registry.openPromotion({
        ...alias,
        id,
        version,
        expectedVersion,
        reasons: ['better'],
        approvalsNeeded: 1,
        at,
      });
      await registry.recordDecision({ promotionId: id, decision: 'approve', updateId: id, ...said });
      await registry.moveAlias({ ...move, toVersion: version, expectedVersion, kind: 'promote', promotionId: id });
    }
    await registry.openPromotion({
      ...alias,
      id: 'p4',
      version: 2,
      expectedVersion: 3,
      reasons: [],
      approvalsNeeded: 1,
      at,
    });
    await registry.closePromotion({ promotionId: 'p4', ...said });
    await registry.rollback(move);
    await registry.takeDown(move);
    await registry.clearBlock({ model: 'demo', version: 3, ...said });
    await registry.mark({ model: 'demo', of: { version: 3 }, action: 'archive', ...said });
    // 3 versions, 5 moves, 3 promotions, 3 decisions, 2 blocks, 1 mark.
    expect(await registry.checkSeals('demo')).toMatchObject({
      rows: 17,
      link: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();

    const trigger = isPostgres(db) ? 'alter table decisions disable trigger all' : 'drop trigger decisions_no_update';
    await sql.raw(trigger).execute(db);
    await sql.raw(`update decisions set why = 'fine' where promotion_id = 'p3'`).execute(db);
    expect((await registry.checkSeals('demo')).broken).toMatch(
      /^decisions p3 1: the row was changed: found [0-9a-f]{64}/,
    );
    await db.destroy();
  });
});
