import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFakeOpenAi, type FakeServer } from '../../test/fakes/openai-server.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { openLedger } from './ledger.ts';

const script = resolve(import.meta.dirname, '../../test/fakes/ledger-process.ts');
const CALLS = 80;
const IN_FLIGHT = 8;

let folder: string;
let server: FakeServer;
let beforeAnswer = () => false;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-ledger-'));
  server = await startFakeOpenAi({
    latencyMs: 10,
    jitterMs: 10,
    answer: ({ messages }) => {
      beforeAnswer();
      return `answer to ${messages[0]?.content}`;
    },
  });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

let url: string;
const journals = () => join(folder, 'ledger.db');
const argumentsOf = (run: string) => [script, url, journals(), server.url, run, String(CALLS), String(IN_FLIGHT)];

async function runToEnd(run: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, argumentsOf(run));
  return JSON.parse(stdout) as string[];
}

async function counts(run: string) {
  const ledger = await openLedger(url, { journals: journals() });
  try {
    return await ledger.counts(run);
  } finally {
    await ledger.close();
  }
}

onEachDatabase('the ledger, on real processes', ({ create }) => {
  beforeEach(async () => void (url = await create()));

  it('costs a process killed with -9 no more than the calls in flight', async () => {
    const child = spawn(process.execPath, argumentsOf('one'), { stdio: 'ignore' });
    const ended = new Promise((done) => child.once('exit', (_code, signal) => done(signal)));
    // From inside the server, so that the kill falls in the middle however slow the machine is.
    beforeAnswer = () => server.answered() === CALLS / 2 && child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    beforeAnswer = () => false;
    const { hits, misses: recorded } = await counts('one');
    expect(hits).toBe(0);
    expect(recorded).toBeGreaterThan(CALLS * 0.2);
    expect(recorded).toBeLessThan(CALLS * 0.8);

    const askedBefore = server.requests.length;
    expect(askedBefore).toBeLessThanOrEqual(CALLS * 0.8);
    const answers = await runToEnd('one');
    expect(answers).toHaveLength(CALLS);
    expect(server.requests.length - askedBefore).toBe(CALLS - recorded);
    expect(server.requests.length - CALLS).toBeLessThanOrEqual(IN_FLIGHT);
    expect(await counts('one')).toMatchObject({ hits: 0, misses: CALLS });

    expect(await runToEnd('two')).toEqual(answers);
    expect(server.requests.length - CALLS).toBeLessThanOrEqual(IN_FLIGHT);
    expect(await counts('two')).toMatchObject({ hits: CALLS, misses: 0 });
  });

  it('is shared by two processes of one run, which end with the same answers', async () => {
    const [left, right] = await Promise.all([runToEnd('one'), runToEnd('one')]);
    expect(left).toEqual(right);
    expect(await counts('one')).toMatchObject({ hits: 0, misses: CALLS });
    expect(await runToEnd('two')).toEqual(left);
    expect(await counts('two')).toMatchObject({ hits: CALLS, misses: 0 });
  });
});
