import { expect, it } from 'vitest';
import type { StagePolicy } from '../configs/schema.ts';
import { openDatabase } from '../sql/database.ts';
import { onEachDatabase } from '../test/support/databases.ts';
import { migrateRegistry } from './migrate.ts';
import { openUnderPolicy, promoteVersion } from './promote.ts';
import type { RegistryTables } from './schema.ts';
import { createRegistry } from './store.ts';

const at = '2026-11-26T10:00:00Z';
const production: StagePolicy = { description: '', approvals: 0, evidence: ['evaluation', 'gate-promote'] };
const gate = { decision: 'hold' as const, suite: 'test', candidate: 'tuned', reasons: ['too near'] };
const evidence = { uri: 'file:///e', sha256: 'e', rows: 1 };

onEachDatabase('a version that the gate held', ({ create }) => {
  async function open(policy: StagePolicy = production) {
    const db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    const registry = createRegistry(db, { policies: { production: policy } });
    const common = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at };
    await registry.registerVersion({
      ...common,
      candidate: 'base',
      runId: 'b',
      ref: { uri: 'file:///b', sha256: 'b' },
    });
    const made = { configHash: 'c', dataset: { uri: 'file:///d', sha256: 'd' }, incumbentVersion: null };
    const tuned = { ...common, candidate: 'tuned', runId: 'r', ref: { uri: 'file:///t', sha256: 't' } };
    await registry.registerVersion({ ...tuned, evidence: { uri: 'file:///e', sha256: 'e' }, gate, made });
    const about = { promotionId: 'p', model: 'demo', version: 2, alias: 'production' };
    const input = { ...about, incumbentVersion: null, baseVersion: 1, approvals: 0, gate, evidence, at, policy };
    const ask = (override: boolean) =>
      openUnderPolicy(registry, { ...input, request: { by: 'Ada Long', why: 'the price is right', override } });
    const approve = (by: string) =>
      registry.recordDecision({ promotionId: 'p', decision: 'approve', by, why: 'checked', updateId: by, at });
    const move = () =>
      promoteVersion(registry, { ...about, incumbentVersion: null, baseVersion: 1, by: 'ann', why: 'checked', at });
    return { registry, input, ask, approve, move, close: () => db.destroy() };
  }

  it('is kept with what the gate said, and with what made it', async () => {
    const { registry, close } = await open();
    expect(await registry.getVersion('demo', 2)).toMatchObject({ gate, made: { dataset: { sha256: 'd' } } });
    await close();
  });

  it('is promoted by a person once another one approves, and the promotion says that it overrode', async () => {
    const { registry, ask, approve, move, close } = await open();
    expect(await ask(true)).toEqual({ approvalsNeeded: 1 });
    expect(await approve(' ada  LONG')).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('another person must approve') as string,
    });
    expect(await approve('ben')).toMatchObject({ status: 'recorded', state: 'approved' });
    expect(await move()).toEqual({ status: 'moved', version: 2 });
    expect(await registry.promotion('p')).toMatchObject({
      gateDecision: 'hold',
      request: { by: 'Ada Long', why: 'the price is right', override: true },
      state: 'promoted',
    });
    await close();
  });

  it('is not promoted without an override, nor by an approval alone', async () => {
    const { ask, move, close } = await open({ ...production, approvals: 1 });
    // People are not asked for what no approval can mend.
    expect(await ask(false)).toMatchObject({
      approvalsNeeded: 1,
      held: expect.stringContaining(
        "rule evidence: found the gate's hold, expected the gate's promote. Fix: ask for it",
      ) as string,
    });
    expect(await move()).toMatchObject({ status: 'refused' });
    await close();
  });

  it('is not promoted where nobody may override, or where fewer approve than the policy asks', async () => {
    const never = await open({ ...production, override: 'never' });
    await expect(never.ask(true)).rejects.toThrow(/nobody may override the gate for alias 'production'/);
    await never.close();
    const two = await open({ ...production, override: 2 });
    expect(await two.ask(true)).toEqual({ approvalsNeeded: 2 });
    await two.approve('ben');
    expect(await two.move()).toMatchObject({ status: 'refused' });
    await two.close();
  });

  it('can not be called a yes by whoever starts a promotion by hand', async () => {
    const { registry, input, close } = await open();
    const claimed = { ...input, gate: { ...gate, decision: 'promote' as const } };
    await expect(openUnderPolicy(registry, claimed)).rejects.toThrow(/has the newest evaluation's, hold/);
    await close();
  });
});
