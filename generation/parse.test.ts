import { describe, expect, it } from 'vitest';
import { correctionRequest, generationRequest } from './request.ts';
import { parseCorrection, parseGeneration } from './parse.ts';
import { ExampleSchema, QaPairSchema, type Chunk, type Example, type GenerationTask } from '../schema/data.ts';
import { taskOf } from '../test/support/examples.ts';

const passage = (documentId: string, text: string): Chunk => ({
  id: `${documentId}#0`,
  documentId,
  index: 0,
  title: documentId,
  headings: [],
  start: 0,
  end: text.length,
  text,
  tokens: 20,
});
const iron = passage('iron', 'Iron tablets are taken on an empty stomach. Tea hinders iron.');
const tea = passage('tea', 'Green tea and black tea hold tannins.');
const questions = ['May I drink tea with iron tablets?', 'Does tea go with iron tablets?'];
const read = (facts: unknown[], changes: Partial<GenerationTask>) =>
  parseGeneration({
    reply: JSON.stringify({ facts }),
    task: taskOf(iron, { phrasings: 2, ...changes }),
    teacher: 'openai/small',
  });

describe('what is asked for, by kind', () => {
  const contentOf = (changes: Partial<GenerationTask>, voice = {}) =>
    generationRequest(taskOf(iron, changes), { guidelines: [], ...voice }).messages.map(({ content }) => content);

  it('tells persona, language, tone and guidelines', () => {
    const [system, user] = contentOf(
      { kind: 'factual', persona: 'a\nnurse', language: 'German' },
      { tone: 'warm and plain', guidelines: ['Say milligrams, never mg.'] },
    );
    expect(user).toContain('asked by: a nurse\nlanguage of questions and answers (quotes stay as they are): German');
    expect(system).toContain('Answers sound warm and plain.');
    expect(system).toContain('- Say milligrams, never mg.');
  });

  it.each([
    ['multi-hop', 'both', ['questions', 'answer', 'quotes']],
    ['unanswerable', 'does not tell', ['questions', 'answer']],
    ['multi-turn', 'history', ['questions', 'answer', 'quotes', 'history']],
    ['safety', 'guidance', ['questions', 'answer', 'quotes']],
  ] as const)('asks for %s', (kind, word, fields) => {
    const chunks = kind === 'multi-hop' ? [iron, tea] : [iron];
    const request = generationRequest(taskOf(iron, { kind, chunks }), { guidelines: [] });
    expect(request.messages[0]?.content).toContain(word);
    expect(request.messages[1]?.content.match(/<passage /g)).toHaveLength(chunks.length);
    const schema = request.responseSchema?.schema as {
      properties: { facts: { items: { required: string[] } } };
    };
    expect(schema.properties.facts.items.required.toSorted()).toEqual([...fields].sort());
  });
});

describe('what comes back, by kind', () => {
  it('takes a multi-hop pair that quotes both passages, with a span in each', () => {
    const quotes = ['Tea hinders iron.', 'black tea'];
    const { pairs } = read([{ questions, answer: 'No, tea hinders it.', quotes }], {
      kind: 'multi-hop',
      chunks: [iron, tea],
    });
    expect(pairs).toHaveLength(2);
    expect(pairs[0]?.spans.map(({ chunkId }) => chunkId)).toEqual(['iron#0', 'tea#0']);
    expect(tea.text.slice(pairs[0]?.spans[1]?.start, pairs[0]?.spans[1]?.end)).toBe('black tea');
  });

  it('rejects one that rests on one passage only', () => {
    const fact = { questions, answer: 'No.', quotes: ['Tea hinders iron.'] };
    const { rejected } = read([fact], { kind: 'multi-hop', chunks: [iron, tea] });
    expect(rejected.map(({ verdict }) => verdict.reasons)).toEqual([['single-hop'], ['single-hop']]);
  });

  it('keeps the turns before a question', () => {
    const history = [{ question: 'When are iron tablets taken?', answer: 'On an empty stomach.' }];
    const fact = { history, questions: ['And with tea?'], answer: 'No.', quotes: ['Tea hinders iron.'] };
    const [pair] = read([fact], { kind: 'multi-turn' }).pairs;
    expect(pair?.history).toEqual([
      { role: 'user', content: 'When are iron tablets taken?' },
      { role: 'assistant', content: 'On an empty stomach.' },
    ]);
  });

  it('wants no quote of what the passage leaves open, and tells kinds of one fact apart', () => {
    const fact = { questions, answer: 'The material does not say.' };
    const { pairs } = read([fact], { kind: 'unanswerable', persona: 'a nurse', language: 'English' });
    expect(pairs[0]).toMatchObject({ kind: 'unanswerable', spans: [], persona: 'a nurse', language: 'English' });
    const same = { questions, answer: 'No.', quotes: ['Tea hinders iron.'] };
    const ids = (['factual', 'safety'] as const).flatMap((kind) => read([same], { kind }).pairs.map(({ id }) => id));
    expect(new Set(ids).size).toBe(4);
    for (const one of pairs) QaPairSchema.parse(one);
  });
});

describe('corrections', () => {
  const [pair] = read([{ questions, answer: 'No, iron is tea.', quotes: ['Tea hinders iron.'] }], {
    kind: 'factual',
  }).pairs;
  const judgement = { judge: 'grounded', version: '1', label: 'no', score: 0, reason: "the passage lacks 'is tea'" };
  const passed = { judge: 'safe', version: '1', label: 'safe', score: 1, reason: 'fine' };
  const rejectedExample = {
    ...pair,
    verdict: { decision: 'reject', reasons: ['grounded'], judgements: [judgement, passed] },
  } as Example;
  const correct = (reply: unknown, attempt = 1, example = rejectedExample) =>
    parseCorrection({ reply: JSON.stringify(reply), chunks: [iron], rejectedExample: example, attempt });

  it('send the pair and the objections, not what was praised', () => {
    const { messages } = correctionRequest({ chunks: [iron], example: rejectedExample, attempt: 1 });
    const content = messages[1]?.content ?? '';
    expect(content).toContain("the passage lacks 'is tea'");
    expect(content).toContain('No, iron is tea.');
    expect(content).not.toContain('fine');
  });

  it('are pairs of the same fact that name what they correct', () => {
    const reply = { question: questions[0], answer: 'No, tea hinders iron.', quotes: ['Tea hinders iron.'] };
    const first = correct(reply);
    if (first.status !== 'pair') throw new Error('expected a pair');
    expect(first.pair).toMatchObject({
      id: `${pair?.id}~1`,
      correctionOf: pair?.id,
      factId: pair?.factId,
      answer: 'No, tea hinders iron.',
    });
    expect('verdict' in first.pair).toBe(false);
    const again = { ...first.pair, verdict: rejectedExample.verdict };
    expect(correct(reply, 2, again)).toMatchObject({ pair: { id: `${pair?.id}~2`, correctionOf: `${pair?.id}~1` } });
  });

  it('that can not be used are rejects of their own', () => {
    const unread = correct({ answer: 'x' });
    const elsewhere = correct({ question: 'q?', answer: 'a', quotes: ['Zinc helps.'] });
    expect([unread, elsewhere].map((one) => one.status === 'reject' && one.example.verdict.reasons)).toEqual([
      ['unparseable'],
      ['span-not-found'],
    ]);
    for (const one of [unread, elsewhere]) if (one.status === 'reject') ExampleSchema.parse(one.example);
  });
});

it('gives every reject an id of its own, also where a question is repeated and its quote is wrong', () => {
  const { generated, rejected } = read(
    [{ questions: ['What is iron?', 'what is iron?', 'Is iron a metal?'], answer: 'A metal.', quotes: ['Not there'] }],
    { kind: 'factual', phrasings: 3 },
  );
  expect(generated).toBe(3);
  expect(new Set(rejected.map(({ id }) => id)).size).toBe(3);
  expect(rejected.map(({ verdict }) => verdict.reasons[0] ?? '').toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'repeated',
    'span-not-found',
    'span-not-found',
  ]);
});

describe('a passage with a context (F19)', () => {
  const table: Chunk = {
    ...passage('fees', '| Clinic 83 | 249 euro |\n| Clinic 84 | 252 euro |'),
    context: '| Clinic | Fee |\n|---|---|',
  };
  const spansOf = (quotes: string[]) => {
    const facts = [
      { questions: ['What is the fee of clinic 83?'], answer: 'It is 249 euro.', quotes, kind: 'factual' },
    ];
    const { pairs, rejected } = parseGeneration({
      reply: JSON.stringify({ facts }),
      task: taskOf(table, { phrasings: 1 }),
      teacher: 'openai/small',
    });
    return pairs[0]?.spans.map(({ start, end }) => table.text.slice(start, end)) ?? rejected[0]?.verdict.reasons;
  };

  it('may be quoted with it, and spans lie in the passage alone', () => {
    expect(spansOf(['| Clinic | Fee |', '| Clinic 83 | 249 euro |'])).toEqual(['| Clinic 83 | 249 euro |']);
    expect(spansOf(['|---|---|\n| Clinic 83 | 249 euro |'])).toEqual(['| Clinic 83 | 249 euro |']);
    expect(spansOf(['| Clinic | Fee |'])).toEqual(['span-not-found']);
    expect(spansOf(['| Clinic 99 |', '| Clinic 83 | 249 euro |'])).toEqual(['span-not-found']);
  });

  it('is asked about with it', () => {
    const [, user] = generationRequest(taskOf(table, {}), { guidelines: [] }).messages;
    expect(user?.content).toContain(`\n${table.context}\n${table.text}\n</passage>`);
  });
});

describe('what a teacher left out', () => {
  it('is placed at the unit of its text that no fact rests on', () => {
    const twice = passage('twice', 'Tea hinders iron. Take it at noon. Tea hinders iron.');
    const { skipped } = parseGeneration({
      reply: JSON.stringify({
        facts: [{ questions, answer: 'Tea hinders iron.', quotes: ['Tea hinders iron.'] }],
        skipped: [{ quote: 'Tea hinders iron.', why: 'repeated' }],
      }),
      task: taskOf(twice, { phrasings: 2 }),
      teacher: 'builtin/rules',
    });
    expect(skipped).toEqual([{ chunkId: 'twice#0', start: 35, end: 52, why: 'repeated' }]);
  });
});
