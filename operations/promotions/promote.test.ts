import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { RunConfigSchema, type StagePolicy } from '../../configs/schema.ts';
import { EvaluationPlanSchema } from '../../contract/version-stages.ts';
import { openRegistry } from '../../registry/open.ts';
import type { Registry } from '../../registry/store.ts';
import type { DataRef } from '../../schema/data.ts';
import { fakeEvaluation } from '../../test/support/fake-activities.ts';
import { promoteUnevaluated, promotionOf, type PromoteRequest } from './promote.ts';

const at = '2026-11-26T10:00:00Z';
const policies: Record<string, StagePolicy> = {
  production: { description: '', approvals: 0, evidence: ['evaluation', 'gate-promote'] },
  strict: { description: '', approvals: 0, evidence: ['evaluation', 'gate-promote'], override: 'never' },
  staging: { description: '', approvals: 0, evidence: ['evaluation'] },
  dev: { description: '', approvals: 0, evidence: [] },
  fast: { description: '', approvals: 0, evidence: [], constraints: { p95LatencyMs: 100 } },
};
const gate = { decision: 'hold' as const, suite: 'test', candidate: 'tuned', reasons: ['too near'] };

let folder: string;
let registry: Registry;
let store: ArtifactStore;
let evidence: DataRef;
let close: () => Promise<void>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-promote-'));
  ({ registry, close } = await openRegistry({ url: ':memory:', policies }));
  store = createFileStore(folder);
  const bytes = Buffer.from(JSON.stringify(fakeEvaluation(0.03)));
  evidence = await store.addBytes({ kind: 'evidence', bytes, ending: '.json', rows: 1 });
  await register('base', 'base');
  await register('tuned', 'tuned');
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const register = (candidate: string, weights: string) =>
  registry.registerVersion({
    model: 'demo',
    candidate,
    runId: weights,
    base: 'b',
    ref: { uri: `file:///${weights}`, sha256: weights },
    systemPrompt: '',
    sampling: { temperature: 0, maxTokens: 96 },
    ...(candidate === 'tuned' && { evidence: { uri: evidence.uri, sha256: evidence.sha256 }, gate }),
    at,
  });
const request = {
  model: 'demo',
  version: 2,
  alias: 'production',
  by: 'Ada',
  why: 'the price is right',
  override: true,
};
const ask = (rest: Partial<PromoteRequest> = {}) => promotionOf({ registry, store, policies }, { ...request, ...rest });
const serve = (version: number, alias = 'production') =>
  registry.moveAlias({
    model: 'demo',
    alias,
    toVersion: version,
    expectedVersion: null,
    kind: 'bootstrap',
    by: 'a',
    why: 'b',
    promotionId: `first of ${alias}`,
    at,
  });

it('asks with the evidence that the version was registered with, and shows who overrides what', async () => {
  await serve(1);
  const input = await ask();
  expect(input).toMatchObject({
    incumbentVersion: 1,
    baseVersion: 1,
    gate,
    evidence: { sha256: evidence.sha256 },
    request: { by: 'Ada', why: 'the price is right', override: true },
  });
  expect(input.summary).toMatch(
    /^\*\*Override, asked for by Ada\*\*.*the gate said hold: the price is right\n\n### Suite test/,
  );
});

it('says what an override takes, and where none is allowed', async () => {
  await expect(ask({ override: false })).rejects.toThrow(
    'demo@v2: the gate said hold (too near), and production asks for its yes. To promote it all the same add --override; then one other person than Ada must approve',
  );
  await expect(ask({ alias: 'strict' })).rejects.toThrow(/its policy lets nobody override that/);
  expect((await ask({ alias: 'staging', override: false })).request).toMatchObject({ override: false });
});

it('asks again what the run asked of its promotion, so that asking once more is no way around it', async () => {
  await serve(1);
  const opened = {
    model: 'demo',
    version: 2,
    alias: 'production',
    expectedVersion: 1,
    evidenceSha256: evidence.sha256,
    reasons: [],
    at,
  };
  const startedBy = { by: 'Grace', how: 'with npx whetstone run' };
  await registry.openPromotion({ ...opened, id: 'of the run', approvalsNeeded: 2, asks: { maxAge: '7d' }, startedBy });
  await registry.closePromotion({ promotionId: 'of the run', why: 'rejected', by: 'Ada', at });
  expect(await ask()).toMatchObject({ approvals: 2, asks: { maxAge: '7d' }, startedBy });
  // Of another alias it says nothing.
  const elsewhere = await ask({ alias: 'staging', override: false });
  expect([elsewhere.approvals, elsewhere.asks]).toEqual([0, undefined]);
});

it('waits as long as is said, else as the promotion of its run, else as the config of its evaluation says', async () => {
  const HOUR_MS = 3_600_000;
  const waits = async (rest: Partial<PromoteRequest> = {}) => (await ask(rest)).expiresAfterMs / HOUR_MS;
  expect(await waits()).toBe(72);
  const config = RunConfigSchema.parse({
    name: 'demo',
    documents: 'd',
    candidates: [{ name: 'tuned' }],
    promote: { expiresAfterHours: 12 },
  });
  const rows = [EvaluationPlanSchema.parse({ config, configHash: 'c', suites: [], bases: {} })];
  const plan = await store.writeJsonLines({ kind: 'plans', rows });
  const bytes = Buffer.from(JSON.stringify({ ...fakeEvaluation(0.03), plan }));
  const planned = await store.addBytes({ kind: 'evidence', bytes, ending: '.json', rows: 1 });
  const made = { arm: 'v2', configHash: 'c', against: { model: 'demo', alias: 'production' }, baseVersion: 1 };
  const again = { model: 'demo', version: 2, runId: 'again', gate, at, evidence: planned };
  await registry.addEvaluation({ ...again, made: { ...made, incumbentVersion: null } });
  expect(await waits()).toBe(12);
  const opened = {
    model: 'demo',
    version: 2,
    alias: 'production',
    expectedVersion: 1,
    reasons: [],
    approvalsNeeded: 1,
  };
  const ends = (hours: number) => new Date(Date.parse(at) + hours * HOUR_MS).toISOString();
  const byHand = { by: 'Ada', why: 'a try', override: false };
  await registry.openPromotion({ ...opened, id: 'of the run', expiresAt: ends(24), at });
  await registry.openPromotion({ ...opened, id: 'by hand', expiresAt: ends(1), at, request: byHand });
  await registry.closePromotion({ promotionId: 'by hand', why: 'rejected', by: 'Ada', at });
  expect(await waits()).toBe(24);
  // Of another alias it says nothing.
  expect(await waits({ alias: 'staging', override: false })).toBe(12);
  expect(await waits({ expiresAfterMs: 5 * HOUR_MS })).toBe(5);
  await rm(fileURLToPath(plan.uri));
  expect(await waits({ alias: 'staging', override: false })).toBe(72);
});

it('moves an alias that asks nothing to what was never evaluated, at once, and leaves any other to what an evaluation says', async () => {
  const unevaluated = (alias: string, version = 1) =>
    promoteUnevaluated({ registry, policies }, { model: 'demo', version, alias, by: 'Ada', why: 'a try' });
  expect(await unevaluated('staging')).toBeUndefined();
  expect(await unevaluated('dev', 2)).toBeUndefined();
  expect(await unevaluated('dev')).toMatch(/^promote\/demo\/dev\/v1-/);
  expect((await registry.deployment('demo', 'dev')).stable.version).toBe(1);
  await expect(unevaluated('dev')).rejects.toThrow('dev of demo serves version 1 already');
});

it('refuses what no approval can mend, before anybody is asked', async () => {
  await expect(ask({ alias: 'fast' })).rejects.toThrow(
    "demo@v2 can't move fast: rule constraints.p95LatencyMs: found no latency in its evaluation, expected 100 ms at most for 95 of 100 answers. Fix: evaluate it anew: npx whetstone evaluate demo@v2",
  );
});

it('refuses what was withdrawn, and says how to clear it: nobody is asked for what comes to nothing', async () => {
  await register('tuned', 'tuned');
  await register('base', 'other');
  await registry.promoteAtOnce({ ...request, id: 'dev', alias: 'dev', version: 2, at });
  await registry.promoteAtOnce({ ...request, id: 'dev2', alias: 'dev', version: 1, at });
  await registry.promoteAtOnce({ ...request, id: 'dev3', alias: 'dev', version: 2, at });
  await registry.rollback({ model: 'demo', alias: 'dev', by: 'Bob', why: 'wrong doses', allowBase: true, at });
  await expect(ask()).rejects.toThrow(
    'demo@production: version 2 was withdrawn by Bob at 2026-11-26T10:00:00Z (wrong doses). Clear the block of version 2 before promoting it again: npx whetstone unblock demo 2 --why "..."',
  );
  expect(await registry.openPromotions()).toEqual([]);
});

it('refuses what was compared with another version than serves now', async () => {
  await register('tuned', 'other');
  await serve(3);
  await expect(ask()).rejects.toThrow(/was not compared with version 3, which production serves now/);
});

it('refuses, where nothing serves, what was compared with a version that served', async () => {
  await register('tuned', 'other');
  const again = { model: 'demo', version: 2, runId: 'again', gate, at, evidence };
  const made = { arm: 'v2', configHash: 'c', against: { model: 'demo', alias: 'production' }, baseVersion: 1 };
  await registry.addEvaluation({ ...again, made: { ...made, incumbentVersion: 3 } });
  await expect(ask()).rejects.toThrow(
    "demo@v2 can't move production, which serves nothing: rule evidence: found an evaluation of demo@v2 against version 3, expected one beside the untuned base",
  );
  await registry.addEvaluation({ ...again, runId: 'more', made: { ...made, incumbentVersion: null } });
  expect(await ask()).toMatchObject({ incumbentVersion: null });
});

it('refuses what serves already, what was never evaluated, what waits already, and an alias without a rule', async () => {
  await serve(2, 'staging');
  await expect(ask({ alias: 'staging' })).rejects.toThrow('staging of demo serves version 2 already');
  await expect(ask({ version: 1 })).rejects.toThrow(/demo@v1 was never evaluated: it is the untuned base/);
  await expect(ask({ alias: 'live' })).rejects.toThrow(
    /alias 'live' has no policy; known: dev, fast, production, staging, strict/,
  );
  await registry.openPromotion({
    id: 'waits',
    model: 'demo',
    version: 2,
    alias: 'production',
    expectedVersion: 1,
    reasons: [],
    approvalsNeeded: 1,
    at,
  });
  await expect(ask()).rejects.toThrow(/waits already: npx whetstone approve waits --by NAME --why/);
});
