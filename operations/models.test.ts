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
    const gate = { decision: 'hold' as const, suite: 'test', candidate: 'held', reasons: ['too near', 'too few'] };
    await registry.registerVersion({ ...version, candidate: 'held', gate });
    const promotion = { model: 'demo', version: 1, alias: 'production', expectedVersion: null, reasons: [] };
    await registry.openPromotion({ ...promotion, id: 'p/blocked', approvalsNeeded: 0, at: at(2) });
    await registry.closePromotion({ promotionId: 'p/blocked', why: 'it was withdrawn', by: 'whetstone', at: at(3) });
    await registry.openPromotion({ ...promotion, id: 'p/refused', approvalsNeeded: 1, at: at(4) });
    const decision = { decision: 'reject' as const, by: 'ada', why: 'too curt', updateId: 'u', at: at(5) };
    await registry.recordDecision({ ...decision, promotionId: 'p/refused' });
    await registry.openPromotion({ ...promotion, id: 'p/waits', approvalsNeeded: 2, at: at(6) });
    const { versions, events } = await modelHistory(registry, { name: 'demo', aliases: { staging: 1 } });
    expect(versions).toMatchObject([
      { version: 1, candidate: 'tuned', servesAs: ['staging'] },
      { version: 2, candidate: 'held', gate: { decision: 'hold' } },
    ]);
    expect(events.map(({ at: when, what, text }) => [when, what, text])).toEqual([
      [at(1), 'evaluated', 'version 2  the gate said hold: too near; too few'],
      [at(3), 'came to nothing', 'production: version 1  held by whetstone: it was withdrawn'],
      [at(5), 'decided', 'production: version 1  rejected by ada: too curt'],
      [at(6), 'waits', 'production: version 1  waits for 2 approvals: p/waits'],
    ]);
  } finally {
    await database.destroy();
  }
});
