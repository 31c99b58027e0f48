import { expect, it, onTestFinished, vi } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { modelOf } from '../../test/support/ledger-calls.ts';
import { openLedger } from './ledger.ts';
import { openLedgerStore } from './store.ts';
import type { LedgerTables } from './tables.ts';

onEachDatabase('rates that workers share', ({ create }) => {
  /** Two processes, as the ledger sees them. */
  async function workers() {
    const url = await create();
    const stores = [await openLedgerStore(url), await openLedgerStore(url)] as const;
    onTestFinished(async () => {
      for (const store of stores) await store.close();
    });
    return stores;
  }

  it('are taken one after the other, by whichever worker, and begin when they are free', async () => {
    const [one, two] = await workers();
    const minute = { requests: 60_000, tokens: 120_000 };
    const taken = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? one : two).takeShared({ id: 'small', periodsMs: minute })),
    );
    // Each begins where one before ended, whatever the order: no two overlap.
    const minutes = (name: 'requests' | 'tokens') =>
      taken.map((begin) => Math.round(begin[name] / 60_000) + 0).sort((a, b) => a - b);
    expect(minutes('requests')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(minutes('tokens')).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  });

  it('of one model are not those of another, and time that nobody took is gone', async () => {
    const [one] = await workers();
    await one.takeShared({ id: 'small', periodsMs: { requests: 60_000, tokens: 0 } });
    const periodsMs = { requests: 0.5, tokens: 0.25 };
    for (let i = 0; i < 3; i++) {
      const { requests, tokens } = await one.takeShared({ id: 'large', periodsMs });
      expect(requests).toBeGreaterThan(-1_000);
      expect(requests).toBeLessThan(1_000);
      expect(tokens).toBeLessThan(1_000);
    }
  });

  it('are what a config states for a model, for all ledgers of one database', async () => {
    const url = await create();
    const db = await openDatabase<LedgerTables>(url);
    const ledgers = [await openLedger(url), await openLedger(url)];
    onTestFinished(async () => {
      for (const ledger of ledgers) await ledger.close();
      await db.destroy();
    });
    const rated = modelOf({ rates: { requestsPerMinute: 1 } });
    await ledgers[0]!.wrap(rated, { runId: 'run' }).chat({ messages: [{ role: 'user', content: 'a' }] });
    // The other one would have to wait for a minute.
    const waiting = new AbortController();
    const other = ledgers[1]!.wrap(rated, { runId: 'run' });
    const asked = other
      .chat({ messages: [{ role: 'user', content: 'b' }] }, waiting.signal)
      .catch((error: unknown) => error);
    const taken = () => db.selectFrom('rate').selectAll().executeTakeFirstOrThrow();
    const { requestsUntilMs: first } = await taken();
    await vi.waitFor(async () => expect((await taken()).requestsUntilMs).toBeGreaterThan(first), 30_000);
    expect((await taken()).requestsUntilMs - first).toBeLessThanOrEqual(60_000);
    waiting.abort(new Error('given up'));
    expect(await asked).toMatchObject({ message: 'given up' });
  });
});
