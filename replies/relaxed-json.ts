/**
 * JSON as models write it: besides the real thing, commas before a closing bracket, single quotes, Python's True, False and None, and
 * line breaks inside texts. Nothing is guessed beyond that: a value that does not end is none. Pure.
 */

export type Parsed =
  | { status: 'value'; value: unknown; end: number }
  /** The text ended inside the value. */
  | { status: 'cut'; end: number }
  /** `end` is where it stopped being one. */
  | { status: 'none'; end: number };

/** Values inside values; deeper ones are no reply to anything asked here. */
const MAX_DEPTH = 64;
const CUT = Symbol('the text ended');
const NONE = Symbol('no value');

/** The value that starts at `start`. */
export function parseRelaxed(text: string, start = 0): Parsed {
  const reader = new Reader(text, start);
  const value = reader.value(0);
  const { at: end } = reader;
  if (value === CUT) return { status: 'cut', end };
  return value === NONE ? { status: 'none', end } : { status: 'value', value, end };
}

const WORDS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['True', true],
  ['False', false],
  ['None', null],
];
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const SPACE = /\s*/y;
const PLAIN: Readonly<Record<string, RegExp>> = { '"': /[^"\\]*/y, "'": /[^'\\]*/y };

class Reader {
  readonly #text: string;
  at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) return NONE;
    const first = this.#peek();
    if (first === undefined) return CUT;
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#list(depth);
    if (first === '"' || first === "'") return this.#string(first);
    for (const [word, value] of WORDS) {
      const found = this.#text.slice(this.at, this.at + word.length);
      if (found === word) {
        this.at += word.length;
        return value;
      }
      if (word.startsWith(found) && this.at + found.length === this.#text.length) return CUT;
    }
    NUMBER.lastIndex = this.at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) return first === '-' && this.at + 1 === this.#text.length ? CUT : NONE;
    this.at += number.length;
    return Number(number);
  }

  #object(depth: number): unknown {
    const entries: [string, unknown][] = [];
    this.at++;
    for (;;) {
      const next = this.#peek();
      if (next === undefined) return CUT;
      if (next === '}' && this.#step()) return Object.fromEntries(entries);
      if (next !== '"' && next !== "'") return NONE;
      const key = this.#string(next);
      if (typeof key !== 'string') return key;
      const colon = this.#peek();
      if (colon !== ':') return colon === undefined ? CUT : NONE;
      this.at++;
      const value = this.value(depth + 1);
      if (value === CUT || value === NONE) return value;
      entries.push([key, value]);
      const ends = this.#separator('}');
      if (ends !== undefined) return ends;
    }
  }

  #list(depth: number): unknown {
    const items: unknown[] = [];
    this.at++;
    for (;;) {
      const next = this.#peek();
      if (next === undefined) return CUT;
      if (next === ']' && this.#step()) return items;
      const value = this.value(depth + 1);
      if (value === CUT || value === NONE) return value;
      items.push(value);
      const ends = this.#separator(']');
      if (ends !== undefined) return ends;
    }
  }

  /** A comma is passed over; a closing bracket is left to be read. Anything else ends the value. */
  #separator(close: string): symbol | undefined {
    const next = this.#peek();
    if (next === undefined) return CUT;
    if (next === ',') this.at++;
    return next === ',' || next === close ? undefined : NONE;
  }

  #string(quote: '"' | "'"): unknown {
    let text = '';
    this.at++;
    const plain = PLAIN[quote]!;
    for (;;) {
      plain.lastIndex = this.at;
      const part = plain.exec(this.#text)?.[0] ?? '';
      text += part;
      this.at += part.length;
      const found = this.#text[this.at];
      if (found === undefined) return CUT;
      this.at++;
      if (found === quote) return text;
      const escaped = this.#escape();
      if (typeof escaped !== 'string') return escaped;
      text += escaped;
    }
  }

  #escape(): string | symbol {
    const letter = this.#text[this.at++];
    if (letter === undefined) return CUT;
    if (letter !== 'u' && letter !== 'x') return ESCAPES[letter] ?? letter;
    const length = letter === 'u' ? 4 : 2;
    const hex = this.#text.slice(this.at, this.at + length);
    if (hex.length < length) return CUT;
    if (!/^[\da-f]+$/i.test(hex)) return NONE;
    this.at += length;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #step(): true {
    this.at++;
    return true;
  }

  /** The next letter that is no white space. */
  #peek(): string | undefined {
    SPACE.lastIndex = this.at;
    this.at += SPACE.exec(this.#text)?.[0].length ?? 0;
    return this.#text[this.at];
  }
}
