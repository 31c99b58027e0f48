import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../sql/database.ts';
import { onEachDatabase } from '../test/support/databases.ts';
import type { MoveRequest } from './aliases.ts';
import { migrateRegistry } from './migrate.ts';
import type { NewPromotion } from './promotions.ts';
import type { RegistryTables } from './schema.ts';
import { createRegistry, type Registry } from './store.ts';

const MODEL = 'womens-health';
const AT = '2026-11-23T10:00:00Z';
const policies = {
  production: { description: '', approvals: 0, evidence: ['evaluation' as const, 'gate-promote' as const] },
  guarded: { description: '', approvals: 2, evidence: [] },
  open: { description: '', approvals: 0, evidence: [] },
};

onEachDatabase('the registry', ({ kind, create }) => {
  let url: string;
  let database: Kysely<RegistryTables>;
  let registry: Registry;

  beforeEach(async () => {
    url = await create();
    database = await openDatabase<RegistryTables>(url);
    await migrateRegistry(database);
    registry = createRegistry(database, { policies });
  });
  afterEach(() => database.destroy());

  const register = (run: number, model = MODEL, weights = run) =>
    registry.registerVersion({
      model,
      candidate: 'tiny-sft',
      runId: `run-${run}`,
      base: 'tiny-llama',
      ref: { uri: `file:///models/${run}`, sha256: `sha-${weights}` },
      systemPrompt: 'Answer briefly.',
      sampling: { temperature: 0, maxTokens: 96 },
      datasetVersion: 'd1',
      evidence: { uri: 'file:///evidence', sha256: 'e1' },
      at: AT,
    });

  const promotion = (id: string, version: number, expectedVersion: number | null, rest: Partial<NewPromotion> = {}) =>
    registry.openPromotion({
      id,
      model: MODEL,
      version,
      alias: 'production',
      expectedVersion,
      evidenceSha256: 'e1',
      gateDecision: 'promote',
      reasons: ['better'],
      approvalsNeeded: 0,
      at: AT,
      ...rest,
    });

  const move = (
    promotionId: string,
    toVersion: number,
    expectedVersion: number | null,
    rest: Partial<MoveRequest> = {},
  ) =>
    registry.moveAlias({
      model: MODEL,
      alias: 'production',
      toVersion,
      expectedVersion,
      by: 'the gate',
      why: 'better',
      kind: 'promote',
      promotionId,
      at: AT,
      ...rest,
    });

  const rollback = (rest: { requestId?: string; expectedVersion?: number; alias?: string } = {}) =>
    registry.rollback({ model: MODEL, alias: 'production', by: 'ann', why: 'wrong doses', at: AT, ...rest });

  /** Registers versions 1 to `count`, bootstraps 1 and promotes the others in turn. */
  async function promoteUpTo(count: number): Promise<void> {
    for (let version = 1; version <= count; version++) {
      await register(version);
      if (version > 1) await promotion(`p${version}`, version, version - 1);
      await move(`p${version}`, version, version === 1 ? null : version - 1, {
        kind: version === 1 ? 'bootstrap' : 'promote',
      });
    }
  }

  const serving = async (alias = 'production') => (await registry.deployment(MODEL, alias)).stable.version;

  describe('versions', () => {
    it('are numbered in each model, and given back whole', async () => {
      await register(1);
      await register(1, 'cycle');
      expect(await register(2)).toEqual({
        model: MODEL,
        version: 2,
        candidate: 'tiny-sft',
        runId: 'run-2',
        base: 'tiny-llama',
        ref: { uri: 'file:///models/2', sha256: 'sha-2' },
        systemPrompt: 'Answer briefly.',
        sampling: { temperature: 0, maxTokens: 96 },
        datasetVersion: 'd1',
        evidence: { uri: 'file:///evidence', sha256: 'e1' },
        createdAt: AT,
      });
      expect((await registry.listVersions(MODEL)).map(({ version }) => version)).toEqual([1, 2]);
      expect((await registry.listVersions('cycle')).map(({ version }) => version)).toEqual([1]);
    });

    it('are registered once for each run, candidate and weights', async () => {
      await register(1);
      await register(2);
      expect((await register(1)).version).toBe(1);
      expect(await registry.listVersions(MODEL)).toHaveLength(2);
    });

    it('and models that are unknown are named with what is known', async () => {
      await register(1);
      await expect(registry.listVersions('womens-helth')).rejects.toThrow(
        'unknown model "womens-helth"; known: womens-health',
      );
      await expect(registry.getVersion(MODEL, 7)).rejects.toThrow('womens-health has no version 7; known: 1');
      await expect(registry.deployment(MODEL, 'staging')).rejects.toThrow('has no alias "staging"; known: none yet');
      await expect(register(1).then(() => move('p', 7, null))).rejects.toThrow('has no version 7');
    });

    it('survive a second migration', async () => {
      await register(1);
      await migrateRegistry(database);
      expect(await registry.models()).toEqual([{ name: MODEL, versions: 1, aliases: {} }]);
    });
  });

  describe('moving an alias', () => {
    it('appends a row and serves the new version', async () => {
      await promoteUpTo(2);
      expect(await serving()).toBe(2);
      expect(await registry.history(MODEL, 'production')).toMatchObject([
        { seq: 1, kind: 'bootstrap', fromVersion: null, toVersion: 1 },
        {
          seq: 2,
          kind: 'promote',
          fromVersion: 1,
          toVersion: 2,
          by: 'the gate',
          why: 'better',
          requestId: 'p2',
          at: AT,
        },
      ]);
      expect(await registry.models()).toEqual([{ name: MODEL, versions: 2, aliases: { production: 2 } }]);
      expect((await registry.promotion('p2')).state).toBe('promoted');
    });

    it('returns the same move to a retry, even after later moves', async () => {
      await promoteUpTo(3);
      expect(await move('p2', 2, 1)).toMatchObject({ status: 'moved', move: { seq: 2, toVersion: 2 } });
      expect(await registry.history(MODEL)).toHaveLength(3);
      expect(await serving()).toBe(3);
      await expect(move('p2', 3, 2)).rejects.toThrow(
        'promotion p2 already moved womens-health@production to version 2',
      );
    });

    it('is a conflict, naming what serves, when another version serves than was evaluated', async () => {
      await promoteUpTo(2);
      await register(3);
      await promotion('late', 3, 1);
      expect(await move('late', 3, 1)).toEqual({
        status: 'conflict',
        servingVersion: 2,
        message:
          'womens-health@production: expected version 1 to serve, but version 2 serves now. Evaluate version 3 against what serves now',
      });
      expect((await registry.promotion('late')).state).toBe('superseded');
      await rollback();
      expect(await move('late', 3, 1)).toMatchObject({
        status: 'refused',
        message: expect.stringContaining('superseded') as string,
      });
      expect(await serving()).toBe(1);
    });

    it('bootstraps only an alias that never moved', async () => {
      await promoteUpTo(2);
      expect(await move('again', 1, 2, { kind: 'bootstrap' })).toMatchObject({ status: 'conflict', servingVersion: 2 });
      expect(await move('other', 1, null, { kind: 'bootstrap', alias: 'staging' })).toMatchObject({ status: 'moved' });
    });

    it('lets exactly one of 50 simultaneous promotions win, step after step', { timeout: 240_000 }, async () => {
      await promoteUpTo(1);
      const versions = Array.from({ length: 50 }, (_, i) => i + 2);
      for (const version of versions) await register(version);
      const script = resolve(import.meta.dirname, '../test/fakes/registry-process.ts');
      const run = promisify(execFile);
      // Of Postgres each process has a pool of connections, in SQLite each has one.
      const processes = kind === 'Postgres' ? 2 : 5;
      for (const step of [1, 2]) {
        const before = await serving();
        const asked = versions.filter((version) => version !== before);
        for (const version of asked) await promotion(`race${step}/${version}`, version, before);
        const shares = Array.from({ length: processes }, (_, i) => asked.filter((_v, j) => j % processes === i));
        const outcomes = await Promise.all(
          shares.map((share) =>
            run(process.execPath, [script, url, `${before}`, ...share.map((v) => `race${step}/${v}=${v}`)]),
          ),
        );
        const statuses = outcomes.flatMap(({ stdout }) => stdout.split('\n'));
        expect(statuses.filter((status) => status === 'moved')).toHaveLength(1);
        expect(statuses.filter((status) => status === 'conflict')).toHaveLength(asked.length - 1);
      }
      const moves = await registry.history(MODEL);
      expect(moves.map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(moves.slice(1).map(({ fromVersion }) => fromVersion)).toEqual(moves.slice(0, -1).map((m) => m.toVersion));
      const states = (await registry.promotions(MODEL)).map(({ state }) => state);
      expect(states.filter((state) => state === 'promoted')).toHaveLength(2);
      expect(states.filter((state) => state !== 'promoted' && state !== 'superseded')).toEqual([]);
    });

    it('lets exactly one of two calls on one connection win', async () => {
      await promoteUpTo(1);
      for (const version of [2, 3]) {
        await register(version);
        await promotion(`race${version}`, version, 1);
      }
      const results = await Promise.all([move('race2', 2, 1), move('race3', 3, 1)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['conflict', 'moved']);
    });

    it('is refused without the evidence and approvals that the policy asks', async () => {
      await promoteUpTo(1);
      await register(2);
      const refusal = async (id: string, fields: Partial<NewPromotion>, rest: Partial<MoveRequest> = {}) => {
        await promotion(id, 2, 1, fields);
        const result = await move(id, 2, 1, rest);
        return result.status === 'refused' ? result.message : result.status;
      };
      expect(await refusal('a', { evidenceSha256: undefined })).toContain(
        'rule evidence: found no evaluation, expected one against what serves. Fix: run its config',
      );
      expect(await refusal('b', { gateDecision: 'hold' })).toContain(
        `rule evidence: found the gate's hold, expected the gate's promote. Fix: ask for it all the same: npx whetstone promote`,
      );
      expect(await refusal('c', { approvalsNeeded: 1 })).toContain('promotion c is waiting, not approved');
      expect(await refusal('d', { version: 1 })).toContain(
        'was opened to move womens-health@production to version 1 from 1',
      );
      const guarded = { alias: 'guarded', expectedVersion: null };
      expect(await refusal('e', guarded, guarded)).toContain('rule approvals: found 0 approvals, expected 2. Fix');
      expect(await serving()).toBe(1);
      await expect(move('never-opened', 2, 1)).rejects.toThrow('no promotion "never-opened" in the registry');
    });

    it('to an alias without a policy is refused, naming those with one', async () => {
      await register(1);
      await promotion('p', 1, null, { alias: 'gone' });
      expect(await move('p', 1, null, { alias: 'gone' })).toMatchObject({
        status: 'refused',
        message: expect.stringContaining('"gone" has no policy any more; aliases with one: guarded, open') as string,
      });
    });

    describe('that does not happen closes its promotion, with the reason (F31):', () => {
      const closed = async (id: string) => {
        const { state } = await registry.promotion(id);
        const last = (await registry.decisions(id)).at(-1);
        return { state, decision: last?.decision, by: last?.by, why: last?.why };
      };
      beforeEach(() => promoteUpTo(2));

      it('blocked', async () => {
        await rollback();
        await promotion('p', 2, 1);
        const result = await move('p', 2, 1);
        expect(result.status).toBe('blocked');
        expect(await closed('p')).toEqual({
          state: 'held',
          decision: 'close',
          by: 'whetstone',
          why: expect.stringContaining('version 2 was withdrawn by ann') as string,
        });
        // A retry after a crash comes to the same, and writes nothing twice.
        expect((await move('p', 2, 1)).status).toBe('blocked');
        expect(await registry.decisions('p')).toHaveLength(1);
      });

      it('refused', async () => {
        await register(3);
        await promotion('p', 3, 2, { gateDecision: 'hold' });
        expect((await move('p', 3, 2)).status).toBe('refused');
        expect(await closed('p')).toMatchObject({
          state: 'held',
          why: expect.stringContaining("found the gate's hold") as string,
        });
      });

      it('in conflict with what serves', async () => {
        await register(3);
        await promotion('p', 3, 1);
        expect((await move('p', 3, 1)).status).toBe('conflict');
        expect(await closed('p')).toMatchObject({
          state: 'superseded',
          why: expect.stringContaining('but version 2 serves now') as string,
        });
      });

      it('but not one that waits, or that was opened for another move', async () => {
        await register(3);
        await promotion('other', 1, 2);
        await promotion('waits', 3, 2, { approvalsNeeded: 1 });
        expect((await move('waits', 3, 2)).status).toBe('refused');
        expect((await move('other', 3, 2)).status).toBe('refused');
        expect((await registry.openPromotions()).map(({ id, state }) => [id, state])).toEqual([
          ['other', 'approved'],
          ['waits', 'waiting'],
        ]);
      });
    });
  });

  describe('rollback', () => {
    it('puts the version back that served before and withdraws the current one', async () => {
      await promoteUpTo(2);
      expect(await rollback()).toMatchObject({
        status: 'moved',
        move: { seq: 3, kind: 'rollback', fromVersion: 2, toVersion: 1, by: 'ann', why: 'wrong doses' },
      });
      expect(await serving()).toBe(1);
      expect((await registry.getVersion(MODEL, 2)).blocked).toEqual({ by: 'ann', why: 'wrong doses', at: AT });
    });

    it('goes further back each time instead of back and forth', async () => {
      await promoteUpTo(3);
      await rollback();
      expect(await serving()).toBe(2);
      await rollback();
      expect(await serving()).toBe(1);
      expect(await rollback()).toEqual({
        status: 'unavailable',
        servingVersion: 1,
        message: 'womens-health@production: version 1 serves now, and no earlier version is left to go back to',
      });
      expect(await serving()).toBe(1);
    });

    it('after a new promotion goes to what served before that, not to what was withdrawn', async () => {
      await promoteUpTo(3);
      await rollback();
      await register(4);
      await promotion('p4', 4, 2);
      await move('p4', 4, 2);
      await rollback();
      expect(await serving()).toBe(2);
      await rollback();
      expect(await serving()).toBe(1);
    });

    it('does not return to a taken down version whose block was cleared', async () => {
      await promoteUpTo(3);
      await rollback();
      await registry.clearBlock({ model: MODEL, version: 3, by: 'bea', why: 'false alarm', at: AT });
      await rollback();
      expect(await serving()).toBe(1);
    });

    it('skips a version that was withdrawn through another alias', async () => {
      await promoteUpTo(3);
      for (const [id, version, expected] of [
        ['o1', 1, null],
        ['o2', 2, 1],
      ] as const) {
        await promotion(id, version, expected, { alias: 'open' });
        await move(id, version, expected, { alias: 'open' });
      }
      await rollback({ alias: 'open' });
      await rollback();
      expect(await serving()).toBe(1);
    });

    it('returns the same move to a retry with the same request id', async () => {
      await promoteUpTo(3);
      const first = await rollback({ requestId: 'r1' });
      expect(await rollback({ requestId: 'r1' })).toEqual(first);
      expect(await serving()).toBe(2);
    });

    it('is a conflict when another version serves than was expected', async () => {
      await promoteUpTo(2);
      expect(await rollback({ expectedVersion: 1 })).toMatchObject({ status: 'conflict', servingVersion: 2 });
      expect(await serving()).toBe(2);
    });

    it('keeps a withdrawn version from being promoted until it is cleared', async () => {
      await promoteUpTo(2);
      await rollback();
      await promotion('again', 2, 1);
      expect(await move('again', 2, 1)).toMatchObject({
        status: 'blocked',
        servingVersion: 1,
        message: expect.stringContaining('version 2 was withdrawn by ann') as string,
      });
      await registry.clearBlock({ model: MODEL, version: 2, by: 'bea', why: 'fixed', at: AT });
      await promotion('cleared', 2, 1);
      expect(await move('cleared', 2, 1)).toMatchObject({ status: 'moved' });
      expect(await serving()).toBe(2);
    });

    it('keeps a withdrawn version out when a later run makes the same weights again', async () => {
      await promoteUpTo(2);
      await rollback();
      expect((await register(3, MODEL, 2)).version).toBe(3);
      await promotion('p3', 3, 1);
      expect(await move('p3', 3, 1)).toMatchObject({
        status: 'blocked',
        message: expect.stringContaining(
          'version 3 is the same as version 2: version 2 was withdrawn by ann',
        ) as string,
      });
    });

    it('does not put back a version that equals the one it withdraws', async () => {
      await promoteUpTo(2);
      await register(3, MODEL, 2);
      await promotion('p3', 3, 2);
      await move('p3', 3, 2);
      await rollback();
      expect(await serving()).toBe(1);
    });

    it('needs no policy, so that it works from any process', async () => {
      await promoteUpTo(2);
      const bare = createRegistry(database);
      await bare.rollback({ model: MODEL, alias: 'production', by: 'ann', why: 'x', at: AT });
      expect(await serving()).toBe(1);
      await promotion('p', 1, 1);
      await expect(
        bare.moveAlias({
          model: MODEL,
          alias: 'production',
          toVersion: 1,
          expectedVersion: 1,
          by: 'x',
          why: 'x',
          kind: 'promote',
          promotionId: 'p',
          at: AT,
        }),
      ).rejects.toThrow('open it with the policies of configs/stages.yaml');
      expect((await registry.promotion('p')).state).toBe('approved');
    });

    it('of an unknown model or alias names the known ones', async () => {
      await promoteUpTo(1);
      await expect(rollback({ alias: 'prod' })).rejects.toThrow('has no alias "prod"; known: production');
    });
  });

  describe('decisions', () => {
    const decide = (updateId: string, decision: 'approve' | 'reject' | 'expire', by = 'ann') =>
      registry.recordDecision({ promotionId: 'p', decision, by, why: 'read it', updateId, at: AT });

    beforeEach(async () => {
      await promoteUpTo(1);
      await register(2);
    });

    it('the first wins, and a second is told whose it was', async () => {
      await promotion('p', 2, 1, { approvalsNeeded: 1 });
      expect(await decide('u1', 'approve')).toMatchObject({ status: 'recorded', state: 'approved', approvals: 1 });
      expect(await decide('u2', 'reject', 'bea')).toEqual({
        status: 'refused',
        state: 'approved',
        message: `promotion p: already decided: approved by ann at ${AT} (read it)`,
      });
      expect(await registry.decisions('p')).toHaveLength(1);
      expect(await move('p', 2, 1)).toMatchObject({ status: 'moved' });
    });

    it('sent again with the same update id count once', async () => {
      await promotion('p', 2, 1, { approvalsNeeded: 1 });
      const first = await decide('u1', 'approve');
      expect(await decide('u1', 'approve')).toEqual(first);
      expect(await decide('u1', 'reject')).toMatchObject({ status: 'refused' });
      expect(await registry.decisions('p')).toHaveLength(1);
    });

    it('of two people are waited for where two are asked, and one person counts once', async () => {
      await promotion('p', 2, null, { approvalsNeeded: 2, alias: 'guarded' });
      expect(await decide('u1', 'approve')).toMatchObject({ state: 'waiting', approvals: 1, approvalsNeeded: 2 });
      expect(await decide('u2', 'approve')).toMatchObject({
        status: 'refused',
        message: `promotion p: approved by ann at ${AT} (read it); 2 different people are asked`,
      });
      expect(await move('p', 2, null, { alias: 'guarded' })).toMatchObject({ status: 'refused' });
      expect(await decide('u3', 'approve', 'bea')).toMatchObject({ state: 'approved', approvals: 2 });
      expect(await move('p', 2, null, { alias: 'guarded' })).toMatchObject({ status: 'moved' });
    });

    it.each([
      ['reject', 'rejected'],
      ['expire', 'expired'],
    ] as const)('%s keeps what serves', async (decision, state) => {
      await promotion('p', 2, 1, { approvalsNeeded: 1 });
      expect(await decide('u1', decision)).toMatchObject({ state });
      expect(await move('p', 2, 1)).toMatchObject({ status: 'refused' });
      expect(await serving()).toBe(1);
    });

    it('are not asked where no approval is', async () => {
      await promotion('p', 2, 1);
      expect(await decide('u1', 'approve')).toMatchObject({ status: 'refused', state: 'approved' });
    });

    it('on a promotion that was closed are refused, and one that moved stays promoted', async () => {
      await promotion('p', 2, 1, { approvalsNeeded: 1 });
      const closing = { why: 'its workflow was cancelled', by: 'whetstone', at: AT };
      await registry.closePromotion({ ...closing, promotionId: 'p' });
      await registry.closePromotion({ ...closing, promotionId: 'p' });
      expect((await registry.decisions('p')).map(({ why }) => why)).toEqual(['its workflow was cancelled']);
      expect(await decide('u1', 'approve')).toMatchObject({ status: 'refused', state: 'held' });
      await promotion('moved', 2, 1);
      await move('moved', 2, 1);
      await registry.closePromotion({ ...closing, promotionId: 'moved' });
      expect((await registry.promotion('moved')).state).toBe('promoted');
      await registry.closePromotion({ ...closing, promotionId: 'never opened' });
    });

    it('need a promotion that was opened, which happens once for its id', async () => {
      await expect(decide('u1', 'approve')).rejects.toThrow('no promotion "p" in the registry');
      await promotion('p', 2, 1, { approvalsNeeded: 1 });
      await decide('u1', 'approve');
      expect((await promotion('p', 2, 1, { approvalsNeeded: 1 })).state).toBe('approved');
      expect(await registry.promotions(MODEL)).toHaveLength(1);
    });
  });

  describe('calibrations', () => {
    const calibration = (changes: object = {}) => ({
      judge: 'safe',
      version: 'v1',
      labels: 80,
      labelsSha256: 'l1',
      agreement: 0.9,
      kappa: 0.8,
      low: 0.7,
      high: 0.9,
      confidence: 0.95,
      falsePositives: 3,
      falseNegatives: 5,
      humanPasses: 40,
      by: 'ada',
      at: AT,
      ...changes,
    });

    it('give the newest of each version of a judge, and keep the first of the same labels', async () => {
      await registry.recordCalibration(calibration());
      await registry.recordCalibration(calibration({ kappa: 0.1 }));
      await registry.recordCalibration(calibration({ labelsSha256: 'l2', kappa: 0.6, at: '2026-11-24T10:00:00Z' }));
      await registry.recordCalibration(calibration({ version: 'v2', kappa: 0.5, at: '2026-11-22T10:00:00Z' }));
      await registry.recordCalibration(calibration({ judge: 'grounded', kappa: 0.4 }));
      const kappas = (await registry.calibrations('safe')).map(({ version, kappa }) => [version, kappa]);
      expect(kappas).toEqual([
        ['v1', 0.6],
        ['v2', 0.5],
      ]);
      expect(await registry.calibrations()).toHaveLength(3);
    });
  });
});
