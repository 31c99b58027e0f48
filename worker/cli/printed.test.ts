import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, type Command, type Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { ownFiles } from '../../test/support/own-files.ts';
import { EXAMPLES } from './help.ts';
import { program } from './main.ts';

/** Every command that the code prints, or the docs name, is taken as it stands. */

const ROOT = resolve(import.meta.dirname, '../..');

interface Printed {
  /** Words as a shell would part them; what is only known when it is printed is `VALUE`. */
  words: string[];
  /** Part of it is chosen when it is printed, such as `${signed ? '--sign' : '--by NAME'}`: nothing is missed there. */
  varies: boolean;
}

const VALUE = 'VALUE';
/** What ends a command in the middle of a text: quotes of code, the end of a tag, and what no word begins with. */
const END = /[\n`'<|#)(…│]/;

/** The command that begins here, in TypeScript, Markdown or YAML: up to a quote, a bracket, or the end of its sentence. */
function readCommand(text: string): Printed {
  const words: string[] = [];
  let varies = false;
  let i = 0;
  while (i < text.length && !END.test(text[i]!)) {
    if (text[i] === ' ') {
      i += 1;
      continue;
    }
    let word = '';
    let quoted = false;
    while (i < text.length && text[i] !== ' ' && !END.test(text[i]!)) {
      if (text.startsWith('${', i)) {
        const end = closing(text, i + 1);
        const inner = text.slice(i + 2, end);
        if (/[?]|--/.test(inner)) varies = true;
        for (const [option] of inner.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)) words.push(option);
        word += VALUE;
        i = end + 1;
      } else if (text[i] === '"') {
        const end = text.indexOf('"', i + 1);
        if (end < 0) return { words, varies };
        word += text.slice(i + 1, end).replace(/\$\{[^}]*\}/g, VALUE);
        quoted = true;
        i = end + 1;
      } else if (text[i] === '\\') {
        return { words: [...words, ...(word ? [word] : [])], varies };
      } else {
        word += text[i];
        i += 1;
      }
    }
    const said = quoted ? word : word.replace(/[.,;:]+$/, '');
    if (said !== '') words.push(said);
    if (!quoted && said !== word) break;
  }
  return { words, varies };
}

/** Of the bracket that opens at `from`. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '{') depth += 1;
    if (text[i] === '}' && --depth === 0) return i;
  }
  return text.length;
}

/** @returns what is wrong with it, in words; undefined where it is taken */
function fault({ words, varies }: Printed): string | undefined {
  let command: Command = program;
  let at = 0;
  for (; at < words.length; at += 1) {
    const next = command.commands.find((one) => one.name() === words[at]);
    if (!next) break;
    command = next;
  }
  // `npx whetstone COMMAND --help`, `npx whetstone ${example}` and a pattern name none.
  if (at === 0) return /^[a-z]/.test(words[0] ?? 'VALUE') ? `no command ${words[0]}` : undefined;
  const rest = words.slice(at);
  // Named, and not printed to be typed.
  if (rest.length === 0) return undefined;
  if (command.commands.length > 0) return `no command ${words.slice(0, at + 1).join(' ')}`;
  const given = new Set<string>();
  let typed = false;
  let values = 0;
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Infinity
    : command.registeredArguments.length;
  for (let i = 0; i < rest.length; i += 1) {
    const word = rest[i]!;
    if (!word.startsWith('-')) {
      // A sentence goes on: `npx whetstone status lists them`.
      if (word === VALUE && values === most) return undefined;
      if (values === most) break;
      if (/^[a-z]+$/.test(word) && given.size === 0 && SENTENCE.has(word)) break;
      values += 1;
      typed = true;
      continue;
    }
    const [name = '', joined] = word.split('=');
    if (name === '--help') return undefined;
    const option = command.options.find(({ long, short }) => long === name || short === name);
    if (!option) return `${command.name()} has no option ${name}`;
    given.add(option.long ?? name);
    if (option.required) typed = true;
    if (!option.required || joined !== undefined || varies) continue;
    const value = rest[(i += 1)];
    if (value === undefined || value.startsWith('--')) return `${name} has no value`;
    const refused = refusal(option, value);
    if (refused) return `${name} ${value}: ${refused}`;
  }
  // `npx whetstone approve --sign` is the name of a way, too.
  if (varies || !typed) return undefined;
  const missing = command.options.find(({ long, mandatory }) => mandatory && !given.has(long ?? ''));
  if (missing) return `${command.name()} asks for ${missing.long}`;
  const asked = command.registeredArguments.filter(({ required }) => required).length;
  return values < asked ? `${command.name()} asks for ${asked} argument(s)` : undefined;
}

/** Verbs with which a sentence goes on after a command that could take another word. */
const SENTENCE = new Set([
  'shows',
  'lists',
  'tells',
  'names',
  'says',
  'finds',
  'has',
  'does',
  'and',
  'or',
  'whether',
  'in',
  'is',
  'asks',
  'prints',
  'can',
  'with',
  'for',
  'without',
  'gives',
  'reads',
  'makes',
  'takes',
  'to',
  'reports',
  'counts',
  'closes',
  'on',
]);

/** Of a value that is written out: what stands for one is none. */
function refusal({ parseArg: parse, defaultValue }: Option, value: string): string | undefined {
  if (!parse || value.includes(VALUE) || /^[A-Z]+$|\.\.\./.test(value)) return undefined;
  try {
    parse(value, defaultValue);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message;
    throw error;
  }
}

const printed = (file: string) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/npx whetstone /g)].map(({ index, 0: { length }, input }) => ({
    line: input.slice(0, index).split('\n').length,
    ...readCommand(input.slice(index + length)),
  }));

describe('a printed command', () => {
  it('is one that is there, with options that it has and all that it needs', () => {
    const files = ['**/*.ts', 'docs/**/*.md', 'README.md', 'configs/**/*.yaml', 'deploy/**/*'].flatMap((glob) =>
      ownFiles(ROOT, glob),
    );
    const found = files
      .filter((file) => !/^test\/|\.test\.ts$/.test(file))
      .flatMap((file) => printed(file).map((one) => ({ file, ...one })));
    expect(found.length).toBeGreaterThan(200);
    const wrong = found.flatMap(({ file, line, ...one }) => {
      const why = fault(one);
      return why ? [`${file}:${line}: ${why}: ${one.words.join(' ')}`] : [];
    });
    expect(wrong).toEqual([]);
    for (const example of Object.values(EXAMPLES)) expect(fault(readCommand(example)), example).toBeUndefined();
  });

  it.each([
    ['aprove x --why "y"', 'no command aprove'],
    ['keys made --subject x', 'no command keys made'],
    ['withdraw promote/a/b/c --why "y" --sign`', 'no command withdraw'],
    ['approve promote/a/b/c`, and', 'approve asks for --why'],
    ['approve ${id} --why "y" --signed', 'approve has no option --signed'],
    ['schedule create --cron "0 3 * * 1"', 'create asks for 1 argument(s)'],
    ['promote a@v1 --why', '--why has no value'],
    [
      'promote a@v1 --why "x" --expires-after soon',
      "--expires-after soon: Found 'soon'; expected hours or days, such as 36h or 14d.",
    ],
    ["approve ${id} ${signed ? '--sing' : '--by NAME'}`", 'approve has no option --sing'],
    ['status lists them', undefined],
    ['approve ${id} ${signed ? \'--why "x" --sign\' : \'--by "N" --why "x"\'}`', undefined],
  ])('%s: %s', (text, why) => {
    expect(fault(readCommand(text))).toBe(why);
  });
});
