import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onEachDatabase } from '../../test/support/databases.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { openDatabase } from '../../sql/database.ts';
import { openLedgerStore } from './store.ts';
import type { LedgerTables } from './tables.ts';
import { ProviderError, type ChatModel, type ChatReply, type PaidAnyway } from '../../contract/ports.ts';

/** A dollar for a million tokens; each call uses 100 of input and 100 of output, of at most 200 of output. */
function priced(options: { answer?: (call: number) => Promise<Partial<ChatReply>> } = {}) {
  let calls = 0;
  let inFlight = 0;
  const seen = { most: 0 };
  const model: ChatModel = {
    provider: 'openai',
    model: 'small',
    concurrency: 64,
    prices: { inputPerMillion: 1, outputPerMillion: 1 },
    settings: { maxTokens: 200 },
    chat: async () => {
      const call = ++calls;
      seen.most = Math.max(seen.most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inFlight--;
      return {
        text: 'a',
        finishReason: 'stop',
        inputTokens: 100,
        outputTokens: 100,
        ...(await options.answer?.(call)),
      };
    },
  };
  return { model, calls: () => calls, seen };
}

const ask = (number: number) => ({ messages: [{ role: 'user' as const, content: `${number} `.padEnd(168, 'x') }] });
/** Input of 168 bytes and twice 16 for the template; 200 of output. */
const MOST = 400;

onEachDatabase('the ledger', ({ create }) => {
  let url: string;
  let ledger: Ledger;
  beforeEach(async () => {
    url = await create();
    ledger = await openLedger(url);
  });
  afterEach(() => ledger.close());

  describe('a budget', () => {
    it('adds up what the calls of a run have cost, not those that another run paid', async () => {
      const { model } = priced();
      const first = ledger.wrap(model, { runId: 'one' });
      await first.chat(ask(1));
      await first.chat(ask(2));
      const second = ledger.wrap(model, { runId: 'two' });
      await second.chat(ask(2));
      await second.chat(ask(3));
      expect(await ledger.counts('one')).toEqual({ hits: 0, misses: 2, tokens: 400, costUsd: 0.0004 });
      expect(await ledger.counts('two')).toEqual({ hits: 1, misses: 1, tokens: 200, costUsd: 0.0002 });
    });

    it.each([
      ['tokens', { tokens: 10_000 }],
      ['dollars', { usd: 0.01 }],
    ])('in %s is never passed, also by many calls at once, and is used up to one call', async (_, budget) => {
      const { model, calls, seen } = priced();
      const wrapped = ledger.wrap(model, { runId: 'one', budget });
      const results = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => wrapped.chat(ask(i))));
      const failed = results.filter(({ status }) => status === 'rejected');
      expect(failed.length).toBeGreaterThan(100);
      for (const result of failed) expect(result).toMatchObject({ reason: { name: 'BudgetError' } });
      const { tokens } = await ledger.counts('one');
      expect(tokens).toBeLessThanOrEqual(10_000);
      expect(tokens).toBeGreaterThan(10_000 - MOST);
      expect(calls()).toBe(tokens / 200);
      // Many were in flight, but never more than the cap would bear if each cost the most it can.
      expect(seen.most).toBeGreaterThan(10);
      expect(seen.most).toBeLessThanOrEqual(10_000 / MOST);
    });

    it('is never passed by several who have the ledger open and reserve at once', async () => {
      const stores = await Promise.all([1, 2, 3].map(() => openLedgerStore(url)));
      const estimate = { costNanoUsd: 0, tokens: 600 };
      for (let round = 0; round < 20; round++) {
        const request = { run: `run ${round}`, budget: { tokens: 1000 }, estimate, lastsMs: 3_600_000 };
        const results = await Promise.all(stores.map((store) => store.reserve(request)));
        expect(results.map(({ status }) => status).toSorted()).toEqual(['reserved', 'wait', 'wait']);
      }
      await Promise.all(stores.map((store) => store.close()));
    });

    it('says what was spent, what the next call may cost and what the cap is', async () => {
      const { model } = priced();
      const wrapped = ledger.wrap(model, { runId: 'one', budget: { usd: 0.0005 } });
      await wrapped.chat(ask(1));
      await expect(wrapped.chat(ask(2))).rejects.toThrow(
        'the next call may cost 0.0004 USD, 0.0002 USD of the budget of 0.0005 USD are spent: it needs at least 0.0006 USD',
      );
    });

    it('gives answers that are paid for when it is used up, and goes on with a larger one', async () => {
      const { model, calls } = priced();
      const small = ledger.wrap(model, { runId: 'one', budget: { tokens: 500 } });
      const answer = await small.chat(ask(1));
      await expect(small.chat(ask(2))).rejects.toThrow(/it needs at least 600 tokens/);
      expect(await small.chat(ask(1))).toEqual(answer);
      await ledger.wrap(model, { runId: 'one', budget: { tokens: 900 } }).chat(ask(2));
      expect(calls()).toBe(2);
    });

    it('of one run does not stop another that asks the same at the same time', async () => {
      const { model, calls } = priced();
      const poor = ledger.wrap(model, { runId: 'poor', budget: { tokens: 10 } }).chat(ask(1));
      const rich = ledger.wrap(model, { runId: 'rich' }).chat(ask(1));
      await expect(poor).rejects.toMatchObject({ name: 'BudgetError', run: 'poor' });
      expect((await rich).text).toBe('a');
      expect(calls()).toBe(1);
      expect((await ledger.counts('rich')).tokens).toBe(200);
    });

    it('gets back what was reserved for a call that failed', async () => {
      const { model } = priced({
        answer: async (call) => {
          if (call <= 3) throw new ProviderError('bad-request', 'no');
          return {};
        },
      });
      const wrapped = ledger.wrap(model, { runId: 'one', budget: { tokens: MOST } });
      for (const number of [1, 2, 3]) await expect(wrapped.chat(ask(number))).rejects.toThrow('no');
      expect((await wrapped.chat(ask(4))).text).toBe('a');
    });

    it('counts a reply without counts as the most it can have cost', async () => {
      const { model } = priced({ answer: async () => ({ inputTokens: 0, outputTokens: 0 }) });
      await ledger.wrap(model, { runId: 'one', budget: { tokens: 1000 } }).chat(ask(1));
      expect((await ledger.counts('one')).tokens).toBe(MOST);
    });

    describe('of calls that nobody settles', () => {
      const request = (run: string, tokens: number, cap = 1000) => ({
        run,
        budget: { tokens: cap },
        estimate: { costNanoUsd: 0, tokens },
        lastsMs: 3_600_000,
      });
      /** As when their time is over. */
      const expire = async () => {
        const db = await openDatabase<LedgerTables>(url);
        await db.updateTable('reservation').set({ expiresMs: 1 }).execute();
        await db.destroy();
      };

      it('counts what they may have cost as spent once their time is over, for they may be paid for', async () => {
        const store = await openLedgerStore(url);
        expect(await store.reserve(request('one', 600))).toMatchObject({ status: 'reserved' });
        expect(await store.reserve(request('one', 600))).toEqual({ status: 'wait' });
        await expire();
        const spent = { costNanoUsd: 0, tokens: 600 };
        expect(await store.reserve(request('one', 600))).toEqual({ status: 'exhausted', spent });
        expect(await store.reserve(request('one', 400))).toMatchObject({ status: 'reserved' });
        expect(await store.reserve(request('two', 600))).toMatchObject({ status: 'reserved' });
        await store.close();
      });

      it('counts what they did cost where their answers come late, as out of the journal of a dead worker', async () => {
        const store = await openLedgerStore(url);
        const reserved = await store.reserve(request('one', 600));
        await expire();
        const reservation = reserved.status === 'reserved' ? reserved.id : undefined;
        const answer = { text: 'a', finishReason: 'stop', inputTokens: 50, outputTokens: 50 };
        const call = { key: 'k', run: 'one', provider: 'p', model: 'm', request: '{}', latencyMs: 1, created: 'now' };
        await store.record({ ...call, ...answer, cost: { costNanoUsd: 0, tokens: 100 }, reservation });
        expect(await store.reserve(request('one', 901))).toEqual({
          status: 'exhausted',
          spent: { costNanoUsd: 0, tokens: 100 },
        });
        expect(await store.reserve(request('one', 900))).toMatchObject({ status: 'reserved' });
        await store.close();
      });
    });

    it('is reserved for hundreds of calls at once, in their order, each for its own run', async () => {
      const store = await openLedgerStore(url);
      const results = await Promise.all(
        Array.from({ length: 600 }, (_, i) =>
          store.reserve({
            run: `run ${i % 2}`,
            budget: { tokens: 200 },
            estimate: { costNanoUsd: i, tokens: 1 },
            lastsMs: 3_600_000,
          }),
        ),
      );
      const db = await openDatabase<LedgerTables>(url);
      const rows = await db.selectFrom('reservation').select(['id', 'run', 'costNanoUsd']).execute();
      await db.destroy();
      expect(rows).toHaveLength(400);
      const of = new Map(rows.map((row) => [row.id, row]));
      const reserved = results.slice(0, 400).map((result) => of.get((result as { id: number }).id));
      expect(reserved).toMatchObject(reserved.map((_, i) => ({ run: `run ${i % 2}`, costNanoUsd: i })));
      expect(results.slice(400)).toEqual(Array(200).fill({ status: 'wait' }));
      await store.close();
    });

    it('gives the reservation of a dead worker to the same call, where a batch outlives workers', async () => {
      const store = await openLedgerStore(url);
      const request = (key: string) => ({
        run: 'one',
        key,
        budget: { tokens: 1000 },
        estimate: { costNanoUsd: 0, tokens: 600 },
        lastsMs: 3_600_000,
      });
      expect(await store.reserve(request('a'))).toMatchObject({ status: 'reserved' });
      expect(await store.reserve(request('b'))).toEqual({ status: 'wait' });
      expect(await store.reserve(request('a'))).toMatchObject({ status: 'reserved' });
      expect(await store.reserve(request('b'))).toEqual({ status: 'wait' });
      await store.close();
    });
  });

  describe('answers that can not be used', () => {
    const unusable = (paid: PaidAnyway | undefined) => new ProviderError('malformed', 'no chat completion', { paid });
    const failing = (error: ProviderError) => priced({ answer: () => Promise.reject(error) });

    it('count against the cap, which stops the run (F3)', async () => {
      const { model, calls } = failing(unusable({ inputTokens: 100, outputTokens: 100 }));
      const wrapped = ledger.wrap(model, { runId: 'one', budget: { tokens: 1000 } });
      const failed = await Promise.allSettled([1, 2, 3].map((number) => wrapped.chat(ask(number))));
      expect(calls() * 200).toBeLessThanOrEqual(1000);
      expect(failed.map((one) => one.status === 'rejected' && (one.reason as Error).name)).toContain('BudgetError');
      expect(await ledger.counts('one')).toMatchObject({ tokens: calls() * 200, costUsd: calls() * 0.0002 });
    });

    it('cost the most that they may where they broke off, and nothing where nothing says that they cost (F3)', async () => {
      await ledger
        .wrap(failing(unusable('unknown')).model, { runId: 'one' })
        .chat(ask(1))
        .catch(() => {});
      expect((await ledger.counts('one')).tokens).toBe(3 * MOST);
      await ledger
        .wrap(failing(unusable(undefined)).model, { runId: 'two' })
        .chat(ask(1))
        .catch(() => {});
      expect((await ledger.counts('two')).tokens).toBe(0);
    });

    it('are asked for three times by a run, however often it tries, and then no more (F3)', async () => {
      const { model, calls } = failing(unusable(undefined));
      for (const runId of ['one', 'one', 'one', 'two']) {
        const error: unknown = await ledger
          .wrap(model, { runId })
          .chat(ask(1))
          .catch((reason: unknown) => reason);
        expect(error).toMatchObject({
          kind: 'malformed',
          retryable: false,
          message: expect.stringContaining('3 times'),
        });
      }
      expect(calls()).toBe(6);
    });

    it('are forgotten once the request is answered', async () => {
      const { model, calls } = priced({
        answer: (call) => (call % 3 === 0 ? Promise.resolve({}) : Promise.reject(unusable(undefined))),
      });
      const wrapped = ledger.wrap(model, { runId: 'one' });
      expect((await wrapped.chat(ask(1))).text).toBe('a');
      expect((await wrapped.chat(ask(2))).text).toBe('a');
      expect(calls()).toBe(6);
    });
  });
});
