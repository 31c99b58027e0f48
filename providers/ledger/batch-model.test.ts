import { afterEach, beforeEach, expect, it } from 'vitest';
import { TeacherSchema } from '../../configs/schema.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import type { BatchOptions } from '../../test/fakes/openai-batches.ts';
import { startFakeOpenAi, type FakeOptions, type FakeServer } from '../../test/fakes/openai-server.ts';
import { createChatModel } from '../index.ts';
import { openLedger, type Ledger } from './ledger.ts';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';

let url: string;
const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

const TIMING = { gatherMs: 20, pollMs: 5 };
const keys = { env: { KEY: 'sk-1' }, servers: {} };
const serve = async (batch: BatchOptions = {}, more: FakeOptions = {}) => {
  const server = await startFakeOpenAi({ ...more, batch });
  open.push(server);
  return server;
};
/** A worker of a run: its ledger, and the model in batch mode through it. */
const worker = async (server: FakeServer, run = 'run-1'): Promise<{ ledger: Ledger; model: ChatModel }> => {
  const ledger = await openLedger(url, { timing: TIMING });
  open.push(ledger);
  const spec = { provider: 'openai', model: 'm', apiKeyEnv: 'KEY', baseUrl: server.url, mode: 'batch' };
  const model = createChatModel(TeacherSchema.parse(spec), keys, ledger.batches);
  return { ledger, model: ledger.wrap(model, { runId: run }) };
};
const request = (text: string): ChatRequest => ({ messages: [{ role: 'user', content: text }] });
const ask = (model: ChatModel, ...texts: string[]) =>
  Promise.all(texts.map(async (text) => (await model.chat(request(text))).text));

onEachDatabase('batch mode', ({ create }) => {
  beforeEach(async () => void (url = await create()));

  it('sends calls that come together as one batch, and gives each its answer', async () => {
    const server = await serve();
    const { model } = await worker(server);
    expect(await ask(model, 'abc', 'def', 'ghi')).toEqual(['cba', 'fed', 'ihg']);
    expect(server.batches.map((batch) => batch.length)).toEqual([3]);
    expect(server.requests).toHaveLength(0);
  });

  it('asks nothing that the ledger has, however it was asked', async () => {
    const server = await serve();
    const { ledger, model } = await worker(server);
    const spec = { provider: 'openai', model: 'm', apiKeyEnv: 'KEY', baseUrl: server.url };
    await ledger.wrap(createChatModel(TeacherSchema.parse(spec), keys), { runId: 'other' }).chat(request('abc'));
    expect(await ask(model, 'abc', 'def')).toEqual(['cba', 'fed']);
    expect(server.batches.map((batch) => batch.length)).toEqual([1]);
    expect(await ledger.counts('run-1')).toMatchObject({ hits: 1, misses: 1 });
  });

  it('reads both files, and sends again what is in neither or failed for a while', async () => {
    const fate: BatchOptions['fate'] = (batch, index) =>
      batch > 0
        ? { kind: 'answered' }
        : index === 0
          ? { kind: 'missing' }
          : index === 1
            ? { kind: 'failed', status: 500 }
            : { kind: 'answered' };
    const server = await serve({ fate });
    const { ledger, model } = await worker(server);
    expect(await ask(model, 'abc', 'def', 'ghi', 'jkl')).toEqual(['cba', 'fed', 'ihg', 'lkj']);
    expect(server.batches.map((batch) => batch.length).toSorted((a, b) => b - a)[0]).toBe(4);
    expect(server.batches.flat()).toHaveLength(6);
    expect(await ledger.counts('run-1')).toMatchObject({ misses: 4 });
  });

  it('finishes a batch that expired half-way', async () => {
    const server = await serve({
      endsAs: (batch) => (batch === 0 ? 'expired' : 'completed'),
      fate: (batch, index) => (batch === 0 && index % 2 === 1 ? { kind: 'missing' } : { kind: 'answered' }),
    });
    const { model } = await worker(server);
    const texts = Array.from({ length: 40 }, (_, i) => `text ${i}`);
    expect(await ask(model, ...texts)).toHaveLength(40);
    expect(server.batches.flat()).toHaveLength(60);
  });

  it('says what the server says when it takes no such batch', async () => {
    const server = await serve({ endsAs: () => 'failed' });
    const { model } = await worker(server);
    await expect(ask(model, 'abc')).rejects.toThrow(/batch-0 was refused: line 1: The model does not take batches/);
  });

  it('fails one call, and no other, for a request that is refused', async () => {
    const server = await serve({
      fate: (_batch, index) => (index === 0 ? { kind: 'failed', status: 404 } : { kind: 'answered' }),
    });
    const { model } = await worker(server);
    const [first, second] = await Promise.allSettled([model.chat(request('abc')), model.chat(request('def'))]);
    expect(first).toMatchObject({ status: 'rejected', reason: { kind: 'not-found' } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { text: 'fed' } });
  });

  it('asks in a weaker way where the server does not take a schema', async () => {
    const server = await serve({
      fate: (_batch, _index, { body }) =>
        body.response_format?.type === 'json_schema' ? { kind: 'failed', status: 400 } : { kind: 'answered' },
    });
    const { model } = await worker(server);
    const responseSchema = { name: 'facts', schema: { type: 'object' } };
    await model.chat({ ...request('abc'), responseSchema });
    expect(server.batches.map(([line]) => line?.body.response_format?.type)).toEqual(['json_schema', 'json_object']);
  });

  it('waits for what a worker sent that died, and pays for nothing twice', async () => {
    const server = await serve({ takesMs: 300 });
    const first = await worker(server);
    const lost = ask(first.model, 'abc', 'def');
    lost.catch(() => {});
    while (server.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // The first worker's process would be gone here: nothing of it is asked any more.
    const second = await worker(server);
    expect(await ask(second.model, 'abc', 'def', 'ghi')).toEqual(['cba', 'fed', 'ihg']);
    expect(server.batches.map((batch) => batch.length)).toEqual([2, 1]);
    await lost;
  });

  it('finds a batch that was made though its answer was lost', async () => {
    const server = await serve({ losesCreation: () => true });
    const { model } = await worker(server);
    expect(await ask(model, 'abc')).toEqual(['cba']);
    expect(server.batches).toHaveLength(1);
  });

  it('pays again on purpose with another run that is fresh', async () => {
    const server = await serve();
    const { ledger, model } = await worker(server);
    await ask(model, 'abc');
    const spec = { provider: 'openai', model: 'm', apiKeyEnv: 'KEY', baseUrl: server.url, mode: 'batch' };
    const fresh = ledger.wrap(createChatModel(TeacherSchema.parse(spec), keys, ledger.batches), {
      runId: 'run-2',
      fresh: true,
    });
    await ask(fresh, 'abc');
    expect(server.batches).toHaveLength(2);
  });

  it('sends one line for a call that two runs make at once', async () => {
    const server = await serve();
    const { ledger, model } = await worker(server);
    const spec = { provider: 'openai', model: 'm', apiKeyEnv: 'KEY', baseUrl: server.url, mode: 'batch' };
    const other = createChatModel(TeacherSchema.parse(spec), keys, ledger.batches);
    const fresh = ledger.wrap(other, { runId: 'run-2', fresh: true });
    const answers = await Promise.all([ask(model, 'abc'), ask(fresh, 'abc')]);
    expect(answers.flat()).toEqual(['cba', 'cba']);
    expect(server.batches.map((batch) => batch.length)).toEqual([1]);
  });

  it('does not send what nobody waits for any more', async () => {
    const server = await serve();
    const { model } = await worker(server);
    const controller = new AbortController();
    const left = model.chat(request('abc'), controller.signal).catch((error: Error) => error.message);
    controller.abort(new Error('cancelled'));
    await ask(model, 'def');
    expect(await left).toBe('cancelled');
    expect(server.batches.flat()).toHaveLength(1);
  });

  it('asks again for an answer that is none', async () => {
    let asked = 0;
    const server = await startFakeOpenAi({ batch: { rawBody: () => (asked++ === 0 ? { choices: [] } : undefined) } });
    open.push(server);
    const { model } = await worker(server);
    expect(await ask(model, 'abc')).toEqual(['cba']);
    expect(server.batches).toHaveLength(2);
  });

  it('waits for a batch whose file is still on its way, and does not send it again', async () => {
    const server = await serve({ creationTakesMs: 200 });
    const { ledger, model } = await worker(server);
    const spec = { provider: 'openai', model: 'm', apiKeyEnv: 'KEY', baseUrl: server.url, mode: 'batch' };
    const again = ledger.wrap(createChatModel(TeacherSchema.parse(spec), keys, ledger.batches), { runId: 'run-1' });
    const controller = new AbortController();
    const first = model.chat(request('abc'), controller.signal).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));
    controller.abort(new Error('heartbeat lost'));
    expect(await ask(again, 'abc')).toEqual(['cba']);
    await first;
    expect(server.batches).toHaveLength(1);
  });

  it('uses each config’s own key', async () => {
    const server = await serve();
    const { ledger, model } = await worker(server);
    const spec = { provider: 'openai', model: 'm', apiKeyEnv: 'OTHER', baseUrl: server.url, mode: 'batch' };
    const others = createChatModel(TeacherSchema.parse(spec), { env: { OTHER: 'sk-2' }, servers: {} }, ledger.batches);
    await Promise.all([ask(model, 'abc'), others.chat(request('def'))]);
    expect(server.batches).toHaveLength(2);
  });
});
