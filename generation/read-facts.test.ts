import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { parseGeneration } from './parse.ts';
import { readCorrection, readFacts } from './read-facts.ts';
import type { Chunk, GenerationTask } from '../schema/data.ts';
import { taskOf } from '../test/support/examples.ts';

const text = 'The blue kettle holds two litres of water. It is 20 cm high.';
const chunk: Chunk = {
  id: 'kettles#0',
  documentId: 'kettles',
  index: 0,
  title: 'Kettles',
  headings: [],
  start: 0,
  end: text.length,
  text,
  tokens: 12,
};
const fact = {
  questions: ['How much does the blue kettle hold?', 'What does the blue kettle hold?'],
  answer: 'The blue kettle holds two litres of water.',
  quotes: ['The blue kettle holds two litres of water.'],
  kind: 'factual',
};
const { kind: _kind, ...plain } = fact;
const { questions, ...unasked } = fact;
const { quotes: _quotes, ...unquoted } = fact;
const parse = (reply: string, kind: GenerationTask['kind'] = 'any') =>
  parseGeneration({ reply, task: taskOf(chunk, { phrasings: 2, kind }), teacher: 'openai/small' });

describe('a fact that is written otherwise', () => {
  it.each<[string, unknown, number]>([
    ['with further keys', { facts: [{ ...fact, difficulty: 'easy', id: 0 }], note: 'x' }, 2],
    ['without a kind', { facts: [plain] }, 2],
    ['with its kind in other case', { facts: [{ ...fact, kind: 'Factual' }] }, 2],
    ['with one quote', { facts: [{ ...fact, quotes: fact.quotes[0] }] }, 2],
    ['with a quote by its singular', { facts: [{ ...unquoted, quote: fact.quotes[0] }] }, 2],
    ['with one question', { facts: [{ ...unasked, question: questions[0] }] }, 1],
    ['with fields in other case', { Facts: [{ Questions: questions, Answer: fact.answer, Quotes: fact.quotes }] }, 2],
    ['as a bare list', [fact], 2],
    ['alone', fact, 2],
    ['as a list in a string', { facts: JSON.stringify([fact]) }, 2],
    ['inside another object', { result: { facts: [fact] } }, 2],
  ])('is read %s (F12)', (_, reply, pairs) => {
    const read = parse(JSON.stringify(reply));
    expect(read.rejected).toEqual([]);
    expect(read.pairs).toHaveLength(pairs);
    expect(read.pairs[0]).toMatchObject({ answer: fact.answer, kind: 'factual' });
  });

  it('is read as JSON lines, each of them', () => {
    const lines = [fact, { ...fact, answer: 'Two litres.' }].map((one) => JSON.stringify(one)).join('\n');
    expect(new Set(parse(lines).pairs.map(({ answer }) => answer)).size).toBe(2);
  });

  it('takes the kind of its task, whatever it says', () => {
    expect(parse(JSON.stringify({ facts: [fact] }), 'procedural').pairs[0]?.kind).toBe('procedural');
  });

  it('is taken for no fact where it is only like one', () => {
    const turns = [{ question: 'q?', answer: 'a' }];
    expect(readFacts(JSON.stringify({ history: turns }), 'any').status).toBe('unread');
    expect(readFacts('See [1] and ["a", "b"].', 'any').status).toBe('unread');
  });

  it('makes the reply worth asking again where it does not fit, and its neighbours stay (F12)', () => {
    const read = readFacts(JSON.stringify({ facts: [fact, { ...fact, answer: 5 }] }), 'any');
    expect(read).toMatchObject({
      status: 'read',
      flaw: { good: 1, problem: expect.stringContaining('fact 2: answer') },
    });
  });
});

describe('a teacher’s reply', () => {
  it('gives the final facts, not the draft in the thoughts (F2)', () => {
    const draft = { facts: [{ ...fact, answer: 'A draft.' }] };
    const reply = `<think>\nDraft:\n\`\`\`json\n${JSON.stringify(draft)}\n\`\`\`\nToo short.\n</think>\n\`\`\`json\n${JSON.stringify({ facts: [fact] })}\n\`\`\``;
    expect(parse(reply).pairs.map(({ answer }) => answer)).toEqual([fact.answer, fact.answer]);
  });

  it('keeps the cause of what could not be read as the reason (F14)', () => {
    const { rejected } = parseGeneration({
      reply: '{"facts": [',
      read: { status: 'unread', cause: 'cut-off', problem: 'cut off at 1024 tokens: raise teacher.maxTokens' },
      task: taskOf(chunk),
      teacher: 'openai/small',
    });
    expect(rejected[0]?.verdict).toMatchObject({
      reasons: ['cut-off'],
      judgements: [{ reason: 'cut off at 1024 tokens: raise teacher.maxTokens' }],
    });
  });

  it('hands on what was left out, and why', () => {
    const skipped = [{ quote: 'Is it blue?', why: 'question' }];
    const reply = JSON.stringify({ facts: [], skipped: [...skipped, 'x'] });
    expect(readFacts(reply, 'any')).toMatchObject({ status: 'read', value: { skipped } });
  });

  it('is read or given a cause, whatever it is, and never throws', () => {
    const json = fc.json().map((one) => `{"facts": [${one}]}`);
    const mutated = fc.tuple(fc.nat(), fc.nat(5), fc.string({ maxLength: 3 })).map(([at, cut, put]) => {
      const reply = JSON.stringify({ facts: [fact] });
      const from = at % reply.length;
      return reply.slice(0, from) + put + reply.slice(from + cut);
    });
    const kinds = fc.constantFrom<GenerationTask['kind']>('any', 'factual', 'multi-turn', 'unanswerable');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), json, mutated), kinds, (reply, kind) => {
        const { generated, pairs, rejected } = parse(reply, kind);
        expect(generated).toBe(pairs.length + rejected.length);
        expect(['read', 'unread']).toContain(readCorrection(reply).status);
      }),
    );
  });
});

describe('a quote', () => {
  const quoted = (quote: string) => {
    const [span] = parse(JSON.stringify({ facts: [{ ...fact, quotes: [quote] }] })).pairs[0]?.spans ?? [];
    return span && text.slice(span.start, span.end);
  };

  it.each([
    ['in other case', 'the blue kettle HOLDS two litres of water.'],
    ['in quote marks', '"The blue kettle holds two litres of water."'],
    ['shortened at its end', 'The blue kettle holds...'],
    ['cut inside a word', 'The blue kettle hol…'],
    ['shortened at its start', '... two litres of water.'],
    ['shortened in its middle', 'The blue kettle [...] litres of water.'],
    ['with emphasis of its own', 'The **blue** kettle holds *two* litres of water.'],
  ])('%s becomes the passage’s own words (F12)', (_, quote) => {
    expect(quoted(quote)).toBe('The blue kettle holds two litres of water.');
  });

  it('with a full stop that the passage lacks is found', () => {
    expect(quoted('the blue kettle holds two.')).toBe('The blue kettle holds two');
  });

  it.each(['It is 2.', 'The blue kettle ... four cups', 'The ... high.', '...', '"'])(
    'that is not there is not found: %s',
    (quote) => {
      expect(quoted(quote)).toBeUndefined();
    },
  );
});
