import { expect, it } from 'vitest';
import type { KnownCorrections } from '../../schema/corrections.ts';
import { correctionLines } from './corrections-report.ts';

const known: KnownCorrections = {
  status: 'known',
  since: 2,
  changed: 1,
  added: 2,
  removed: 0,
  unasked: 1,
  suite: 'test',
  metric: 'correctness',
  facts: 2,
  questions: 3,
  right: { echo: 0, lookup: 1, incumbent: 0, tuned: 2 },
  still: { incumbent: 1 },
  corrected: { tuned: 2 },
  beside: { facts: 8, right: {}, spilled: {} },
  rest: [],
  shown: [],
};
const linesOf = (corrections: Parameters<typeof correctionLines>[0]['corrections'], id = 'ab') =>
  correctionLines({ corrections, models: { tuned: id } }, 'tuned');

it('says below the closing table what the documents changed, and who answers it right beside what costs nothing', () => {
  expect(linesOf(known)).toEqual([
    'documents since version 2: 1 statement changed, 2 added; 2 facts of it asked by 3 questions, right: echo 0, lookup 1, serves 0 (1 as it was before), tuned 2',
  ]);
  expect(linesOf(known, 'sentences-3@1')[0]).toMatch(/before\), quotes 2$/);
});

it('says that nothing asks for it, or why nothing is known, and nothing where nothing changed', () => {
  expect(linesOf({ ...known, changed: 0, added: 0, removed: 3, facts: 0 })).toEqual([
    'documents since version 2: 3 statements removed; no question asks for that',
  ]);
  expect(linesOf({ status: 'unknown', since: 2, why: 'it was made elsewhere' })).toEqual([
    'documents since version 2: not compared: it was made elsewhere',
  ]);
  expect(linesOf({ ...known, changed: 0, added: 0, facts: 0 })).toEqual([]);
  expect(linesOf(undefined)).toEqual([]);
});
