import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { renewalId, renewalOf } from '../../contract/promotions/renewals.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { makeRegistry, versionOf } from '../../test/support/demo-registry.ts';
import fc from '../../test/support/property.ts';
import type { RegistryTables } from '../schema.ts';
import type { Registry } from '../store.ts';

/** Minutes after a time, as ISO 8601. */
const minute = (n: number) => new Date(Date.UTC(2026, 10, 26, 10, n)).toISOString();
const alias = 'production';

onEachDatabase('of two promotions', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  let model: string;
  let models = 0;
  beforeEach(async () => {
    const production = { description: '', approvals: 0, evidence: [] };
    ({ db, registry } = await makeRegistry(await create(), { production }));
    await begin();
  });
  afterEach(() => db.destroy());

  /** A new model, whose base serves. */
  const begin = async () => {
    model = `demo-${models++}`;
    for (const candidate of ['base', 'two', 'three', 'four'])
      await registry.registerVersion(versionOf(candidate, { model, at: minute(0) }));
    const said = { by: 'whetstone', why: 'first', at: minute(0) };
    const first = { promotionId: `${model} first`, kind: 'bootstrap' as const };
    await registry.moveAlias({ model, alias, toVersion: 1, expectedVersion: null, ...first, ...said });
  };
  interface Opening {
    version?: number;
    asked?: number;
    at: number;
    approvalsNeeded?: number;
  }
  const open = async (id: string, { version = 2, asked, at, approvalsNeeded = 1 }: Opening) =>
    registry.openPromotion({
      id,
      model,
      version,
      alias,
      expectedVersion: (await registry.findServing(model, alias))?.version ?? null,
      reasons: [],
      approvalsNeeded,
      at: minute(at),
      ...(asked !== undefined && { askedAt: minute(asked) }),
    });
  const hold = (promotionId: string, at: number) =>
    registry.closePromotion({ promotionId, why: 'its evidence is stale', by: 'whetstone', at: minute(at) });
  const approve = (promotionId: string, at: number) =>
    registry.recordDecision({ promotionId, decision: 'approve', by: 'Ada', why: 'y', updateId: 'u', at: minute(at) });
  const move = async (promotionId: string, at: number) => {
    const { version, expectedVersion } = await registry.promotion(promotionId);
    const to = { model, alias, toVersion: version, expectedVersion };
    return registry.moveAlias({ ...to, kind: 'promote', promotionId, by: 'Ada', why: 'y', at: minute(at) });
  };
  const stateOf = async (id: string) => (await registry.promotion(id)).state;
  const last = async (id: string) => (await registry.decisions(id)).at(-1)?.why;

  it('a renewal of the older one comes to nothing while the newer one waits, and says so', async () => {
    await open('older', { at: 1 });
    await approve('older', 2);
    await open('newer', { version: 3, at: 3 });
    await hold('older', 5);
    // Asking for no approval, and naming another time, it is as old as what it goes on for.
    expect(await open('older/again-1', { at: 5, asked: 5, approvalsNeeded: 0 })).toMatchObject({
      state: 'superseded',
      askedAt: minute(1),
    });
    expect(await last('older/again-1')).toBe('superseded by newer, which promotes version 3 and is newer');
    expect(await stateOf('newer')).toBe('waiting');
    expect((await registry.checkSeals(model)).broken).toBeUndefined();
  });

  it('a renewal of the newer one supersedes the older one', async () => {
    await open('older', { at: 1 });
    await open('newer', { version: 3, at: 2 });
    await hold('newer', 3);
    await open('late', { version: 4, asked: 1, at: 4 });
    expect(await stateOf('late')).toBe('waiting');
    expect(await open('newer/again-1', { version: 3, at: 5 })).toMatchObject({ state: 'waiting', askedAt: minute(2) });
    expect(await registry.supersededBy('newer/again-1')).toEqual(['late']);
  });

  it('the older one is older also where its workflow came to open it late', async () => {
    await open('newer', { version: 3, asked: 3, at: 3 });
    expect((await open('older', { asked: 1, at: 4 })).state).toBe('superseded');
    expect(await stateOf('newer')).toBe('waiting');
    await registry.recordDecision({
      promotionId: 'newer',
      decision: 'reject',
      by: 'Ada',
      why: 'no',
      updateId: 'u',
      at: minute(5),
    });
    // What came to nothing is in nobody's way.
    expect((await open('older too', { asked: 2, at: 6 })).state).toBe('waiting');
  });

  it('the older one comes to nothing once the newer one has moved the alias, though that was rolled back', async () => {
    await open('older', { at: 1, approvalsNeeded: 0 });
    await open('newer', { version: 3, at: 2, approvalsNeeded: 0 });
    expect(await move('newer', 3)).toMatchObject({ status: 'moved' });
    await registry.rollback({ model, alias, by: 'Ada', why: 'bad', requestId: 'r', allowBase: true, at: minute(4) });
    expect(await move('older', 5)).toMatchObject({
      status: 'conflict',
      message: `${model}@production: superseded by newer, which promotes version 3 and is newer`,
    });
    expect((await open('older/again-1', { at: 6 })).state).toBe('superseded');
    expect(await stateOf('older')).toBe('superseded');
    expect((await open('asked for now', { at: 7 })).state).toBe('waiting');
  });

  it('a renewal of another version or alias is no renewal of this one', async () => {
    await open('first', { at: 1 });
    expect((await open('first/again-1', { version: 3, at: 2 })).askedAt).toBe(minute(2));
  });

  const Step = fc.oneof(
    fc.record({ do: fc.constant('open' as const), late: fc.nat(20), version: fc.integer({ min: 2, max: 4 }) }),
    fc.record({ do: fc.constantFrom('renew' as const, 'approve' as const, 'move' as const), which: fc.nat(7) }),
    fc.record({ do: fc.constant('roll back' as const) }),
  );
  it('none that was asked for later is ever superseded by, nor followed by a move of, one that was asked for before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(Step, { minLength: 4, maxLength: 14 }), fc.nat(1), async (steps, approvalsNeeded) => {
        await begin();
        const asked = new Map<string, number>();
        const moves: string[] = [];
        for (const [i, step] of steps.entries()) {
          const at = 30 + i;
          const ids = [...asked.keys()];
          const id = step.do === 'open' || step.do === 'roll back' ? '' : ids[step.which % ids.length];
          if (id === undefined) continue;
          if (step.do === 'open') {
            const name = `${model}/${i}`;
            asked.set(name, at - step.late);
            await open(name, { asked: at - step.late, at, version: step.version, approvalsNeeded });
          } else if (step.do === 'renew') {
            if (!['waiting', 'approved'].includes(await stateOf(id))) continue;
            const { first, renewals } = renewalOf(id);
            const { version } = await registry.promotion(id);
            await hold(id, at);
            asked.set(renewalId(first, renewals + 1), asked.get(first)!);
            await open(renewalId(first, renewals + 1), { at, asked: at, version, approvalsNeeded });
          } else if (step.do === 'approve') await approve(id, at);
          else if (step.do === 'move') {
            const before = await registry.lastMove(model, alias);
            const { status } = await move(id, at);
            if (status === 'moved' && (await registry.lastMove(model, alias))?.seq !== before?.seq) moves.push(id);
          } else {
            const of = { model, alias, by: 'Ada', why: 'bad', allowBase: true };
            await registry.rollback({ ...of, requestId: `${model} ${i}`, at: minute(at) });
          }
          const all = await registry.promotions(model);
          expect(all.filter(({ state }) => state === 'waiting').length).toBeLessThanOrEqual(1);
          const superseded = all.filter(({ state }) => state === 'superseded').map(({ id: one }) => one);
          const by = async (one: string) => /superseded by (\S+),/.exec((await last(one)) ?? '')?.[1] ?? one;
          const pairs = await Promise.all(superseded.map(async (one) => [one, await by(one)] as const));
          expect(pairs.filter(([one, newer]) => asked.get(newer)! < asked.get(one)!)).toEqual([]);
        }
        const times = moves.map((id) => asked.get(id)!);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
      { numRuns: 40 },
    );
  });
});
