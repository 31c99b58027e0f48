import { describe, expect, it } from 'vitest';
import { AskedChanges, stillSaysOld } from '../../documents/changes/asked-changes.ts';
import { diffStatements } from '../../documents/changes/diff.ts';
import { statementsOf, type Statement } from '../../documents/changes/statements.ts';
import type { Chunk } from '../../schema/data.ts';
import { exampleOf } from '../../test/support/examples.ts';
import { capQuestions } from '../suites/suites.ts';
import { markChanges } from './mark-questions.ts';
import { staleQuestions } from './stale-questions.ts';

const PRICES: Record<string, number> = { 'full service': 42, chain: 18, brakes: 24, saddle: 31, lamp: 12 };
const passage = (id: string, text: string): Chunk => ({
  id: `${id}#0`,
  documentId: id,
  index: 0,
  title: id,
  headings: [id],
  start: 0,
  end: text.length,
  text,
  tokens: 1,
});
const prices = (of: Record<string, number>) =>
  passage(
    'prices',
    Object.entries(of)
      .map(([name, euros]) => `A ${name} costs ${euros} euros.`)
      .join(' '),
  );
const hours = passage('hours', 'We open at 9. We close at 18. Marta opens on Monday.');
const before = [prices(PRICES), hours];
const after = [prices({ ...PRICES, 'full service': 45 }), hours];
const changesOf = (old: Chunk[], now: Chunk[]) =>
  new AskedChanges(diffStatements(old.flatMap(statementsOf), now.flatMap(statementsOf)).changes);

/** A question for each statement, answered by it. */
const questions = (chunks: Chunk[]) =>
  chunks.flatMap(statementsOf).map((statement: Statement, i) => {
    const { chunkId, documentId, start, end, text } = statement;
    const example = exampleOf({
      id: `q${i}`,
      factId: `q${i}`,
      question: `Tell me of ${text.split(' ')[1]}`,
      answer: text,
      chunkId,
      documentId,
      spans: [{ chunkId, start, end }],
    });
    return { asked: { id: `q${i}`, question: example.question, answer: text, cluster: `q${i}` }, example };
  });

describe('questions that ask for what changed', () => {
  it('carry the old and the new statement, and those beside them what they must not be answered with', () => {
    const marked = markChanges(questions(after), changesOf(before, after));
    expect(marked[0]).toMatchObject({
      change: { kind: 'changed', before: 'A full service costs 42 euros.', was: ['42'], is: ['45'] },
    });
    expect(marked.filter(({ change }) => change)).toHaveLength(1);
    const beside = marked.filter((question) => question.beside);
    // Seven others are left, those of the same document first.
    expect(beside.map(({ id }) => id)).toEqual(expect.arrayContaining(['q1', 'q2', 'q3', 'q4']));
    expect(beside[0]?.beside).toEqual([['45']]);
  });

  it('are not those that rest on the statement and speak of another part of it', () => {
    const two = (euros: number) => [passage('shop', `A service costs ${euros} euros and Marta does it.`)];
    const [made] = questions(two(45));
    const about = (question: string, answer: string) => ({ ...made!, example: { ...made!.example, question, answer } });
    const changes = changesOf(two(42), two(45));
    const [price, who, spelled] = markChanges(
      [about('How much?', '45 euros.'), about('Who does it?', 'Marta.'), about('How much?', 'Forty-five euros.')],
      changes,
    );
    expect([price!.change?.kind, who!.change, spelled!.change?.kind]).toEqual(['changed', undefined, 'changed']);
  });

  it('may ask for several at once: a long answer rests on more than one', () => {
    const now = { ...PRICES, 'full service': 45, chain: 20 };
    const [made] = questions([prices(now)]);
    const whole = {
      ...made!.example,
      answer: prices(now).text,
      spans: [{ chunkId: 'prices#0', start: 0, end: 1_000 }],
    };
    const [marked] = markChanges([{ ...made!, example: whole }], changesOf([prices(PRICES)], [prices(now)]));
    expect(marked?.change).toMatchObject({ kind: 'changed', of: [0, 1], was: ['42', '18'], is: ['45', '20'] });
    expect(marked?.change?.after).toBe('A full service costs 45 euros. A chain costs 20 euros.');
  });

  it('leave a neighbour out that says the new value by right', () => {
    const same = { ...PRICES, 'full service': 45, chain: 45 };
    const marked = markChanges(
      questions([prices(same), hours]),
      changesOf([prices({ ...same, 'full service': 42 }), hours], [prices(same), hours]),
    );
    expect(marked[1]?.answer).toContain('45');
    expect(marked[1]?.beside).toBeUndefined();
  });

  it('stay where a suite is cut', () => {
    const marked = markChanges(questions(after), changesOf(before, after));
    for (const seed of [1, 2, 3, 4, 5])
      expect(capQuestions(marked.toReversed(), { maxQuestions: 2, seed }).map(({ id }) => id)).toContain('q0');
  });
});

it.each([
  ['It costs 42 euros.', true],
  ['It costs forty-two euros.', true],
  ['It costs 45 euros, no longer 42.', false],
  ['It costs 45 euros.', false],
  ['It costs 421 euros.', false],
  ['', false],
])('%j says what was true before: %s', (answer, expected) => {
  expect(stillSaysOld(answer, { was: ['42'], is: ['45'] })).toBe(expected);
});

it("names people's questions that still expect what the documents said before, and no others", () => {
  const change = {
    kind: 'changed' as const,
    of: [0],
    before: 'A full service costs 42 euros.',
    after: 'x',
    was: ['42'],
    is: ['45'],
  };
  const of = (id: string, question: string, answer: string) => ({ id, question, answer, cluster: id });
  const golden = [
    of('a', 'what do you take for a full service', 'A full service costs 42 euros.'),
    of('b', 'what do you take for a full service', 'A full service costs 45 euros.'),
    of('c', 'how many spokes has a wheel', 'It has 42 spokes.'),
    of('d', 'price of a service?', 'A service costs forty-two euros.'),
  ];
  expect(staleQuestions(new Map([['golden', golden]]), [change]).map(({ question }) => question)).toEqual([
    golden[0]!.question,
    golden[3]!.question,
  ]);
});
