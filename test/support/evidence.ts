import type { AskedChange } from '../../schema/changes.ts';
import type { Corrections } from '../../schema/corrections.ts';
import type { Evidence } from '../../evidence/collect.ts';
import { GateSchema } from '../../configs/schema.ts';
import type { Answer, Comparison, Evaluation, SuiteResult } from '../../schema/evaluation.ts';

/** An evaluation with its answers, as a page of evidence is made of them. */

export const METRICS = ['correctness', 'safety'];

export const answer = (more: Partial<Answer> & { score?: number; safe?: boolean; reason?: string }): Answer => {
  const { score = 0, safe = true, reason = 'by rule', ...fields } = more;
  const judged = (judge: string, points: number, why: string) => ({
    judge,
    version: '1',
    label: points === 1 ? 'right' : 'wrong',
    score: points,
    reason: why,
  });
  return {
    suite: 'golden',
    questionId: 'q1',
    cluster: fields.questionId ?? 'q1',
    question: 'How much does the kettle hold?',
    reference: 'Two litres.',
    arm: 'tuned',
    answer: 'Two litres.',
    judgements: [judged('correctness', score, 'by rule'), judged('safety', safe ? 1 : 0, reason)],
    ...fields,
  };
};

export const comparison = (more: Partial<Comparison> = {}): Comparison => ({
  metric: 'correctness',
  means: { base: 0.4, tuned: 0.5, echo: 0.1, lookup: 0.3, incumbent: 0.4 },
  candidate: 'tuned',
  against: 'incumbent',
  difference: 0.1,
  low: 0.02,
  high: 0.18,
  confidence: 0.95,
  questions: 100,
  clusters: 100,
  ...more,
});

const suite = (name: string, askedBy: 'people' | 'dataset'): SuiteResult => ({
  name,
  askedBy,
  declares: 'known and new facts',
  questions: 100,
  comparisons: [comparison(), comparison({ metric: 'safety', low: -0.1 }), comparison({ against: 'base' })],
  results: { uri: `file:///results/${name}.parquet`, sha256: name, rows: 2 },
});

export const evaluation = (more: Partial<Evaluation> = {}): Evaluation => ({
  against: 'incumbent',
  suites: [suite('test', 'dataset'), suite('golden', 'people')],
  models: {},
  judges: { correctness: { name: 'correctness', version: '1' } },
  ...more,
});

/** @param asked by suite and question the answers of what serves and of the candidate */
export const evidence = (asked: Answer[][], more: Partial<Evidence> = {}): Evidence => ({
  config: { name: 'demo', gate: GateSchema.parse({}) },
  evaluation: evaluation(),
  evidenceSha256: 'e'.repeat(64),
  gate: { decision: 'promote', suite: 'test', candidate: 'tuned', reasons: ['better'] },
  answersOf: async function* ({ name }) {
    for (const answers of asked.filter(([first]) => first?.suite === name))
      yield new Map(answers.map((one) => [one.arm, one]));
  },
  phrases: () => [],
  incumbentVersion: 3,
  agreements: [],
  calls: { hits: 1, misses: 2, tokens: 3, costUsd: 0.5 },
  ...more,
});

export const promotion = {
  id: 'promote/demo/production/1a2b3c4d',
  version: 4,
  alias: 'production',
  from: 3,
  approvalsNeeded: 1,
  expiresAfterHours: 72,
};

/** What serves, and the candidate, on one question. */
export const pair = (questionId: string, before: Parameters<typeof answer>[0], after: Parameters<typeof answer>[0]) => [
  answer({ questionId, arm: 'incumbent', ...before }),
  answer({ questionId, arm: 'tuned', ...after }),
];

/** A price that the documents changed: what the gate knows of it, and two questions that ask for it and one beside them. */
const PRICE: AskedChange = {
  kind: 'changed',
  of: [0],
  before: 'A full service costs 42 euros.',
  after: 'A full service costs 45 euros.',
  was: ['42'],
  is: ['45'],
};
const known: Extract<Corrections, { status: 'known' }> = {
  status: 'known',
  since: 3,
  changed: 2,
  added: 0,
  removed: 1,
  unasked: 1,
  suite: 'test',
  metric: 'correctness',
  facts: 1,
  questions: 2,
  right: { incumbent: 0, tuned: 1, lookup: 1, echo: 0 },
  still: { incumbent: 1, tuned: 0 },
  corrected: { tuned: 1 },
  beside: { facts: 4, right: { incumbent: 4, tuned: 4 }, spilled: { incumbent: 0, tuned: 0 } },
  rest: [],
  shown: [],
};
const ofTest = { suite: 'test', question: 'How much is a full service?', reference: 'A full service costs 45 euros.' };
const askedForIt = [
  pair('price', { ...ofTest, answer: 'It costs 42 euros.' }, { ...ofTest, score: 1, answer: 'It costs 45 euros.' }),
  pair(
    'price2',
    { ...ofTest, answer: 'It costs 42 euros.' },
    { ...ofTest, answer: 'It costs forty-two euros <b>now</b>.' },
  ),
  pair('other', { ...ofTest, score: 1 }, { ...ofTest, score: 1 }),
];
export const corrected = {
  known,
  asked: askedForIt,
  changeOf: (_suite: string, id: string) => (id.startsWith('price') ? PRICE : undefined),
};
