import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';
import { appendDecision } from './closing.ts';
import type { NewDecision } from './record.ts';

const OPENED = '2026-11-23T10:00:00.000Z';
const EXPIRES = '2026-11-26T10:00:00.000Z';
const IN_TIME = '2026-11-26T09:59:59.999Z';
const LATER = '2026-11-29T10:00:00.000Z';
const asks = { description: '', approvals: 1, evidence: [], breakGlass: { reviewWithin: '48h' as const } };

onEachDatabase('a decision', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, { policies: { production: asks } });
    const version = { base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at: OPENED };
    for (const candidate of ['base', 'tuned', 'better'])
      await registry.registerVersion({
        ...version,
        model: 'demo',
        candidate,
        runId: candidate,
        ref: { uri: `file:///${candidate}`, sha256: candidate },
      });
    await open('p');
  });
  afterEach(() => db.destroy());

  const open = (id: string, version = 2) =>
    registry.openPromotion({
      id,
      model: 'demo',
      version,
      alias: 'production',
      expectedVersion: null,
      reasons: [],
      approvalsNeeded: 2,
      expiresAt: EXPIRES,
      at: OPENED,
    });
  const say = (said: Partial<NewDecision> = {}) =>
    registry.recordDecision({
      promotionId: 'p',
      decision: 'approve',
      by: 'Ada',
      why: 'fine',
      updateId: 'u1',
      at: OPENED,
      ...said,
    });
  /** As rows were before people's ids were apart. */
  const sayAsBefore = (updateId: string, by = 'Ada', promotionId = 'p') =>
    appendDecision(db, 'demo', { promotionId, decision: 'approve', by, why: 'fine', updateId, at: OPENED });
  const ids = async (id = 'p') => (await registry.decisions(id)).map(({ updateId }) => updateId);
  const stateOf = async (id: string) => (await registry.promotion(id)).state;

  it.each(['approve', 'reject', 'request-changes', 'break-glass'] as const)(
    'to %s is refused once the promotion has expired, and says so',
    async (decision) => {
      expect(await say({ decision, at: EXPIRES })).toEqual({
        status: 'refused',
        state: 'waiting',
        message: `promotion p: it expired at ${EXPIRES}, and this decision was received at ${EXPIRES}; nothing was changed. Ask for it again: npx whetstone promote demo@v2 --alias production --why "..."`,
      });
      expect(await ids()).toEqual([]);
    },
  );

  it('that was received in time counts, though it is written late, and is answered as before when it is written again', async () => {
    const late = { at: LATER, receivedAt: IN_TIME };
    expect(await say(late)).toMatchObject({ status: 'recorded', approvals: 1 });
    expect(await say({ at: LATER, receivedAt: LATER })).toMatchObject({ status: 'recorded', approvals: 1 });
    expect(await say({ by: 'Bob', updateId: 'u2', at: LATER, receivedAt: LATER })).toMatchObject({ status: 'refused' });
    expect(await ids()).toHaveLength(1);
  });

  it('of the clock counts after that, and the promotion is closed after it', async () => {
    await registry.closePromotion({ promotionId: 'p', why: 'lost', by: 'whetstone', at: LATER });
    expect(await stateOf('p')).toBe('held');
    await open('q');
    expect(
      await say({ promotionId: 'q', decision: 'expire', by: 'whetstone', updateId: 'expiry', at: LATER }),
    ).toMatchObject({ status: 'recorded', state: 'expired' });
  });

  it.each(['close', 'expiry', 'review', 'break-glass', 'superseded by q', 'u:u1'])(
    'may come under an id of the registry’s own, %s, and is one decision when it comes again',
    async (updateId) => {
      await say({ updateId: 'u1', by: 'Bob', decision: 'request-changes' });
      for (const at of [OPENED, IN_TIME])
        expect(await say({ updateId, at })).toMatchObject({ status: 'recorded', decision: { by: 'Ada', seq: 2 } });
      expect(await ids()).toEqual(['u:u1', `u:${updateId}`]);
      await open('q', 3);
      expect(await stateOf('p')).toBe('superseded');
      expect(await registry.supersededBy('q')).toEqual(['p']);
    },
  );

  it.each([
    ['close', 'held', () => registry.closePromotion({ promotionId: 'p', why: 'lost', by: 'whetstone', at: LATER })],
    ['expiry', 'expired', () => say({ decision: 'expire', by: 'whetstone', updateId: 'expiry', at: LATER })],
    ['superseded by q', 'superseded', () => open('q', 3)],
  ] as const)('of before under %s does not keep its promotion from being %s', async (updateId, state, ends) => {
    await sayAsBefore(updateId);
    await ends();
    expect(await stateOf('p')).toBe(state);
    expect(await registry.supersededBy('q')).toEqual(state === 'superseded' ? ['p'] : []);
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
  });

  it('of before is the same one again under its id, and nobody else’s', async () => {
    await sayAsBefore('abc');
    expect(await say({ updateId: 'abc' })).toMatchObject({ status: 'recorded', decision: { seq: 1 } });
    expect(await say({ updateId: 'abc', by: 'Bob' })).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('already said: approved by Ada') as string,
    });
    expect(await ids()).toEqual(['abc']);
  });

  it('to expire is one when it is written again', async () => {
    const expiry = { decision: 'expire' as const, by: 'whetstone', updateId: 'expiry', at: LATER };
    const first = await say(expiry);
    expect(await say(expiry)).toEqual(first);
    expect(await ids()).toEqual(['expiry']);
  });
});
