import { expect, it } from 'vitest';
import { StagePolicySchema } from '../../configs/schema.ts';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry } from '../store.ts';

const at = '2026-11-26T10:00:00Z';

onEachDatabase('a version that was never evaluated', ({ create }) => {
  it('moves an alias that asks nothing, and no other; of 50 at once each follows another', async () => {
    const db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    const asks = {
      dev: { evidence: [] },
      staging: { evidence: ['evaluation'] },
      guarded: { evidence: [], approvals: 1 },
    };
    const policies = Object.fromEntries(
      Object.entries(asks).map(([alias, rule]) => [alias, StagePolicySchema.parse(rule)]),
    );
    const registry = createRegistry(db, { policies });
    for (let i = 1; i <= 50; i++)
      await registry.registerVersion({
        model: 'demo',
        candidate: 'brought',
        runId: `r${i}`,
        base: 'b',
        ref: { uri: `file:///${i}`, sha256: `${i}` },
        systemPrompt: '',
        sampling: { temperature: 0, maxTokens: 96 },
        at,
      });
    const promote = (alias: string, version: number) =>
      registry.promoteAtOnce({ id: `${alias}/${version}`, model: 'demo', version, alias, by: 'Ada', why: 'a try', at });
    expect(await promote('staging', 1)).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('rule evidence: found no evaluation') as string,
    });
    expect(await promote('guarded', 1)).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('rule approvals: found 0 approvals, expected 1') as string,
    });
    const moves = await Promise.all(Array.from({ length: 50 }, (_, i) => promote('dev', i + 1)));
    expect(moves.every(({ status }) => status === 'moved')).toBe(true);
    const history = await registry.history('demo', 'dev');
    expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(history.slice(1).map(({ fromVersion }) => fromVersion)).toEqual(
      history.slice(0, -1).map((m) => m.toVersion),
    );
    expect((await registry.openPromotions()).length).toBe(0);
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
    await db.destroy();
  });
});
