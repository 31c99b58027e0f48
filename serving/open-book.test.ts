import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetrievalError, type Retriever } from '../contract/retrieval.ts';

import { LoggedAnswerSchema, type LoggedAnswer } from '../schema/answer-log.ts';
import type { Citation } from '../schema/retrieval.ts';
import { memoryRetriever } from '../test/fakes/memory-retriever.ts';
import { AT, errorOf, failure, MODEL, startTestGateway, stop, type TestGateway } from '../test/support/gateway.ts';
import { openBookOf, passageOf } from '../test/support/open-book.ts';

const cycle = passageOf('cycle.md#0', 'A menstrual cycle takes 28 days on average. Teenagers have longer cycles.', {
  place: 'page 3',
});
const rota = passageOf('rota.md#0', 'The midwife on call at night is Ann.', {
  title: 'Rota',
  headings: ['Rota'],
  groups: ['midwives'],
});
const old = passageOf('old.md#0', 'The midwife on call at night was Eve.', {
  title: 'Rota',
  headings: ['Rota'],
  validUntil: '2026-11-22',
});
const quote = { kind: 'quote', sentences: 3, rule: 1 } as const;
const HOW_LONG = 'How long does a menstrual cycle take on average?';
const ON_CALL = 'Which midwife is on call at night?';
const asks = (content: string) => [{ role: 'user' as const, content }];

/** Nothing here is about time. */
const PATIENT = { timeoutMs: 60_000 };

let gateway: TestGateway;
let lines: LoggedAnswer[];
let broken: Error | undefined;
const inMemory = memoryRetriever([cycle, rota, old]);
const retriever: Retriever = {
  ...inMemory,
  retrieve: (...args) => (broken ? Promise.reject(broken) : inMemory.retrieve(...args)),
};
beforeEach(async () => {
  [lines, broken] = [[], undefined];
  inMemory.requests.length = 0;
  gateway = await startTestGateway({
    ...PATIENT,
    retriever,
    answerLog: { texts: false, write: (line) => void lines.push(line) },
  });
  await gateway.register(3, 'file:///models/m3', { openBook: openBookOf() });
  await gateway.register(4, undefined, { ref: quote, openBook: openBookOf({ minScore: 0.6 }) });
  await gateway.register(5, 'file:///models/m5', { openBook: openBookOf({ rewrite: 'model' }) });
});
afterEach(() => gateway.close());

/** What stands beside the protocol's fields. */
interface Beside {
  whetstone?: { outcome: string; index: { name: string }; citations: Citation[] };
}
const ask = async (version: number, content: string, more: object = {}) =>
  (await gateway.client.chat.completions.create({
    model: `${MODEL}@v${version}`,
    messages: asks(content),
    ...more,
  })) as Awaited<ReturnType<typeof gateway.client.chat.completions.create>> & {
    choices: { message: { content: string } }[];
    usage?: object;
  } & Beside;
const stream = async (version: number, content: string, more: object = {}) => {
  const chunks = [];
  const body = { model: `${MODEL}@v${version}`, messages: asks(content), stream: true as const, ...more };
  for await (const chunk of await gateway.client.chat.completions.create(body))
    chunks.push(chunk as typeof chunk & Beside);
  return chunks;
};
const said = (chunks: Awaited<ReturnType<typeof stream>>) =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

describe('a version that answers from the documents', () => {
  it('asks its model with the passages, and cites them beside the answer', async () => {
    const answer = await ask(3, HOW_LONG);
    const [sent] = gateway.upstream.bodies.slice(-1) as { messages: { role: string; content: string }[] }[];
    expect(sent?.messages).toEqual([
      { role: 'system', content: 'Answer briefly.' },
      {
        role: 'user',
        content: `Answer from these passages only.\n\n[1] The menstrual cycle\n> ${cycle.text}\n\n${HOW_LONG}`,
      },
    ]);
    expect(answer.choices[0]?.message.content).toBe('from /models/m3');
    expect(answer.whetstone).toMatchObject({
      outcome: 'answered',
      index: { name: 'womens-health', sha256: 'a'.repeat(64) },
      citations: [{ documentId: 'cycle.md', place: 'page 3', start: 0, end: cycle.text.length, text: cycle.text }],
    });
  });

  it('shows its model the examples of its prompt before the conversation, whoever sends the system text', async () => {
    const examples = [{ question: 'Q?', asked: 'P Q?', answered: 'A.' }];
    await gateway.register(6, 'file:///models/m6', { openBook: openBookOf({ examples }) });
    const before = [
      { role: 'developer' as const, content: 'Mine.' },
      { role: 'user' as const, content: 'Hello' },
      { role: 'assistant' as const, content: 'Hi.' },
    ];
    for (const [history, expected] of [
      [[], ['Answer briefly.', 'P Q?', 'A.']],
      [before, ['Mine.', 'P Q?', 'A.', 'Hello', 'Hi.']],
    ] as const) {
      await ask(6, HOW_LONG, { messages: [...history, ...asks(HOW_LONG)] });
      const [sent] = gateway.upstream.bodies.slice(-1) as { messages: { content: string }[] }[];
      const contents = sent!.messages.map(({ content }) => content);
      expect(contents.slice(0, -1)).toEqual(expected);
      expect(contents.at(-1)).toContain(cycle.text);
    }
    // It is searched for as it was asked: an example is no part of the conversation.
    expect(inMemory.requests.map(({ question }) => question)).toEqual([HOW_LONG, HOW_LONG]);
  });

  it('streams with its citations in the first chunk, and nothing of them after', async () => {
    const chunks = await stream(3, HOW_LONG);
    expect(said(chunks)).toBe('café from /models/m3');
    expect(chunks[0]?.whetstone?.citations).toHaveLength(1);
    expect(chunks.slice(1).some(({ whetstone }) => whetstone)).toBe(false);
  });

  it("keeps what the official client's helpers make of a stream", async () => {
    const helper = gateway.client.chat.completions.stream({ model: `${MODEL}@v4`, messages: asks(HOW_LONG) });
    const final = (await helper.finalChatCompletion()) as Awaited<ReturnType<typeof helper.finalChatCompletion>> &
      Beside;
    expect(final.choices[0]?.message.content).toBe('A menstrual cycle takes 28 days on average.');
    expect(final.whetstone?.citations[0]?.passageId).toBe('cycle.md#0');
  });

  it('says that the documents do not say, and asks no model', async () => {
    const answer = await ask(3, 'Who won the football match?');
    expect(answer.choices[0]?.message.content).toBe("The documents don't say.");
    expect(answer.whetstone).toMatchObject({ outcome: 'not said', citations: [] });
    expect(said(await stream(3, 'Who won the football match?'))).toBe("The documents don't say.");
    expect(gateway.upstream.bodies).toEqual([]);
  });

  it('has its model rewrite a question that follows others, and asks it the question as it was', async () => {
    const history = [...asks(HOW_LONG), { role: 'assistant' as const, content: '28 days.' }];
    gateway.upstream.handle = (body, response) => {
      const rewriting = JSON.stringify(body).includes('Write the last question');
      const content = rewriting ? 'Do teenagers have longer menstrual cycles?' : 'Yes.';
      const usage = { prompt_tokens: 1, completion_tokens: rewriting ? 7 : 2 };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ model: 'x', choices: [{ message: { role: 'assistant', content } }], usage }));
    };
    const messages = [...history, ...asks('And teenagers?')];
    await gateway.client.chat.completions.create({ model: `${MODEL}@v5`, messages });
    expect(inMemory.requests.at(-1)?.question).toBe('Do teenagers have longer menstrual cycles?');
    const last = gateway.upstream.bodies.at(-1) as { messages: { content: string }[] };
    expect(last.messages.map(({ content }) => content.split('\n').at(-1))).toEqual([
      'Answer briefly.',
      HOW_LONG,
      '28 days.',
      'And teenagers?',
    ]);
    expect(lines[0]?.steps.map(({ name, tokens }) => [name, tokens])).toEqual([
      ['rewrite', 7],
      ['retrieve', undefined],
      ['select', 14],
      ['answer', 2],
    ]);
    expect(lines).toHaveLength(1);
  });

  it('takes its question from parts, and leaves the other parts to the model server', async () => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AA==' } };
    const content = [{ type: 'text' as const, text: HOW_LONG }, image];
    const error = await failure(
      gateway.client.chat.completions.create({ model: `${MODEL}@v3`, messages: [{ role: 'user', content }] }),
    );
    expect(error.param).toBe('messages.0.content.1');
    const only = [{ role: 'user' as const, content: [image] }];
    const none = await failure(gateway.client.chat.completions.create({ model: `${MODEL}@v3`, messages: only }));
    expect(none).toMatchObject({ status: 400, param: 'messages' });
    expect(none.message).toContain('found none of role user with a text');
  });
});

describe('a version that quotes', () => {
  it('answers with its sentences, whole and as a stream, when no model server runs', async () => {
    await stop(gateway.upstream.server);
    const answer = await ask(4, HOW_LONG);
    expect(answer).toMatchObject({
      id: 'answer-1',
      object: 'chat.completion',
      model: `${MODEL}@v4`,
      choices: [
        {
          message: { role: 'assistant', content: 'A menstrual cycle takes 28 days on average.' },
          finish_reason: 'stop',
        },
      ],
      usage: { total_tokens: 0 },
      whetstone: { outcome: 'quoted', citations: [{ passageId: 'cycle.md#0', start: 0, end: 43 }] },
    });
    const chunks = await stream(4, HOW_LONG, { stream_options: { include_usage: true } });
    expect(said(chunks)).toBe('A menstrual cycle takes 28 days on average.');
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, 'stop', undefined]);
    expect(chunks.at(-1)?.usage).toMatchObject({ total_tokens: 0 });
    expect((await stream(4, HOW_LONG)).at(-1)?.choices).toHaveLength(1);
    expect(await failure(ask(3, HOW_LONG))).toMatchObject({ status: 502, code: 'upstream_unreachable' });
  });

  it('is promoted, served by its alias, and rolled back like any other', async () => {
    expect(await gateway.move(4, 1)).toMatchObject({ status: 'moved' });
    const served = () => gateway.client.chat.completions.create({ model: MODEL, messages: asks(HOW_LONG) });
    expect((await served()).choices[0]?.message.content).toBe('A menstrual cycle takes 28 days on average.');
    await gateway.registry.rollback({
      model: MODEL,
      alias: 'production',
      by: 'ann',
      why: 'wrong',
      at: AT,
      allowBase: true,
    });
    expect((await served()).choices[0]?.message.content).toBe('from /models/m1');
  });

  it.each([
    ['n', 2],
    ['stop', ['.']],
    ['response_format', { type: 'json_object' }],
    ['tools', [{ type: 'function', function: { name: 'f' } }]],
    ['logprobs', true],
  ])('refuses %s by name', async (field, value) => {
    const error = await failure(ask(4, HOW_LONG, { [field]: value }));
    expect(error).toMatchObject({ status: 400, code: 'unsupported_parameter', param: field });
    expect(error.message).toContain('this version quotes the documents');
    expect(lines).toMatchObject([{ outcome: 'failed', code: 'unsupported_parameter' }]);
  });

  it('is no longer than asked, in whole sentences', async () => {
    const long = 'How long does a menstrual cycle take on average, and what of teenagers and their longer cycles?';
    expect((await ask(4, long)).choices[0]?.message.content).toBe(cycle.text);
    expect((await ask(4, long, { max_tokens: 10 })).choices[0]?.message.content).not.toBe(cycle.text);
    expect(lines[1]?.steps.at(-1)?.said).toEqual(['1 of 2 left out, over the budget of 10 tokens']);
  });
});

describe('who asks', () => {
  const withKey = async (apiKey: string | undefined) => {
    const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const reply = await gateway.post(
      '/v1/chat/completions',
      { model: `${MODEL}@v4`, messages: asks(ON_CALL) },
      headers,
    );
    return reply.ok
      ? ((await reply.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content
      : reply;
  };
  const create = (groups: string[], more = {}) =>
    gateway.registry.createAccessKey({ subject: 'Ann', groups, by: 'root', at: AT, ...more });

  it('sees what the groups of the key may see; without a key, or with that of another group, only what everybody may', async () => {
    const midwife = await create(['midwives', 'nurses']);
    expect(await withKey(midwife.token)).toBe('The midwife on call at night is Ann.');
    const other = await create(['doctors']);
    for (const token of [undefined, 'none', 'sk-any', other.token])
      expect(await withKey(token)).toBe("The documents don't say.");
    expect(lines.map(({ key }) => key)).toEqual([midwife.key.id, undefined, undefined, undefined, other.key.id]);
  });

  it('with a key that is not there, was revoked or has expired is refused, and never taken for anybody', async () => {
    const { key, token } = await create(['midwives']);
    const expired = await create(['midwives'], { expiresAt: AT });
    const another = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    await gateway.registry.revokeAccessKey({ id: key.id, by: 'root', why: 'lost', at: AT });
    for (const [sent, why] of [
      [token, `key ${key.id} was revoked`],
      [expired.token, `key ${expired.key.id} expired`],
      [another, 'no such key'],
      ['wsk_nothing', 'no such key'],
    ] as const) {
      const reply = await withKey(sent);
      if (typeof reply === 'string') throw new Error(`answered ${reply}`);
      expect(reply.status).toBe(401);
      expect(await errorOf(reply)).toMatchObject({ code: 'invalid_api_key', message: expect.stringContaining(why) });
    }
    expect(inMemory.requests).toEqual([]);
  });
});

describe('what can not be searched', () => {
  it('says why, by name', async () => {
    broken = new RetrievalError("index 'womens-health': no snapshot aaaa; run the config again");
    for (const version of [3, 4]) {
      const error = await failure(ask(version, HOW_LONG));
      expect(error).toMatchObject({ status: 503, code: 'index_not_served' });
      expect(error.message).toContain('no snapshot aaaa');
    }
    expect(lines).toMatchObject([
      { outcome: 'failed', code: 'RetrievalError' },
      { outcome: 'failed', code: 'RetrievalError' },
    ]);
  });

  it('is not tried by a gateway without indexes', async () => {
    await gateway.close();
    gateway = await startTestGateway(PATIENT);
    await gateway.register(3, 'file:///models/m3', { openBook: openBookOf() });
    const error = await failure(ask(3, HOW_LONG));
    expect(error).toMatchObject({ status: 501, code: 'model_not_served' });
    expect(error.message).toContain("answers from index 'womens-health', and this gateway opens none");
  });
});

describe('the log', () => {
  it('has a line for each answer that holds no word of it', async () => {
    await ask(3, HOW_LONG);
    await stream(3, HOW_LONG);
    await ask(4, HOW_LONG);
    await ask(1, HOW_LONG);
    expect(lines.map(({ outcome, version }) => [version, outcome])).toEqual([
      [3, 'answered'],
      [3, 'answered'],
      [4, 'quoted'],
      [1, 'answered'],
    ]);
    for (const line of lines) {
      expect(LoggedAnswerSchema.parse(line)).toEqual(line);
      expect(line).toMatchObject({ id: 'answer-1', at: AT, model: MODEL });
      expect(JSON.stringify(line)).not.toMatch(/menstrual|average|from \/models/);
    }
    expect(lines[0]?.citations).toMatchObject([{ passageId: 'cycle.md#0', start: 0, place: 'page 3' }]);
    expect(lines[1]?.steps.at(-1)).toMatchObject({ name: 'answer', tokens: 6 });
    expect(lines[3]).not.toHaveProperty('index');
  });

  it('holds questions and answers where it was told to keep them', async () => {
    await gateway.close();
    gateway = await startTestGateway({
      ...PATIENT,
      retriever,
      answerLog: { texts: true, write: (line) => void lines.push(line) },
    });
    await gateway.register(3, undefined, { ref: quote, openBook: openBookOf({ minScore: 0.6 }) });
    await ask(3, HOW_LONG);
    await ask(1, HOW_LONG);
    expect(lines.map(({ question, answer }) => [question, answer])).toEqual([
      [HOW_LONG, 'A menstrual cycle takes 28 days on average.'],
      [HOW_LONG, 'from /models/m1'],
    ]);
  });
});
