import { ConfigError, type Locate } from '../../common/config-errors.ts';
import { asData, quotedLines } from '../../schema/prompts/as-data.ts';
import type { Roles } from './dspy-fields.ts';

/** The demos of a dspy program as turns: data, like what is found in documents, whoever wrote them. */

/** What dspy and its data sets note of a demo beside its fields. */
const NOTES = ['augmented', 'dspy_uuid', 'dspy_split'];

type Demo = Readonly<Record<string, unknown>>;

export interface Example {
  passages: string | undefined;
  question: string;
  answered: string;
}

/** Whether a demo has every field: dspy shows those first that have not. */
export const hasAll = (demo: Demo, roles: Roles): boolean =>
  namesOf(roles).every((name) => demo[name] !== undefined && demo[name] !== null);

/** @throws ConfigError for a field that the signature has not, and for what is no text */
export function exampleOf(demo: Demo, { roles, at }: { roles: Roles; at: Locate }): Example {
  const names = namesOf(roles);
  const problems = Object.keys(demo)
    .filter((name) => !names.includes(name) && !NOTES.includes(name))
    .map((name) => `${at([name])}: found a field that the signature has not; expected ${names.join(', ')}`);
  const textOf = (name: string | undefined, needed: boolean): string | undefined => {
    const value = name === undefined ? undefined : demo[name];
    if (name === undefined || ((value === undefined || value === null) && !needed)) return undefined;
    if (typeof value === 'string' && value.trim() !== '' && isWritable(value)) return asData(value).trim();
    if (value === '' && !needed) return undefined;
    problems.push(`${at([name])}: found ${kindOf(value)}; expected text${needed ? '' : ', or nothing'}`);
    return undefined;
  };
  const question = textOf(roles.question, true);
  const answer = textOf(roles.answer, true);
  const reasoning = textOf(roles.reasoning, false);
  const passages = Array.isArray(demo[roles.passages ?? ''])
    ? numbered(demo[roles.passages!] as unknown[], (i) => problems.push(`${at([roles.passages!, i])}: expected text`))
    : textOf(roles.passages, false);
  if (question === undefined || answer === undefined || problems.length > 0) throw new ConfigError(problems);
  const answered = reasoning === undefined ? answer : `<think>\n${reasoning}\n</think>\n\n${answer}`;
  return { passages, question, answered };
}

const namesOf = ({ passages, question, reasoning, answer }: Roles): string[] =>
  [passages, question, reasoning, answer].filter((name) => name !== undefined);

/** Passages of a list, each under its number. */
function numbered(passages: readonly unknown[], isNone: (i: number) => void): string | undefined {
  const shown = passages.map((passage, i) => {
    if (typeof passage === 'string' && passage.trim() !== '' && isWritable(passage))
      return `[${i + 1}]\n${quotedLines(passage)}`;
    isNone(i);
    return '';
  });
  return shown.length === 0 ? undefined : shown.join('\n\n');
}

/** Half a character and U+0000 can stand in no request. */
const isWritable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return value.trim() === '' ? 'an empty text' : 'half a character or U+0000';
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'a mapping'
      : `the ${typeof value} ${JSON.stringify(value)}`;
}
