import { expect, it } from 'vitest';
import { migrateRegistry } from '../registry/migrate.ts';
import type { RegistryTables } from '../registry/schema.ts';
import { createRegistry } from '../registry/store.ts';
import { openDatabase } from '../sql/database.ts';
import { modelHistory } from './models.ts';

const at = (day: number) => `2026-03-0${day}T00:00:00Z`;

it('shows what became of each promotion, and what still waits (F31)', async () => {
  const database = await openDatabase<RegistryTables>(':memory:');
  try {
    await migrateRegistry(database);
    const registry = createRegistry(database);
    const ref = { uri: 'file:///w', sha256: 'w' };
    const sampling = { temperature: 0, maxTokens: 96 };
    const version = { model: 'demo', runId: 'run', base: 'b', systemPrompt: '', sampling, ref, at: at(1) };
    await registry.registerVersion({ ...version, candidate: 'tuned' });
    const promotion = { model: 'demo', version: 1, alias: 'production', expectedVersion: null, reasons: [] };
    await registry.openPromotion({ ...promotion, id: 'p/blocked', approvalsNeeded: 0, at: at(2) });
    await registry.closePromotion({ promotionId: 'p/blocked', why: 'it was withdrawn', by: 'whetstone', at: at(3) });
    await registry.openPromotion({ ...promotion, id: 'p/refused', approvalsNeeded: 1, at: at(4) });
    const decision = { decision: 'reject' as const, by: 'ada', why: 'too curt', updateId: 'u', at: at(5) };
    await registry.recordDecision({ ...decision, promotionId: 'p/refused' });
    await registry.openPromotion({ ...promotion, id: 'p/waits', approvalsNeeded: 2, at: at(6) });
    const { versions, events } = await modelHistory(registry, { name: 'demo', aliases: { staging: 1 } });
    expect(versions).toMatchObject([{ version: 1, candidate: 'tuned', servesAs: ['staging'] }]);
    expect(events).toEqual([
      { at: at(3), text: 'production: version 1  held by whetstone: it was withdrawn' },
      { at: at(5), text: 'production: version 1  rejected by ada: too curt' },
      { at: at(6), text: 'production: version 1  waits for 2 approval(s): p/waits' },
    ]);
  } finally {
    await database.destroy();
  }
});
