import { describe, expect, it } from 'vitest';
import { RunConfigSchema } from '../configs/schema.ts';
import type { Chunk } from '../schema/data.ts';
import { taskOf } from '../test/support/examples.ts';
import { scriptedModel } from '../test/fakes/scripted-model.ts';
import type { ChatRequest } from '../contract/ports.ts';
import { UNREADABLE } from '../contract/messages.ts';
import { generate } from '../generation/ask-teacher.ts';
import { FirstReplies, unreadOf } from './first-replies.ts';

const text = 'The blue kettle holds two litres of water. It boils within four minutes.';
const chunk: Chunk = {
  id: 'd#0',
  documentId: 'd',
  index: 0,
  title: 'D',
  headings: [],
  start: 0,
  end: text.length,
  text,
  tokens: 14,
};
const config = (format: 'json' | 'lines') =>
  RunConfigSchema.parse({
    name: 'x',
    documents: 'docs',
    teacher: { provider: 'openai', model: 'small', apiKeyEnv: 'KEY', format },
  });

/** A small model: it can't write JSON, and does as it is told in lines, a little untidily. */
const small = () =>
  scriptedModel((request: ChatRequest) => {
    const said = request.messages.map(({ content }) => content).join('\n');
    if (/in \d other ways/.test(said)) return '1. Q: How many litres has it?\n2. Q: What does the blue kettle hold?';
    if (!said.includes('Q: the question')) return 'The passage is about a kettle. It is blue.';
    return said.includes('Ask something else than')
      ? 'Q: When does the blue kettle boil?\nA: It boils within four minutes.\nQuote: It boils within four minutes.'
      : 'Here you are.\n**Q:** How much does the blue kettle hold?\n**A:** It holds two litres of water.\n**Quote:** The blue kettle holds two litres of water.';
  }, 'small');
const ask = (format: 'json' | 'lines', teacher = small()) =>
  generate({ config: config(format), teacher, task: taskOf(chunk, { facts: 2, phrasings: 3 }) });

describe('a model that is too small for JSON (F34)', () => {
  it('gives one reject for a passage, and its unreadable replies are counted', async () => {
    const { pairs, rejected, unreadable } = await ask('json');
    expect([pairs.length, rejected.length, unreadable]).toEqual([0, 1, 3]);
    expect(unreadOf(rejected)).toMatchObject({
      cause: 'unparseable',
      text: 'The passage is about a kettle. It is blue.',
    });
  });

  it('gives facts with their wordings and spans where it is asked in lines', async () => {
    const { pairs, rejected, unreadable } = await ask('lines');
    expect([rejected, unreadable]).toEqual([[], 0]);
    expect(pairs.map(({ question, answer, phrasing }) => [question, answer, phrasing])).toEqual([
      ['How much does the blue kettle hold?', 'It holds two litres of water.', 0],
      ['How many litres has it?', 'It holds two litres of water.', 1],
      ['What does the blue kettle hold?', 'It holds two litres of water.', 2],
      ['When does the blue kettle boil?', 'It boils within four minutes.', 0],
      ['How many litres has it?', 'It boils within four minutes.', 1],
      ['What does the blue kettle hold?', 'It boils within four minutes.', 2],
    ]);
    expect(pairs[0]?.spans).toEqual([{ chunkId: 'd#0', start: 0, end: 42 }]);
  });

  it('keeps what was read before a reply that could not be', async () => {
    let asked = 0;
    const teacher = scriptedModel(() =>
      asked++ === 0 ? 'Q: How much?\nA: Two litres.\nQuote: two litres' : 'I do not know.',
    );
    const { pairs, rejected, unreadable } = await ask('lines', teacher);
    expect([pairs.length, rejected.length, unreadable]).toEqual([1, 1, 3]);
  });
});

describe('the first replies of a run (F34)', () => {
  const who = 'teacher openai/small';
  const unread = { cause: 'unparseable', problem: 'the reply is no JSON', text: `Sure! ${'x'.repeat(900)}` };
  const note = (first: FirstReplies, tasks: number, reply: typeof unread | undefined, runId = 'r') =>
    first.note({ runId, who, all: tasks, unread: reply });

  it('stop it when none of ten can be read, with one of them, the likely cause and the fix', () => {
    const first = new FirstReplies();
    for (let i = 0; i < 9; i++) note(first, 40, unread);
    expect(() => note(first, 40, unread)).toThrow(
      /None of the first 10 replies of the teacher openai\/small could be read\. the reply is no JSON\. It replied: "Sure! x+ \.\.\."\. Likely cause: .*Fix: set format: lines/,
    );
  });

  it('stop a small run when none of all can be read, and are no matter to another run', () => {
    const first = new FirstReplies();
    note(first, 2, unread);
    note(first, 2, unread, 'another');
    expect(() => note(first, 2, unread)).toThrow(
      expect.objectContaining({ name: 'RunError', type: UNREADABLE }) as Error,
    );
  });

  it('never stop a run of which one could be read', () => {
    const first = new FirstReplies();
    note(first, 40, undefined);
    for (let i = 0; i < 30; i++) note(first, 40, unread);
  });

  it('stop it for a judge that gave no judgement of ten pairs, and for no other', () => {
    const first = new FirstReplies();
    const judged = (judge: string, label: string) => ({
      judge,
      version: '1',
      label,
      score: 0,
      reason: 'the reply is no JSON',
    });
    const pair = (...judgements: ReturnType<typeof judged>[]) => ({
      verdict: { decision: 'reject' as const, reasons: ['x'], judgements },
    });
    const example = pair(
      judged('grounded', 'grounded'),
      judged('panel-x/small', 'unparseable'),
      judged('llm-x', 'unparseable: cut-off'),
    );
    for (let i = 0; i < 9; i++) first.noteJudgements('r', example);
    expect(() => first.noteJudgements('r', example)).toThrow(
      /None of the first 10 replies of the judge llm-x could be read/,
    );
  });

  it.each([
    ['unparseable', '{"pairs": []}', /too small for the form/],
    ['unparseable', 'Sure!', /no JSON mode/],
    ['cut-off', '{"facts": [{', /cut off at 64 tokens: raise teacher\.maxTokens\. It replied/],
  ])('name the likely cause, where the problem does not: %s', (cause, reply, expected) => {
    const first = new FirstReplies();
    const problem = cause === 'cut-off' ? 'the reply was cut off at 64 tokens: raise teacher.maxTokens' : 'no';
    expect(() => note(first, 1, { cause, problem, text: reply })).toThrow(expected);
  });
});
