import { sql, type Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StagePolicySchema } from '../../configs/schema.ts';
import type { EventType } from '../../schema/event.ts';
import { openDatabase } from '../../sql/database.ts';
import { transaction } from '../../sql/transaction.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';
import { addOutbox } from '../tables/outbox.ts';

const AT = '2026-11-26T10:00:00Z';
const policies = { production: { description: '', approvals: 0, evidence: [] } };
const about = { model: 'demo', alias: 'production', at: AT };
const said = { by: 'ann', why: 'better', at: AT };

onEachDatabase('the outbox', ({ kind, create }) => {
  let url: string;
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    url = await create();
    db = await openDatabase<RegistryTables>(url);
    await migrateRegistry(db);
    registry = createRegistry(db, { policies });
  });
  afterEach(() => db.destroy());

  const register = (run: number, model = 'demo') =>
    registry.registerVersion({
      model,
      base: 'b',
      systemPrompt: '',
      sampling: { temperature: 0, maxTokens: 96 },
      candidate: run === 0 ? 'base' : 'tuned',
      runId: `r${run}`,
      ref: { uri: 'file:///w', sha256: `${run}` },
      evidence: { uri: 'file:///e', sha256: `e${run}` },
      at: AT,
    });
  const opened = (id: string, version: number, expectedVersion: number, approvalsNeeded = 1) => ({
    ...about,
    id,
    version,
    expectedVersion,
    approvalsNeeded,
    reasons: ['+0.1'],
    gateDecision: 'promote' as const,
    evidenceSha256: `e${version - 1}`,
  });
  const open = (...args: Parameters<typeof opened>) => registry.openPromotion(opened(...args));
  const decide = (promotionId: string, decision: 'approve' | 'reject' | 'expire') =>
    registry.recordDecision({ ...said, promotionId, decision, updateId: `u-${decision}` });
  const move = (promotionId: string, toVersion: number, expectedVersion: number | null) =>
    registry.moveAlias({
      ...about,
      ...said,
      toVersion,
      expectedVersion,
      kind: expectedVersion === null ? 'bootstrap' : 'promote',
      promotionId,
    });
  const told = async (after = 0) => (await registry.outbox.after(after, 1000)).map(({ type }) => type);

  it('tells all that becomes of a promotion, in the order in which it happened', async () => {
    for (const run of [0, 1, 2, 3]) await register(run);
    await move('p/base', 1, null);
    await open('p', 2, 1);
    await decide('p', 'approve');
    await move('p', 2, 1);
    await open('q', 3, 2);
    await decide('q', 'reject');
    await open('r', 3, 2);
    await decide('r', 'expire');
    await open('s', 3, 1, 0);
    await move('s', 3, 1);
    await open('t', 3, 2);
    await registry.closePromotion({ ...said, promotionId: 't' });
    await registry.rollback({ ...about, ...said, allowBase: true });
    await registry.clearBlock({ model: 'demo', version: 2, ...said });
    await registry.takeDown({ ...about, ...said });
    expect(await told()).toEqual([
      ...Array<EventType>(4).fill('version.registered'),
      'alias.bootstrapped',
      'approval.wanted',
      'approval.decided',
      'promotion.promoted',
      'approval.wanted',
      'approval.decided',
      'promotion.rejected',
      'approval.wanted',
      'promotion.expired',
      'promotion.superseded',
      'approval.wanted',
      'promotion.held',
      'version.withdrawn',
      'alias.rolled_back',
      'version.cleared',
      'alias.taken_down',
    ]);
    const events = await registry.outbox.after(0, 1000);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events[5]).toMatchObject({
      ...about,
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      data: {
        promotionId: 'p',
        version: 2,
        fromVersion: 1,
        approvalsNeeded: 1,
        evidenceSha256: 'e1',
        reasons: ['+0.1'],
      },
    });
    expect(events[7]?.data).toMatchObject({ version: 2, fromVersion: 1, promotionId: 'p', by: 'ann', why: 'better' });
    expect(events.at(-1)?.data).toEqual({ fromVersion: 1, move: 4, by: 'ann', why: 'better' });
  });

  it('reminds of a promotion while it waits, once each time', async () => {
    for (const run of [0, 1]) await register(run);
    await move('p/base', 1, null);
    await open('p', 2, 1);
    const position = await registry.outbox.newest();
    for (const reminder of [1, 1, 2]) await registry.outbox.tellReminder({ promotionId: 'p', reminder, at: AT });
    await decide('p', 'reject');
    await registry.outbox.tellReminder({ promotionId: 'p', reminder: 3, at: AT });
    await registry.outbox.tellReminder({ promotionId: 'unknown', reminder: 1, at: AT });
    expect(await told(position)).toEqual([
      'approval.reminded',
      'approval.reminded',
      'approval.decided',
      'promotion.rejected',
    ]);
  });

  it('asks nobody for an approval that is not waited for: of what is held at once, or moves past approvals', async () => {
    const rule = StagePolicySchema.parse({ approvals: 2, breakGlass: { reviewWithin: '48h' } });
    registry = createRegistry(db, { policies: { production: rule } });
    for (const run of [0, 1]) await register(run);
    await move('p/base', 1, null);
    const position = await registry.outbox.newest();
    await registry.openPromotion({ ...opened('p', 2, 1), heldBecause: 'nobody may approve it' });
    const result = await registry.breakGlass({ ...about, ...said, id: 'q', version: 2 });
    expect(result).toMatchObject({ status: 'moved' });
    expect(await told(position)).toEqual(['promotion.held', 'approval.decided', 'alias.glass_broken']);
    const owed = (await registry.outbox.after(position, 10)).find(({ type }) => type === 'approval.decided');
    expect(owed?.data.reviewBy).toBe((await registry.owedReviews())[0]?.reviewBy);
    const broken = await registry.outbox.newest();
    await registry.recordReview({ ...said, promotionId: 'q', by: 'Bob', why: 'it was right to' });
    const [reviewed, ...more] = await registry.outbox.after(broken, 10);
    expect(more).toEqual([]);
    expect(reviewed).toMatchObject({
      type: 'promotion.reviewed',
      alias: 'production',
      data: { promotionId: 'q', version: 2, decision: 'review', by: 'Bob', why: 'it was right to' },
    });
  });

  it('tells nothing that was not committed, and nothing twice', async () => {
    await register(1);
    await register(1);
    const failing = transaction(db, async (trx) => {
      await createRegistry(trx as unknown as Kysely<RegistryTables>).outbox.newest();
      await trx
        .insertInto('outbox')
        .values(await anEvent())
        .execute();
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await told()).toEqual(['version.registered']);
    const reached = { model: 'demo', workflowId: 'w', runId: 'r', raises: 0, why: 'spent', caps: ['usd'], at: AT };
    for (const raises of [0, 0, 1]) await registry.outbox.tellBudget({ ...reached, raises });
    expect(await told(1)).toEqual(['budget.reached', 'budget.reached']);
  });

  const anEvent = async () => ({
    seq: 99,
    id: 'x',
    type: 'budget.reached',
    model: 'demo',
    alias: null,
    at: AT,
    data: '{}',
  });

  // One process must not wait for itself: SQLite's writers are tried in processes of their own (sinks/killed.test.ts).
  it.runIf(kind === 'Postgres')(
    'numbers what several writers do at once without a gap, so that a reader misses none',
    async () => {
      const others = await Promise.all([1, 2, 3].map(() => openDatabase<RegistryTables>(url)));
      const seen: number[] = [];
      let position = 0;
      let writing = true;
      const read = async () => {
        for (const event of await registry.outbox.after(position, 1000)) {
          seen.push(event.seq);
          position = event.seq;
        }
      };
      const reading = (async () => {
        while (writing) await read();
      })();
      await Promise.all(
        others.map(async (other, i) => {
          const writer = createRegistry(other, { policies });
          for (let run = 0; run < 10; run++)
            await writer.registerVersion({
              model: `model-${i}`,
              base: 'b',
              systemPrompt: '',
              sampling: { temperature: 0, maxTokens: 96 },
              candidate: 'c',
              runId: `r${run}`,
              ref: { uri: 'file:///w', sha256: 'w' },
              at: AT,
            });
        }),
      );
      writing = false;
      await reading;
      await read();
      expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
      await Promise.all(others.map((other) => other.destroy()));
    },
  );

  it('holds what happened before there was one, for those who want all of it', async () => {
    for (const run of [0, 1]) await register(run);
    await move('p/base', 1, null);
    await open('p', 2, 1, 0);
    await move('p', 2, 1);
    const before = (await registry.outbox.after(0, 100)).map((event) => ({ ...event, seq: 0 }));
    for (const table of ['outbox_letters', 'outbox_sinks', 'outbox']) await sql.raw(`drop table ${table}`).execute(db);
    await addOutbox(db);
    const after = (await registry.outbox.after(0, 100)).map((event) => ({ ...event, seq: 0 }));
    expect(after).toEqual(before);
  });

  describe('a sink', () => {
    const [one, other] = [
      { sink: 's', owner: 'one' },
      { sink: 's', owner: 'other' },
    ];
    const standing = async () => (await registry.outbox.standings('s'))[0];

    it('begins with what happens from now on, or with all of it, and keeps where it stood', async () => {
      await register(1);
      await registry.outbox.enter('s', 'now');
      await registry.outbox.enter('all', 'start');
      await register(2);
      await registry.outbox.enter('s', 'start');
      expect((await registry.outbox.standings()).map(({ name, behind }) => [name, behind])).toEqual([
        ['all', 2],
        ['s', 1],
      ]);
    });

    it('is told by one at a time; who has lost its lease writes nothing', async () => {
      await registry.outbox.enter('s', 'now');
      await register(1);
      expect(await registry.outbox.claim(one, 60_000)).toBe(true);
      expect(await registry.outbox.claim(other, 60_000)).toBe(false);
      expect(await registry.outbox.claim(one, -1)).toBe(true);
      expect(await registry.outbox.claim(other, 60_000)).toBe(true);
      expect(await registry.outbox.renew(one, 60_000)).toBe(false);
      expect(await registry.outbox.toldTo(one, 1, true)).toBe(false);
      const event = (await registry.outbox.after(0, 1))[0]!;
      expect(await registry.outbox.bury(one, { event, attempts: 1, error: 'x' })).toBe(false);
      expect(await standing()).toMatchObject({ position: 0, behind: 1 });
      expect(await registry.outbox.letters()).toEqual([]);
      expect(await registry.outbox.toldTo(other, 1, true)).toBe(true);
      await registry.outbox.release(other);
      expect(await registry.outbox.claim(one, 60_000)).toBe(true);
    });

    it('of which many claim it at once is held by one', async () => {
      await registry.outbox.enter('s', 'now');
      const claims = Array.from({ length: 20 }, (_, i) => registry.outbox.claim({ sink: 's', owner: `${i}` }, 60_000));
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
    });
  });
});
