import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type OpenRegistry } from '../registry/open.ts';
import type { RegistryEvent } from '../schema/event.ts';
import { onEachDatabase } from '../test/support/databases.ts';
import { runSinks } from './run.ts';
import { retryMs } from './turn.ts';
import type { Delivery, Sink } from './types.ts';

const AT = new Date().toISOString();
const LOOP = { pollMs: 10, leaseMs: 300 };
const TIMING = { firstRetryMs: 5, mostRetryMs: 20 };

onEachDatabase('sinks', ({ kind, create }) => {
  let url: string;
  let open: OpenRegistry;
  const stops: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    url = await create();
    open = await openRegistry({ url });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
    await open.close();
  });

  const happen = async (...whys: string[]) => {
    for (const why of whys)
      await open.registry.outbox.tellBudget({
        model: 'm',
        workflowId: 'w',
        runId: why,
        raises: 0,
        why,
        caps: [],
        at: AT,
      });
  };

  interface Told extends Sink {
    told: string[];
  }
  const sinkOf = (more: Partial<Sink> & { name?: string } = {}): Told => {
    const told: string[] = [];
    const deliver = async ({ data: { why = '' } }: RegistryEvent): Promise<Delivery> => {
      told.push(why);
      return { status: 'delivered' };
    };
    return { name: 's', from: 'start', wants: () => true, deliver, timing: TIMING, ...more, told };
  };
  const run = (sinks: readonly Sink[], outbox = open.registry.outbox, said: string[] = []) => {
    const { stop } = runSinks({ outbox, sinks, say: (message) => void said.push(message), timing: LOOP });
    stops.push(stop);
    return { stop, said };
  };
  const standing = async (name = 's') => (await open.registry.outbox.standings(name))[0];
  const upToDate = async (name?: string) => {
    await expect.poll(async () => (await standing(name))?.behind).toBe(0);
  };

  it('are told all that they want, in order, once', async () => {
    await happen('1', '2', '3');
    const sink = sinkOf({ wants: ({ data }) => data.why !== '2' });
    run([sink]);
    await upToDate();
    await happen('4');
    await upToDate();
    expect(sink.told).toEqual(['1', '3', '4']);
  });

  it('that fail are tried again, in order, and keep no other waiting', async () => {
    await happen('1', '2');
    let failures = 0;
    const tries: string[] = [];
    const bad = sinkOf({
      name: 'bad',
      deliver: async ({ data: { why = '' } }) => {
        tries.push(why);
        if (failures++ < 3) throw new Error('no');
        return { status: 'delivered' };
      },
    });
    const hanging = sinkOf({
      name: 'hanging',
      deliver: (_event, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    const good = sinkOf({ name: 'good' });
    const { stop, said } = run([bad, hanging, good]);
    await upToDate('good');
    await upToDate('bad');
    expect(tries).toEqual(['1', '1', '1', '1', '2']);
    expect(said.filter((line) => line.includes('bad'))).toHaveLength(1);
    expect(await standing('bad')).toMatchObject({ attempts: 0, lastError: null, failingSinceMs: null });
    await stop();
    // What was cut short is no failure.
    expect(await standing('hanging')).toMatchObject({ behind: 2, attempts: 0 });
  });

  it('wait for as long as they ask', async () => {
    await happen('1');
    const sink = sinkOf({ deliver: async () => ({ status: 'failed', why: 'busy', retryAfterMs: 60_000 }) });
    run([sink]);
    await expect.poll(async () => (await standing())?.attempts).toBe(1);
    const { nextMs = 0, nowMs = 0, lastError } = (await standing()) ?? {};
    expect(nextMs - nowMs).toBeGreaterThan(50_000);
    expect(lastError).toBe('busy');
    expect(retryMs({ firstRetryMs: 100, mostRetryMs: 1000 }, 3, {})).toBeGreaterThanOrEqual(320);
    expect(retryMs({ firstRetryMs: 100, mostRetryMs: 1000 }, 2000, {})).toBeLessThanOrEqual(1200);
  });

  it('set aside in time what they can not be told, keep it, and send it again when somebody asks', async () => {
    let broken = true;
    const told: string[] = [];
    const sink = sinkOf({
      timing: { ...TIMING, deadAfterMs: 60 },
      deliver: async ({ data: { why = '' } }) => {
        if (broken && why === '1') return { status: 'failed', why: 'I choke on 1' };
        told.push(why);
        return { status: 'delivered' };
      },
    });
    await happen('1', '2');
    run([sink]);
    await upToDate();
    expect(told).toEqual(['2']);
    const [letter] = await open.registry.outbox.letters({ sink: 's' });
    expect(letter).toMatchObject({ state: 'dead', error: 'I choke on 1', event: { data: { why: '1' } } });
    expect(letter?.attempts).toBeGreaterThanOrEqual(2);

    const id = letter?.event.id ?? '';
    const state = async () => (await open.registry.outbox.letters({ sink: 's' })).map((one) => one.state);
    await open.registry.outbox.askAgain('s', id);
    await expect.poll(state).toEqual(['dead']);
    broken = false;
    await open.registry.outbox.askAgain('s', id);
    await expect.poll(state).toEqual(['delivered']);
    expect(told).toEqual(['2', '1']);
    expect(await open.registry.outbox.askAgain('s', 'evt_unknown')).toBeUndefined();
  });

  it('go on past what they never take, and stop where nobody is there until somebody says so', async () => {
    await happen('1', '2', '3');
    let gone = true;
    const sink = sinkOf({
      deliver: async ({ data: { why } }) => {
        if (why === '1') return { status: 'refused', why: 'never' };
        if (gone) return { status: 'gone', why: 'answered 410' };
        return { status: 'delivered' };
      },
    });
    const { said } = run([sink]);
    await expect.poll(async () => (await standing())?.disabledWhy).toBe('answered 410');
    await sleep(50);
    expect(await standing()).toMatchObject({ behind: 2 });
    expect(said).toHaveLength(2);
    gone = false;
    await open.registry.outbox.enable('s');
    await upToDate();
    expect(await open.registry.outbox.letters()).toMatchObject([{ state: 'dead', error: 'never' }]);
  });

  // One process must not wait for itself in SQLite: killed.test.ts has processes of their own.
  it.runIf(kind === 'Postgres')(
    'are told by one of several workers, by another once that one is gone, and nothing is lost',
    async () => {
      const other = await openRegistry({ url });
      stops.push(() => other.close());
      const told: string[] = [];
      const at = { now: 0, most: 0 };
      const slow = () =>
        sinkOf({
          deliver: async ({ data: { why = '' } }, signal) => {
            at.most = Math.max(at.most, ++at.now);
            await sleep(3, undefined, { signal }).catch(() => {});
            at.now--;
            told.push(why);
            return { status: 'delivered' };
          },
        });
      const names = Array.from({ length: 40 }, (_, i) => String(i));
      const first = run([slow()]);
      run([slow()], other.registry.outbox);
      await happen(...names.slice(0, 20));
      await first.stop();
      await happen(...names.slice(20));
      await upToDate();
      expect(at.most).toBe(1);
      expect([...new Set(told)]).toEqual(names);
    },
  );

  it('of a worker that was killed in the midst of it are told again by another, in order', async () => {
    await happen('1', '2');
    await open.registry.outbox.enter('s', 'start');
    // It has told '1', and was killed before it could write that down.
    expect(await open.registry.outbox.claim({ sink: 's', owner: 'killed' }, 200)).toBe(true);
    const sink = sinkOf();
    run([sink]);
    await sleep(80);
    expect(sink.told).toEqual([]);
    await upToDate();
    expect(sink.told).toEqual(['1', '2']);
  });

  it('keep on while the database is away', async () => {
    let away = true;
    const { outbox } = open.registry;
    const flaky = {
      ...outbox,
      standings: (name?: string) => (away ? Promise.reject(new Error('away')) : outbox.standings(name)),
    };
    const sink = sinkOf();
    const { said } = run([sink], flaky);
    await happen('1');
    await sleep(60);
    away = false;
    await expect.poll(() => sink.told).toEqual(['1']);
    expect(said).toEqual(['s: away']);
  });
});
