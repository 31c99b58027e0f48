import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deleteDraft, readDraft, writeDraft } from './draft.ts';
import { beginSession, inputOf, step, type Session } from './session.ts';

const typed = (lines: readonly string[], session = beginSession([1, 2, 3], new Map())): Session => {
  for (const line of lines) {
    const next = step(session, line);
    if (next.kind !== 'on') throw new Error(`${line}: ${JSON.stringify(next)}`);
    session = next.session;
  }
  return session;
};
const about = { by: 'Ada', sample: 'a'.repeat(12) };

describe('grading', () => {
  it('takes 1, 2, both and neither, with comments', () => {
    expect(inputOf(typed(['1', ' 2   too  long ', 'both']), about)).toEqual({
      ...about,
      grades: [
        { question: 1, prefers: 'a' },
        { question: 2, prefers: 'b', comment: 'too  long' },
        { question: 3, prefers: 'both' },
      ],
    });
    expect([...typed(['a', 'B clearer', '1']).given.values()].map(({ prefers }) => prefers)).toEqual(['a', 'b', 'a']);
    expect(typed(['NEITHER', '3', '4']).given.get(3)).toEqual({ prefers: 'neither' });
  });

  it('goes back and changes, skips, and jumps', () => {
    expect(inputOf(typed(['1', '2', 'back', 'back', 'neither', 'skip', '1']), about).grades).toEqual([
      { question: 1, prefers: 'neither' },
      { question: 3, prefers: 'a' },
    ]);
    expect(typed(['skip', 'skip', 'skip', 'go 2', '1'])).toMatchObject({
      at: 2,
      given: new Map([[2, { prefers: 'a' }]]),
    });
  });

  it('begins where one left', () => {
    const { given } = typed(['1', '2']);
    expect(beginSession([1, 2, 3], given).at).toBe(2);
    expect(beginSession([1, 2], given).at).toBe(2);
  });

  it.each([
    ['5', /found '5'; expected 1 or a the first is better/],
    ['', /found ''; expected/],
    ['c', /found 'c'; expected/],
    ['back', /first question/],
    ['send', /Nothing was graded/],
    ['go 9', /found '9', expected one of 1, 2, 3/],
  ])('says of %j what it expects', (line, message) => {
    expect(step(beginSession([1, 2, 3], new Map()), line)).toEqual({
      kind: 'again',
      message: expect.stringMatching(message),
    });
  });

  it('sends when it is told to, also before the end', () => {
    expect(step(typed(['1']), 'send')).toEqual({ kind: 'send' });
    expect(step(typed(['1', '2', '1']), '1')).toMatchObject({ kind: 'again' });
    expect(step(typed([]), 'quit')).toEqual({ kind: 'quit' });
  });
});

it('a draft is kept for each person and sample, whole or not at all', () => {
  const state = mkdtempSync(join(tmpdir(), 'draft-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const place = { state, promotion: 'promote/demo/production/1', ...about };
  const { given } = typed(['1 good', 'skip', 'both']);
  expect(readDraft(place)).toEqual(new Map());
  writeDraft(place, given);
  expect(readDraft({ ...place, by: ' ada' })).toEqual(given);
  expect(readDraft({ ...place, by: 'Bob' })).toEqual(new Map());
  const [file] = readdirSync(join(state, 'grading'));
  writeFileSync(join(state, 'grading', file!), '[{"question":');
  expect(() => readDraft(place)).toThrow(/found no grades that were kept there; delete it/);
  deleteDraft(place);
  expect(readDraft(place)).toEqual(new Map());
});
