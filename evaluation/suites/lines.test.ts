import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mergedNote, parseSuite, type SuiteRow } from './lines.ts';

const rowsOf = (...values: unknown[]): SuiteRow[] => values.map((value, i) => ({ at: `g.jsonl:${i + 1}`, value }));
const parse = (...values: unknown[]) => parseSuite({ file: 'g.jsonl', rows: rowsOf(...values), faults: [] });
const messageOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected an error');
};

describe('a suite of people', () => {
  it('makes each question its own cluster, by the hash of its normalised wording', () => {
    const [question] = parse({ question: 'How long is a cycle?', answer: '28 days.', slice: 'cycle' }).questions;
    expect(question).toMatchObject({ question: 'How long is a cycle?', answer: '28 days.', slice: 'cycle' });
    expect(question!.cluster).toBe(question!.id);
    const [reworded] = parse({ question: '  how long IS a cycle?', answer: 'x' }).questions;
    expect(reworded!.id).toBe(question!.id);
  });

  it('reads what a right answer rests on, and whether the documents leave the question open', () => {
    const { questions } = parse(
      { question: 'a?', answer: 'b', contexts: ['B is so; mostly.', 'B is so; mostly.'] },
      { question: 'c?', answer: 'It is not said.', unanswerable: 'yes', contexts: 'One; of it. | Two.' },
    );
    expect(questions[0]).toMatchObject({ contexts: ['B is so; mostly.'] });
    expect(questions[1]).toMatchObject({ unanswerable: true, contexts: ['One; of it.', 'Two.'] });
    expect(messageOf(() => parse({ question: 'a?', answer: 'b', unanswerable: 'perhaps' }))).toContain('unanswerable');
    const twice = () =>
      parse({ question: 'a?', answer: 'b', unanswerable: true }, { question: 'a?', answer: 'c', unanswerable: false });
    expect(messageOf(twice)).toContain('g.jsonl:2: unanswerable: found false');
  });

  it('keeps further columns, and a slice or id that is a number (F29)', () => {
    const { questions, columns } = parse({
      question: 'a?',
      answer: 'b',
      slice: 7,
      id: 12,
      document: 'a.md',
      level: 3,
      tags: ['x', 'y'],
      empty: null,
    });
    expect(questions).toEqual([
      {
        id: '12',
        cluster: '12',
        question: 'a?',
        answer: 'b',
        slice: '7',
        columns: { document: 'a.md', level: '3', tags: '["x","y"]' },
      },
    ]);
    expect(columns).toEqual(['document', 'level', 'tags']);
  });

  it('takes a question asked again with another answer for one with several right answers, and says so (F29)', () => {
    const suite = parse(
      { question: 'What is BV?', answer: 'An imbalance.', facts: ['imbalance'], mustNot: ['virus'], document: 'a.md' },
      { question: 'what is bv', answer: 'Too few good bacteria.', facts: [['bacteria', 'germs']], mustNot: ['virus'] },
      { question: 'What is BV ?', answer: 'an imbalance.' },
    );
    expect(suite.questions).toMatchObject([
      {
        question: 'What is BV?',
        answer: 'An imbalance.',
        references: ['An imbalance.', 'Too few good bacteria.'],
        facts: [['imbalance'], ['bacteria', 'germs']],
        mustNot: ['virus'],
        columns: { document: 'a.md' },
      },
    ]);
    expect(mergedNote({ ...suite, questions: suite.questions.length })).toBe(
      '3 lines make 1 questions: 1 ask one again with another answer, which is right too, 1 are copies',
    );
  });

  it('takes wordings that differ in punctuation alone for copies where the answer is the same, and only there', () => {
    const suite = parse(
      { question: 'What is a (D&C)?', answer: 'An operation.' },
      { question: 'What is a D C', answer: 'An operation.' },
      { question: 'What is C++?', answer: 'A language of 1985.' },
      { question: 'What is C#?', answer: 'A language of 2000.' },
    );
    expect(suite.questions.map(({ question }) => question)).toEqual([
      'What is a (D&C)?',
      'What is C++?',
      'What is C#?',
    ]);
    expect(suite).toMatchObject({ lines: 4, repeated: 1, furtherAnswers: 0 });
  });

  it('reads lists of a table cell: JSON, or semicolons between facts and bars between alternatives', () => {
    const [question] = parse({
      question: 'a?',
      answers: 'one; whole|two',
      facts: '12 hours; take it out | remove it',
      mustNot: '["24 hours", "yes"]',
    }).questions;
    expect(question).toMatchObject({
      answer: 'one; whole',
      references: ['one; whole', 'two'],
      facts: [['12 hours'], ['take it out', 'remove it']],
      mustNot: ['24 hours', 'yes'],
    });
  });

  it('names file and line of every fault at once, those of reading too', () => {
    const message = messageOf(() =>
      parseSuite({
        file: 'g.jsonl',
        rows: rowsOf(
          { question: 'c?' },
          { answer: 'a' },
          7,
          { question: 'd?', answer: 'e', facts: [] },
          { question: 'f?', answer: 'x', facts: [[3]] },
        ),
        faults: ['g.jsonl:9: not JSON'],
      }),
    );
    expect(message.split('\n')).toEqual([
      'g.jsonl:9: not JSON',
      'g.jsonl:1: found neither answer nor answers; expected what a right answer is',
      'g.jsonl:2: question: found nothing; expected non-empty text',
      expect.stringMatching(/^g\.jsonl:3: found 7; expected question and answer/),
      expect.stringMatching(/^g\.jsonl:4: facts: found an empty list; expected/),
      expect.stringMatching(/^g\.jsonl:5: facts\[0\]/),
    ]);
  });

  it('says once that no line has an answer, with the columns that are there and the nearest name', () => {
    expect(messageOf(() => parse({ question: 'a?', reply: 'b' }, { question: 'c?', reply: 'd', facts: 'e' }))).toBe(
      'g.jsonl: found the columns question, reply, facts, and neither answer nor answers; name the column that holds the right answers so',
    );
    expect(messageOf(() => parse({ question: 'a?', anwser: 'b' }, { question: 'c?', anwser: 'd' }))).toMatch(
      /neither answer nor answers; did you mean 'anwser'\?$/,
    );
  });

  it('refuses one id for two questions, and a file without questions', () => {
    expect(
      messageOf(() => parse({ question: 'a?', answer: 'b', id: 1 }, { question: 'c?', answer: 'd', id: '1' })),
    ).toBe("g.jsonl:2: id: found '1', which is that of g.jsonl:1; expected one of its own");
    expect(messageOf(() => parse())).toMatch(/^g\.jsonl: no questions found; expected question and answer/);
  });

  it('holds the sample', () => {
    const file = new URL('../../datasets/samples/womens-health/golden.jsonl', import.meta.url);
    const rows = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line, i): SuiteRow => ({ at: `:${i + 1}`, value: JSON.parse(line) }));
    const { questions } = parseSuite({ file: 'golden.jsonl', rows, faults: [] });
    expect(questions).toHaveLength(90);
    expect(questions.every(({ facts = [] }) => facts.length >= 2)).toBe(true);
    expect(questions.filter(({ mustNot = [] }) => mustNot.length > 0).length).toBeGreaterThan(70);
    const articles = new URL('../../datasets/samples/womens-health/articles/', import.meta.url);
    const texts = readdirSync(articles).map((name) => readFileSync(new URL(name, articles), 'utf8'));
    for (const { question, contexts = [] } of questions) {
      expect(contexts.length, question).toBeGreaterThan(0);
      for (const context of contexts) expect(texts.some((text) => text.includes(context))).toBe(true);
    }
  });
});
