import type { GradeInput, Prefers } from '../../contract/grading.ts';

/** A person's way through a blind sample: which question is asked, and what was said. Pure. */

export interface Given {
  prefers: Prefers;
  comment?: string;
}

export interface Session {
  /** Numbers of the questions to grade, in their order. */
  numbers: readonly number[];
  /** The place in `numbers`; behind the last one, all were seen. */
  at: number;
  given: ReadonlyMap<number, Given>;
}

export type Step =
  | { kind: 'on'; session: Session }
  /** It was not understood: why, in words. */
  | { kind: 'again'; message: string }
  | { kind: 'quit' }
  | { kind: 'send' };

/** Begins where one left: at the first question that was not graded. */
export function beginSession(numbers: readonly number[], given: ReadonlyMap<number, Given>): Session {
  const first = numbers.findIndex((number) => !given.has(number));
  return { numbers, given, at: first < 0 ? numbers.length : first };
}

const CHOICES: Readonly<Record<string, Prefers>> = {
  1: 'a',
  a: 'a',
  2: 'b',
  b: 'b',
  3: 'both',
  both: 'both',
  4: 'neither',
  neither: 'neither',
};

export const KEYS =
  '1 or a the first is better   2 or b the second   both   neither   skip   back   go 3   send   quit';
export const KEYS_AT_END = 'send   back   quit, or a question such as: go 3';

/** What a typed line does: `1` or `a`, `2` or `b`, `both` or `neither`, each with a comment behind it, `skip`, `back`, `go 3`, `send` or `quit`. */
export function step(session: Session, line: string): Step {
  const { numbers, at, given } = session;
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(line) ?? [];
  const key = word.toLowerCase();
  const asked = numbers[at];
  const on = (changes: Partial<Session>): Step => ({ kind: 'on', session: { ...session, ...changes } });
  const prefers = CHOICES[key];
  if (prefers) {
    if (asked === undefined) return { kind: 'again', message: `All questions were asked. Type ${KEYS_AT_END}` };
    return on({
      at: at + 1,
      given: new Map(given).set(asked, { prefers, ...(rest && { comment: rest.slice(0, 2_000) }) }),
    });
  }
  switch (key) {
    case 'skip':
    case 's': {
      if (asked === undefined) return { kind: 'again', message: `All questions were asked. Type ${KEYS_AT_END}` };
      const without = new Map(given);
      without.delete(asked);
      return on({ at: at + 1, given: without });
    }
    case 'back':
      return at === 0 ? { kind: 'again', message: 'This is the first question.' } : on({ at: at - 1 });
    case 'go': {
      const place = numbers.indexOf(Number(rest));
      return place < 0
        ? { kind: 'again', message: `go: found '${rest}', expected one of ${numbers.join(', ')}` }
        : on({ at: place });
    }
    case 'quit':
    case 'q':
      return { kind: 'quit' };
    case 'send':
      return given.size > 0 ? { kind: 'send' } : { kind: 'again', message: 'Nothing was graded yet.' };
    default:
      return { kind: 'again', message: `found '${word}'; expected ${asked === undefined ? KEYS_AT_END : KEYS}` };
  }
}

/** What is sent of it. */
export function inputOf(session: Session, about: { by: string; sample: string }): GradeInput {
  return {
    ...about,
    grades: [...session.given].sort(([a], [b]) => a - b).map(([question, one]) => ({ question, ...one })),
  };
}
