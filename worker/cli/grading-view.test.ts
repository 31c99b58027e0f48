import { Terminal } from '@xterm/headless';
import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { shown } from '../../evidence/visible.ts';
import { beginSession } from '../../operations/grading/session.ts';
import { endText, gradedText, questionText } from './grading-view.ts';
import { columnsOf, folded } from './terminal-text.ts';

const hostile = [
  '\u001b[2J\u001b[1;1H\u001b]0;title\u0007',
  'x'.repeat(100_000),
  '\u202eright to left\u202c and \u0000\u0008\u0008\u0008back',
  '漢字'.repeat(200),
  `e${'\u0301'.repeat(500)}`,
  '<script>alert(1)</script>\r\nnext\tline',
];

const sampled = (text: string) => ({
  suite: 'golden',
  questionId: 'q',
  question: shown(text, 400),
  reference: shown(text, 1_200),
  a: shown(text, 1_200),
  b: shown('', 1_200),
  candidate: 'a' as const,
  verdicts: {},
});

it.each(hostile)('an answer such as %# is shown within 80 columns, and tells the terminal nothing', async (text) => {
  const screen = questionText(beginSession([1], new Map()), sampled(text), 80);
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  expect(screen).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  for (const line of screen.split('\n')) expect(columnsOf(line), line).toBeLessThanOrEqual(80);
  const terminal = new Terminal({ cols: 80, rows: 200, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(screen.replaceAll('\n', '\r\n'), resolve));
  expect(terminal.buffer.active.getLine(0)?.translateToString()).toMatch(/^── Question 1/);
  expect(screen.length).toBeLessThan(12_000);
});

it('says how much of a long answer is shown, and that an empty one is nothing', () => {
  const screen = questionText(beginSession([1], new Map()), sampled('x'.repeat(100_000)), 80);
  expect(screen).toContain('[the beginning: 1200 of 100000 characters]');
  expect(screen).toContain('(nothing)');
});

it('folds whatever text into lines that fit, and loses no letter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 80 }), (text, width) => {
      const lines = folded(text, width);
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      expect(lines.join('').replace(/\s/gu, '')).toBe(text.replace(/\s/gu, ''));
    }),
  );
});

it('tells at the end whose the answers were', () => {
  const tally = { by: 'Ada', graded: 1, candidate: 1, other: 0, both: 0, neither: 0, comments: [] };
  const grade = {
    question: 7,
    suite: 'golden',
    questionId: 'q',
    prefers: 'candidate' as const,
    verdicts: {},
    candidate: 'b' as const,
    comment: 'clear',
  };
  const text = gradedText({ tally, grades: [grade] }, 80);
  expect(text).toContain('Ada preferred the new answer in 1 of 1');
  expect(text).toContain('  7  you chose the new answer; 2 was the new one  (clear)');
  expect(endText({ numbers: [1, 2, 5], at: 3, given: new Map([[2, { prefers: 'a' }]]) }, 80)).toContain(
    '1 of 3 graded; skipped: 1, 5',
  );
});
