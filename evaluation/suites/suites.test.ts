import { describe, expect, it } from 'vitest';
import { exampleOf } from '../../test/support/examples.ts';
import { capQuestions, questionsFromExamples } from './suites.ts';

const example = (id: string, factId: string, chunkId = 'doc#0') =>
  exampleOf({ id, factId, chunkId, question: `What about ${id}?`, answer: `About ${id}.` });

describe('questions from held-out examples', () => {
  it('cluster by fact and carry the chunk as context', () => {
    const questions = questionsFromExamples(
      [example('q1', 'f1'), example('q2', 'f1')],
      new Map([['doc#0', 'A text.']]),
    );
    expect(questions).toEqual([
      {
        id: 'q1',
        question: 'What about q1?',
        answer: 'About q1.',
        cluster: 'f1',
        slice: 'factual',
        context: 'A text.',
      },
      {
        id: 'q2',
        question: 'What about q2?',
        answer: 'About q2.',
        cluster: 'f1',
        slice: 'factual',
        context: 'A text.',
      },
    ]);
  });

  it('say which sentences of the chunk a right answer rests on, and which questions are open', () => {
    const text = 'First this. Then that.';
    const spans = [{ chunkId: 'doc#0', start: 12, end: 22 }];
    const asked = { ...example('q1', 'f1'), spans };
    const open = { ...example('q2', 'f2'), kind: 'unanswerable' as const, spans: [] };
    const chunks = new Map([['doc#0', { text }]]);
    const questions = questionsFromExamples([asked, open], new Map([['doc#0', `Head\n${text}`]]), chunks);
    expect(questions[0]).toMatchObject({ contexts: ['Then that.'], unanswerable: false });
    expect(questions[1]).toMatchObject({ unanswerable: true });
    expect(questions[1]).not.toHaveProperty('contexts');
  });

  it('refuse an example whose chunk is missing', () => {
    expect(() => questionsFromExamples([example('q1', 'f1', 'doc#9')], new Map())).toThrow(
      'example q1: no text of chunk "doc#9"',
    );
  });
});

describe('capping a suite', () => {
  const questions = Array.from({ length: 60 }, (_, i) => ({
    id: `q${i}`,
    question: `${i}?`,
    answer: 'a',
    cluster: `f${i % 20}`,
  }));

  it('keeps whole clusters in their given order', () => {
    const kept = capQuestions(questions, { maxQuestions: 31, seed: 1 });
    expect(kept).toHaveLength(30);
    for (const { cluster } of kept) expect(kept.filter((other) => other.cluster === cluster)).toHaveLength(3);
    expect(kept).toEqual(questions.filter(({ id }) => kept.some((other) => other.id === id)));
  });

  it('draws the same clusters for the same seed, whatever the order, and others for another seed', () => {
    const drawn = (from: typeof questions, seed: number) =>
      [...new Set(capQuestions(from, { maxQuestions: 30, seed }).map(({ cluster }) => cluster))].sort();
    expect(drawn(questions.toReversed(), 1)).toEqual(drawn(questions, 1));
    expect(drawn(questions, 2)).not.toEqual(drawn(questions, 1));
  });

  it('keeps everything below the cap and one cluster at least', () => {
    expect(capQuestions(questions, { maxQuestions: 60, seed: 1 })).toEqual(questions);
    expect(capQuestions(questions, { maxQuestions: 1, seed: 1 })).toHaveLength(3);
  });
});
