import type { Sampled } from '../../evidence/sample/sample.ts';
import { visible, type Shown } from '../../evidence/visible.ts';
import type { Graded } from '../../operations/grading/grade.ts';
import { KEYS, KEYS_AT_END, type Given, type Session } from '../../operations/grading/session.ts';
import { tallyWords } from '../../registry/grades/tally.ts';
import { folded } from './terminal-text.ts';

/** A blind sample in a terminal. What models say is shown as harmless text: it moves no cursor, rings no bell and turns no line around. */

const INDENT = '  ';
const WORDS = { a: '1', b: '2', both: 'both', neither: 'neither' } as const;

/** One question with its two answers, and the keys. */
export function questionText(session: Session, sampled: Sampled, width: number): string {
  const { numbers, at, given } = session;
  const number = numbers[at]!;
  const before = given.get(number);
  return [
    rule(`Question ${number}   (${at + 1} of ${numbers.length}, ${given.size} graded)`, width),
    ...part(sampled.question, width),
    '',
    'A reference answer',
    ...part(sampled.reference, width),
    '',
    rule('1', width),
    ...part(sampled.a, width),
    '',
    rule('2', width),
    ...part(sampled.b, width),
    '',
    ...(before ? folded(`You said: ${givenText(before)}`, width) : []),
    ...folded(`${KEYS}   (a comment may follow, such as: 1 clearer)`, width),
  ].join('\n');
}

/** All were asked. */
export function endText({ numbers, given }: Session, width: number): string {
  const skipped = numbers.filter((number) => !given.has(number));
  const said = skipped.length === 0 ? 'All' : `${given.size} of ${numbers.length}`;
  return [
    rule('The end', width),
    ...folded(
      `${said} graded${skipped.length > 0 ? `; skipped: ${skipped.join(', ')}` : ''}. What is sent can't be changed any more.`,
      width,
    ),
    ...folded(`Type ${KEYS_AT_END}`, width),
  ].join('\n');
}

/** What it came to, with whose each answer was. */
export function gradedText({ tally, grades }: Graded, width: number): string {
  if (!tally) return 'Nothing was graded.';
  const whose = { candidate: 'the new answer', other: 'the old answer', both: 'both', neither: 'neither' } as const;
  return [
    ...folded(`${visible(tally.by)} ${tallyWords(tally)}.`, width),
    '',
    ...grades.flatMap(({ question, prefers, candidate, comment }) =>
      folded(
        `${String(question).padStart(3)}  you chose ${whose[prefers]}; ${candidate === 'a' ? '1' : '2'} was the new one${comment ? `  (${visible(comment)})` : ''}`,
        width,
      ),
    ),
  ].join('\n');
}

const givenText = ({ prefers, comment }: Given) => `${WORDS[prefers]}${comment ? ` ${visible(comment)}` : ''}`;

const rule = (title: string, width: number) => `── ${title} ${'─'.repeat(Math.max(0, width - title.length - 4))}`;

function part({ text, of }: Shown, width: number): string[] {
  const lines = text.trim() === '' ? ['(nothing)'] : folded(visible(text), width - INDENT.length);
  const cut = of === undefined ? [] : [`[the beginning: ${text.length} of ${of} characters]`];
  return [...lines, ...cut].map((line) => `${INDENT}${line}`.trimEnd());
}
