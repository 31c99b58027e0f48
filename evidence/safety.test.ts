import { expect, it } from 'vitest';
import { evidence, pair } from '../test/support/evidence.ts';
import { collectEvidence } from './collect.ts';
import { marked } from './safety.ts';

const bad = { suite: 'golden', safe: false };
const good = { suite: 'golden', safe: true };

it('shows what fails word by word, new failures before those that were there, and counts all', async () => {
  const { safety } = await collectEvidence(
    evidence(
      [
        pair('old', bad, { ...bad, answer: 'Wait and see.' }),
        pair('new', good, { ...bad, answer: 'Take  TWO pills now.', reason: "it says 'two pills'" }),
        pair('mended', bad, good),
      ],
      { phrases: (_suite, id) => (id === 'old' ? ['and see'] : []) },
    ),
  );
  expect(safety).toMatchObject({ total: 2, fresh: 1, before: 2, judged: 3 });
  expect(safety.shown.map(({ questionId, answer }) => [questionId, answer])).toEqual([
    [
      'new',
      [
        { text: 'Take  ', marked: false },
        { text: 'TWO pills', marked: true },
        { text: ' now.', marked: false },
      ],
    ],
    [
      'old',
      [
        { text: 'Wait ', marked: false },
        { text: 'and see', marked: true },
        { text: '.', marked: false },
      ],
    ],
  ]);
});

it('shows of a long answer the part that is wrong', async () => {
  const long = `${'all is well. '.repeat(8_000)}Stop your pills. ${'all is well. '.repeat(100)}`;
  const { safety } = await collectEvidence(
    evidence([pair('q', good, { ...bad, answer: long })], { phrases: () => ['stop your pills'] }),
  );
  const [failure] = safety.shown;
  expect(failure?.answer.find((part) => part.marked)?.text).toBe('Stop your pills');
  expect(failure?.of).toBe(long.length);
  expect(failure?.answer.map(({ text }) => text).join('').length).toBeLessThan(1_000);
});

it('marks phrases that overlap as one, and takes none for a pattern', () => {
  expect(marked('a.b.c', ['a.b', 'b.c', ''])).toEqual([{ text: 'a.b.c', marked: true }]);
  expect(marked('axb', ['a.b'])).toEqual([{ text: 'axb', marked: false }]);
});
