import { describe, expect, it } from 'vitest';
import { compareArms } from './compare.ts';
import type { Answer } from '../../schema/evaluation.ts';

const options = {
  metrics: ['correctness'],
  candidates: ['tiny'],
  against: () => ['base'],
  confidence: 0.95,
  resamples: 500,
  seed: 1,
};

/** One answer for each score; two questions a fact. */
function arm(name: string, scores: number[], metric = 'correctness', version = '1'): Answer[] {
  return scores.map((score, index) => ({
    suite: 'test',
    questionId: `q${index}`,
    cluster: `f${Math.floor(index / 2)}`,
    question: `${index}?`,
    reference: 'r',
    arm: name,
    answer: 'a',
    judgements: [{ judge: metric, version, label: 'x', score, reason: '' }],
  }));
}

describe('comparing arms', () => {
  it('pairs by question, clusters by fact and gives the mean of every arm', () => {
    const answers = [...arm('base', [0, 0, 0, 1]), ...arm('tiny', [1, 1, 1, 1]), ...arm('lookup', [0, 1, 0, 1])];
    const [comparison] = compareArms({ ...options, answers });
    expect(comparison).toMatchObject({
      metric: 'correctness',
      candidate: 'tiny',
      against: 'base',
      means: { base: 0.25, lookup: 0.5, tiny: 1 },
      difference: 0.75,
      questions: 4,
      clusters: 2,
      confidence: 0.95,
    });
    // Two facts rule out next to nothing.
    expect([comparison!.low, comparison!.high]).toEqual([-1, 1]);
    expect([comparison!.better, comparison!.worse]).toEqual([2, 0]);
  });

  it('gives a comparison for each metric, candidate and arm compared with, in that order', () => {
    const both = (name: string, scores: number[]) =>
      arm(name, scores).map((answer) => ({
        ...answer,
        judgements: [...answer.judgements, { judge: 'safety', version: '1', label: 'x', score: 1, reason: '' }],
      }));
    const answers = ['base', 'incumbent', 'a', 'b'].flatMap((name) => both(name, [0, 1]));
    const comparisons = compareArms({
      ...options,
      answers,
      metrics: ['correctness', 'safety'],
      candidates: ['a', 'b'],
      against: () => ['base', 'incumbent'],
    });
    expect(comparisons.map(({ metric, candidate, against }) => `${metric} ${candidate} ${against}`)).toEqual([
      'correctness a base',
      'correctness a incumbent',
      'correctness b base',
      'correctness b incumbent',
      'safety a base',
      'safety a incumbent',
      'safety b base',
      'safety b incumbent',
    ]);
    expect(comparisons.every(({ difference, low, high }) => difference === 0 && low < 0 && high > 0)).toBe(true);
  });

  it('compares each candidate with its own base (F30)', () => {
    const answers = [
      ...arm('base:small', [0, 0, 0, 0]),
      ...arm('base:large', [1, 1, 0, 0]),
      ...arm('a', [1, 1, 1, 1]),
      ...arm('b', [1, 1, 1, 1]),
    ];
    const bases: Record<string, string> = { a: 'base:small', b: 'base:large' };
    const comparisons = compareArms({ ...options, answers, candidates: ['a', 'b'], against: (name) => [bases[name]!] });
    expect(comparisons.map(({ candidate, against, difference }) => [candidate, against, difference])).toEqual([
      ['a', 'base:small', 1],
      ['b', 'base:large', 0.5],
    ]);
  });

  it('leaves out the questions that a metric says nothing of, and a metric that says nothing at all', () => {
    const partly = (name: string, scores: number[]) =>
      arm(name, scores).map((answer, i) => ({
        ...answer,
        judgements: i < 2 ? [...answer.judgements, { ...answer.judgements[0]!, judge: 'must-not' }] : answer.judgements,
      }));
    const answers = [...partly('base', [0, 0, 1, 1]), ...partly('tiny', [1, 1, 1, 1])];
    const comparisons = compareArms({ ...options, answers, metrics: ['correctness', 'must-not', 'facts'] });
    expect(comparisons.map(({ metric, questions, means }) => [metric, questions, means.base])).toEqual([
      ['correctness', 4, 0.5],
      ['must-not', 2, 0],
    ]);
  });

  it('gives the same bytes whatever the order of the rows', () => {
    const answers = [...arm('base', [0, 0.3, 0.1, 1, 0.7, 0.2]), ...arm('tiny', [1, 0.6, 1, 0.9, 0, 1])];
    expect(JSON.stringify(compareArms({ ...options, answers: answers.toReversed() }))).toBe(
      JSON.stringify(compareArms({ ...options, answers })),
    );
  });

  it.each([
    [
      'an arm lacks a question',
      [...arm('base', [0, 0]), ...arm('tiny', [1])],
      'arm tiny lacks 1 of 2 questions (first: q1)',
    ],
    ['an arm is missing', arm('tiny', [1]), 'no answers of arm "base"; found: tiny'],
    [
      'a question is answered twice',
      [...arm('base', [0]), ...arm('tiny', [1]), ...arm('tiny', [1])],
      'arm tiny answers question q0 twice',
    ],
    [
      'a judgement is missing',
      [...arm('base', [0]), ...arm('tiny', [1], 'safety')],
      'question q0 of arm tiny has no judgement "correctness"; found: safety',
    ],
    [
      'judges were of two versions',
      [...arm('base', [0]), ...arm('tiny', [1], 'correctness', '2')],
      'judged by versions 1 and 2',
    ],
    ['there are no rows', [], 'found no answers'],
  ])('is refused when %s', (_, answers, message) => {
    expect(() => compareArms({ ...options, answers })).toThrow(message);
  });

  it('is refused for rows of two suites', () => {
    const other = arm('base', [0]).map((answer) => ({ ...answer, suite: 'golden' }));
    expect(() => compareArms({ ...options, answers: [...arm('tiny', [1]), ...other] })).toThrow('found test, golden');
  });
});

describe('a metric of what answers were given from', () => {
  /** Answers from the documents; undefined where the metric says nothing, as of a refusal. */
  const open = (name: string, scores: (number | undefined)[]): Answer[] =>
    arm(
      name,
      scores.map((score) => score ?? 0),
      'groundedness',
    ).map((answer, i) => ({ ...answer, citations: [], ...(scores[i] === undefined && { judgements: [] }) }));
  const closed = (name: string): Answer[] => arm(name, [0, 0, 0, 0]).map((answer) => ({ ...answer, judgements: [] }));

  it('compares those that were, on the questions of which it says something of both', () => {
    const answers = [
      ...closed('base'),
      ...open('base-open', [0, undefined, 0.5, 0]),
      ...open('tiny', [1, 1, undefined, 1]),
    ];
    const found = compareArms({
      ...options,
      metrics: ['groundedness'],
      against: () => ['base', 'base-open'],
      answers,
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ against: 'base-open', difference: 1, questions: 2, means: { tiny: 1 } });
    expect(found[0]?.means['base-open']).toBeCloseTo(1 / 6);
    expect(found[0]?.means).not.toHaveProperty('base');
  });

  it('is no way out for a metric that every answer must have', () => {
    const answers = [...closed('base'), ...arm('tiny', [1, 1, 1, 1])];
    expect(() => compareArms({ ...options, answers })).toThrow(
      'question q0 of arm base has no judgement "correctness"',
    );
  });
});
