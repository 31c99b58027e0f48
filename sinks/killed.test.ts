import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { openRegistry } from '../registry/open.ts';
import { onEachDatabase } from '../test/support/databases.ts';
import { startReceiver } from '../test/support/receiver.ts';

const PROGRAM = join(import.meta.dirname, '../test/fakes/sink-process.ts');
const EVENTS = 16;

onEachDatabase('workers that are killed again and again', ({ create }) => {
  const workers = new Set<ChildProcess>();
  afterEach(() => {
    for (const worker of workers) worker.kill('SIGKILL');
    workers.clear();
  });

  it('tell everything, in order, each event under one id and with one body', async () => {
    const url = await create();
    const { registry, close } = await openRegistry({ url });
    onTestFinished(close);
    const start = async () => {
      const args = ['--disable-warning=ExperimentalWarning', PROGRAM, url, receiver.url];
      const worker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      workers.add(worker);
      await Promise.race([once(worker.stdout, 'data'), once(worker, 'exit')]);
    };
    const killAll = () => {
      for (const worker of workers) worker.kill('SIGKILL');
      workers.clear();
    };
    const starts: Promise<unknown>[] = [];
    const taken: { id: string; body: string }[] = [];
    let messages = 0;
    const receiver = await startReceiver((reply, { headers, body }) => {
      messages += 1;
      // A bad receiver: it drops, fails, is slow, and sees workers die before and after it has answered.
      if (messages % 7 === 0) return void reply.socket?.destroy();
      if (messages % 5 === 0) return void reply.writeHead(503).end();
      if (messages % 11 === 0) killAll();
      else {
        taken.push({ id: String(headers['webhook-id']), body });
        setTimeout(() => reply.end(), messages % 4 === 0 ? 40 : 1);
        if (messages % 13 === 0) killAll();
      }
      if (workers.size === 0) starts.push(start());
    });
    onTestFinished(() => receiver.close());
    await Promise.all([start(), start()]);
    for (let i = 0; i < EVENTS; i++) {
      const reached = { model: 'm', workflowId: 'w', runId: String(i), raises: 0, why: String(i), caps: [] };
      await registry.outbox.tellBudget({ ...reached, at: new Date().toISOString() });
      await sleep(20);
    }
    await expect.poll(async () => (await registry.outbox.standings())[0]?.behind, { timeout: 30_000 }).toBe(0);
    expect(starts.length).toBeGreaterThan(1);
    await Promise.all(starts);
    const events = (await registry.outbox.after(0, EVENTS + 1)).map(({ id }) => id);
    expect(events).toHaveLength(EVENTS);
    // In the order of their first telling; what comes again is never what lies before the last one.
    expect([...new Set(taken.map(({ id }) => id))]).toEqual(events);
    const places = taken.map(({ id }) => events.indexOf(id));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(new Set(taken.map(({ id, body }) => `${id} ${body}`)).size).toBe(EVENTS);
  });
});
