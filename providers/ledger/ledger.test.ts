import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachDatabase } from '../../test/support/databases.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { ProviderError, type ChatModel, type ChatReply, type ChatRequest } from '../../contract/ports.ts';

/** A model whose every call has an answer of its own, so that a test sees which call an answer came from. */
function countingModel(
  reply: (call: number, signal?: AbortSignal) => Promise<string> = async (call) => `answer ${call}`,
) {
  let calls = 0;
  const model: ChatModel = {
    provider: 'openai',
    model: 'small',
    concurrency: 4,
    chat: async (_request, signal): Promise<ChatReply> => {
      const text = await reply(++calls, signal);
      return { text, finishReason: 'stop', inputTokens: 3, outputTokens: 2 };
    },
  };
  return { model, calls: () => calls };
}

const ask = (content: string): ChatRequest => ({ messages: [{ role: 'user', content }] });

onEachDatabase('the ledger', ({ create }) => {
  let url: string;
  let ledger: Ledger;
  beforeEach(async () => {
    url = await create();
    ledger = await openLedger(url);
  });
  afterEach(() => ledger.close());

  it('answers a call of an earlier run without asking again, also after it was closed', async () => {
    const { model, calls } = countingModel();
    const first = await ledger.wrap(model, { runId: 'one' }).chat(ask('a'));
    await ledger.close();
    ledger = await openLedger(url);
    const second = await ledger.wrap(model, { runId: 'two' }).chat(ask('a'));
    expect(second).toEqual(first);
    expect(second).toMatchObject({ text: 'answer 1', finishReason: 'stop', inputTokens: 3, outputTokens: 2 });
    // How long it took when it was asked.
    expect(second.latencyMs).toEqual(expect.any(Number));
    expect(calls()).toBe(1);
  });

  it('counts hits and misses of each run, once for each distinct call, however often it is asked', async () => {
    const { model } = countingModel();
    for (const [runId, questions] of [
      ['one', 'ab'],
      ['two', 'abc'],
      ['two', 'abc'],
    ] as const) {
      const wrapped = ledger.wrap(model, { runId });
      for (const question of questions) await wrapped.chat(ask(question));
    }
    expect(await ledger.counts('one')).toMatchObject({ hits: 0, misses: 2 });
    expect(await ledger.counts('two')).toMatchObject({ hits: 2, misses: 1 });
    expect(await ledger.counts('none')).toMatchObject({ hits: 0, misses: 0 });
  });

  it('pays again for a fresh run, but only once, and leaves the earlier run its own answer', async () => {
    const { model, calls } = countingModel();
    const text = async (options: { runId: string; fresh?: boolean }) =>
      (await ledger.wrap(model, options).chat(ask('a'))).text;
    expect(await text({ runId: 'old' })).toBe('answer 1');
    expect(await text({ runId: 'fresh', fresh: true })).toBe('answer 2');
    expect(await text({ runId: 'fresh', fresh: true })).toBe('answer 2');
    expect(await text({ runId: 'old' })).toBe('answer 1');
    expect(await text({ runId: 'next' })).toBe('answer 2');
    expect(calls()).toBe(2);
    expect(await ledger.counts('fresh')).toMatchObject({ hits: 0, misses: 1 });
  });

  it('makes one call of identical calls at the same time, of one run or of two', async () => {
    const { model, calls } = countingModel();
    const one = ledger.wrap(model, { runId: 'one' });
    const two = ledger.wrap(model, { runId: 'two' });
    const answers = await Promise.all([one, one, two, one, two].map((wrapped) => wrapped.chat(ask('a'))));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['answer 1']));
    expect(calls()).toBe(1);
    expect(await ledger.counts('one')).toMatchObject({ hits: 0, misses: 1 });
    expect(await ledger.counts('two')).toMatchObject({ hits: 1, misses: 0 });
  });

  it('writes no answer for a call that failed, and passes its error on', async () => {
    const { model, calls } = countingModel(async (call) => {
      if (call === 1) throw new ProviderError('bad-request', 'no');
      return 'up';
    });
    const wrapped = ledger.wrap(model, { runId: 'one' });
    await expect(wrapped.chat(ask('a'))).rejects.toMatchObject({ kind: 'bad-request' });
    expect(await ledger.counts('one')).toMatchObject({ hits: 0, misses: 0 });
    expect((await wrapped.chat(ask('a'))).text).toBe('up');
    expect(calls()).toBe(2);
  });

  it('lets one of two who wait for a call leave, and stops the call when both have', async () => {
    let stopped = false;
    let finish: (text: string) => void = () => {};
    const { model, calls } = countingModel(
      (_call, signal) =>
        new Promise((resolve, reject) => {
          finish = resolve;
          signal?.addEventListener('abort', () => {
            stopped = true;
            reject(signal.reason as Error);
          });
        }),
    );
    const wrapped = ledger.wrap(model, { runId: 'one' });
    const leaving = new AbortController();
    const first = wrapped.chat(ask('a'), leaving.signal);
    const second = wrapped.chat(ask('a'), new AbortController().signal);
    await expect.poll(calls).toBe(1);
    leaving.abort(new Error('not wanted'));
    await expect(first).rejects.toThrow('not wanted');
    finish('done');
    expect((await second).text).toBe('done');
    expect(stopped).toBe(false);

    const alone = new AbortController();
    const third = wrapped.chat(ask('b'), alone.signal);
    await expect.poll(calls).toBe(2);
    alone.abort(new Error('nobody waits'));
    await expect(third).rejects.toThrow('nobody waits');
    expect(stopped).toBe(true);
  });

  it('stays what the model was: name, concurrency and settings', () => {
    const { model } = countingModel();
    const settings = { server: 'http://127.0.0.1/v1', temperature: 0.5 };
    const { provider, model: name, concurrency, ...rest } = ledger.wrap({ ...model, settings }, { runId: 'one' });
    expect([provider, name, concurrency, rest.settings]).toEqual(['openai', 'small', 4, settings]);
  });

  it('knows what calls with a schema usually take, by that schema alone', async () => {
    const { model } = countingModel();
    const wrapped = ledger.wrap(model, { runId: 'one' });
    const responseSchema = (name: string) => ({ responseSchema: { name, schema: { type: 'object' } } });
    await wrapped.chat({ ...ask('a'), ...responseSchema('pairs') });
    await wrapped.chat({ ...ask('b'), ...responseSchema('pairs') });
    await wrapped.chat({ ...ask('"responseSchema":{"name":"pairs",'), ...responseSchema('Pairs') });
    await wrapped.chat(ask('a \0 b'));
    expect(await ledger.usual(model, 'pairs')).toMatchObject({ calls: 2, outputTokens: 2 });
    expect(await ledger.usual(model, 'verdicts')).toBeUndefined();
  });

  it('keeps an answer with any character in it', async () => {
    const { model } = countingModel(async () => `a\0b 'quoted' "twice" \\ 😀 {1,"2"}`);
    const answered = await ledger.wrap(model, { runId: 'one' }).chat(ask('a'));
    const [kept] = await ledger.peek(model, [ask('a')]);
    // Postgres has no NUL in a text.
    expect(kept?.text.replace('\uFFFD', '\0')).toBe(answered.text);
  });
});
