import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { lineRequest, readFactLines, readWordings, rewordRequest } from './line-format.ts';
import { taskOf } from '../test/support/examples.ts';
import type { Chunk } from '../schema/data.ts';

const text = 'The blue kettle holds two litres.';
const chunk: Chunk = {
  id: 'd#0',
  documentId: 'd',
  index: 0,
  title: 'D',
  headings: [],
  start: 0,
  end: text.length,
  text,
  tokens: 6,
};
const fact = (reply: string) => readFactLines(reply, 'any');

describe('the lines of a small model (F34)', () => {
  const expected = { questions: ['How much does it hold?'], answer: 'It holds two litres.', quotes: [text] };
  it.each([
    ['plain', `Q: How much does it hold?\nA: It holds two litres.\nQuote: ${text}`],
    ['decorated', `**Q1:** How much does it hold?\n**A1:** It holds two litres.\n**Quote:** "${text}"`],
    ['as words', `Question: How much does it hold?\n\nAnswer: It holds two litres.\nQUOTE: ${text}`],
    [
      'with words around',
      `Sure, here it is:\n\n1. Q: How much does it hold?\n2. A: It holds two litres.\n3. Quote: ${text}`,
    ],
    [
      'after thoughts',
      `<think>Q: a draft?\nA: no.</think>\nQ: How much does it hold?\nA: It holds two litres.\nQuote: ${text}`,
    ],
    ['wrapped', `Q: How much does\nit hold?\nA: It holds two\nlitres.\nQuote: ${text}`],
    [
      'twice, of which the last counts',
      `Q: draft?\nA: no.\nQ: How much does it hold?\nA: It holds two litres.\nQuote: ${text}`,
    ],
  ])('are read however they are written: %s', (_what, reply) => {
    expect(fact(reply)).toEqual({ status: 'read', value: expected });
  });

  it('let the answer stand for a quote that is missing, and want none where nothing is quoted', () => {
    expect(fact('Q: Why?\nA: So.')).toMatchObject({ value: { quotes: ['So.'] } });
    expect(readFactLines('Q: Why?\nA: It does not tell.', 'unanswerable')).toEqual({
      status: 'read',
      value: { questions: ['Why?'], answer: 'It does not tell.' },
    });
  });

  it('say which line is missing', () => {
    expect(fact('The kettle holds two litres.')).toMatchObject({
      status: 'unread',
      problem: expect.stringContaining('Q: and A:') as string,
    });
    expect(fact('Q: Why?')).toMatchObject({ problem: expect.stringContaining('begins with A:') as string });
  });

  it('give the other wordings, none being no fault', () => {
    expect(readWordings('Q: One?\n- Q: Two?\nWhat else?')).toEqual(['One?', 'Two? What else?']);
    expect(readWordings('I can not.')).toEqual([]);
  });

  it('are read or not, but never throw', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('Q:', 'A: x', 'Quote:', '```', '**Q2:** y', '<think>', '</think>'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const read = fact(lines.join('\n'));
        expect(['read', 'unread']).toContain(read.status);
        expect(Array.isArray(readWordings(lines.join('\n')))).toBe(true);
      }),
    );
  });
});

describe('what a small model is asked', () => {
  const voice = { guidelines: ['Use short words.'], tone: 'warm' };
  it('is one question of the passage, no JSON, and another one than before', () => {
    const { messages, responseSchema } = lineRequest(taskOf(chunk), voice, { settings: {}, asked: ['What is blue?'] });
    const [system, user] = messages.map(({ content }) => content);
    expect(responseSchema).toBeUndefined();
    expect(system).toMatch(/Q: the question\nA: the answer\nQuote: /);
    expect(system).toContain('Use short words.');
    expect(user).toContain(text);
    expect(user).toContain('Ask something else than:\n- What is blue?');
  });

  it('is to word a question anew, as often as is wanted', () => {
    const { messages } = rewordRequest('Why?', { count: 3, sample: 0, settings: {} });
    expect(messages[0]?.content).toContain('in 3 other ways');
  });
});
