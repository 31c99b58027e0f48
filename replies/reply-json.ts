import type { z } from 'zod';
import { parseRelaxed } from './relaxed-json.ts';
import { withoutThoughts } from './thoughts.ts';

/** Reading what was asked for out of what a model wrote around it. Pure; never throws. */

export type Read<T> =
  /** `flaw` says what part of the reply could not be used, where the rest can. */
  { status: 'read'; value: T; flaw?: Flaw } | { status: 'unread'; problem: string };

export interface Flaw {
  problem: string;
  /** Parts that can be used: of several flawed replies the one with most is taken. */
  good: number;
}

/**
 * Brings a value that does not fit the schema closer to it, where only one thing can be meant; gives it back as it is where not.
 * @param whole the reply holds nothing else
 */
export type Mend = (value: unknown, whole: boolean) => unknown;

/**
 * The last JSON value of a reply that fits the schema, after its thoughts: bare, in a code fence of any kind, between words, inside a
 * JSON string, or as one part of another object. Unknown keys are the schema's matter.
 */
export function readJson<T>(reply: string, schema: z.ZodType<T>, mend: Mend = (value) => value): Read<T> {
  const bare = bareJson(reply);
  if (bare !== undefined) {
    const plain = schema.safeParse(bare);
    if (plain.success) return { status: 'read', value: plain.data };
  }
  const { text, unclosed } = withoutThoughts(reply);
  if (text === '') return unread(unclosed ? 'the reply ended in its thoughts' : 'the reply is empty');
  const inner = jsonInString(text);
  if (inner !== undefined) return readJson(inner, schema, mend);
  const { values, cut } = valuesIn(text);
  let problem: string | undefined;
  const take = (value: unknown, { whole = false, strict = false } = {}): T | undefined => {
    const plain = schema.safeParse(value);
    if (plain.success) return plain.data;
    problem ??= issuesOf(plain.error);
    return strict ? undefined : schema.safeParse(mend(value, whole)).data;
  };
  const read = (value: T): Read<T> => ({ status: 'read', value });
  const last = values.toReversed();
  for (const { value, insideCut } of last) {
    const found = take(value, { whole: values.length === 1 && !cut, strict: insideCut });
    if (found !== undefined) return read(found);
  }
  if (cut) return unread('the reply is no JSON: it ends inside a value');
  if (values.length === 0) return unread(`the reply is no JSON: it begins with ${JSON.stringify(text.slice(0, 60))}`);
  // One value for each part, as JSON lines have them.
  const together = take(values.map(({ value }) => value));
  if (together !== undefined) return read(together);
  for (const { value } of last) {
    const [found, ...more] = partsOf(value).flatMap((part) => take(part) ?? []);
    if (found !== undefined && more.length === 0) return read(found);
  }
  return unread(problem ?? 'the reply has no value that was asked for');
}

/** A reply that is JSON and nothing else, as most are: read at once. */
function bareJson(reply: string): unknown {
  if (!/^\s*[{[]/.test(reply)) return undefined;
  try {
    return JSON.parse(reply);
  } catch {
    return undefined;
  }
}

const unread = (problem: string): { status: 'unread'; problem: string } => ({ status: 'unread', problem });

/** How often a text may be gone through for values that are none, so that no reply takes longer than its length allows. */
const MOST_IN_VAIN = 4;

/** Objects and lists of a text, from left to right, each as large as it can be. `insideCut`: part of one that does not end. */
function valuesIn(text: string): { values: { value: unknown; insideCut: boolean }[]; cut: boolean } {
  const values: { value: unknown; insideCut: boolean }[] = [];
  const starts = /[{[]/g;
  let cut = false;
  let vain = MOST_IN_VAIN * text.length;
  for (let found = starts.exec(text); found && vain > 0; found = starts.exec(text)) {
    const parsed = parseRelaxed(text, found.index);
    if (parsed.status === 'cut') cut = true;
    if (parsed.status === 'value') {
      values.push({ value: parsed.value, insideCut: cut });
      starts.lastIndex = parsed.end;
    } else vain -= parsed.end - found.index;
  }
  return { values, cut };
}

/** What a JSON string that is the whole text holds. */
function jsonInString(text: string): string | undefined {
  if (!/^["']/.test(text)) return undefined;
  const parsed = parseRelaxed(text);
  const whole = parsed.status === 'value' && parsed.end === text.length && typeof parsed.value === 'string';
  return whole && /[{[]/.test(parsed.value as string) ? (parsed.value as string) : undefined;
}

const partsOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null
    ? Object.values(value).filter((part) => typeof part === 'object' && part !== null)
    : [];

/** What a value is not, each issue with its field. */
export const issuesOf = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.') || 'reply'}: ${issue.message}`).join('; ');

/** A word without case, and with spaces, underscores and hyphens alike. */
const folded = (word: string): string =>
  word
    .toLowerCase()
    .replace(/^["'`\s]+|["'`\s.]+$/g, '')
    .replace(/[\s_-]+/g, '-');

/** The known word that is meant: as it stands, else the only one that is the same without case and separators. */
export function knownWord<Word extends string>(said: unknown, known: readonly Word[]): Word | undefined {
  const word = typeof said === 'number' ? String(said) : said;
  if (typeof word !== 'string') return undefined;
  const exact = known.find((one) => one === word.trim());
  if (exact !== undefined) return exact;
  const [found, ...more] = known.filter((one) => folded(one) === folded(word));
  return more.length === 0 ? found : undefined;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields of these names, however they are capitalised or separated; others are left out. */
export function fieldsOf(value: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const name = knownWord(key, names);
    if (name !== undefined && (key === name || !Object.hasOwn(value, name))) fields[name] = field;
  }
  return fields;
}
