import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../worker/cli/main.ts';
import { ownFiles } from './support/own-files.ts';

/** What the docs name must exist: files, commands, scripts, settings. */

const ROOT = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Page {
  file: string;
  text: string;
}
const pages: Page[] = ['README.md', ...ownFiles(ROOT, 'docs/**/*.md')].map((file) => ({
  file,
  text: read(file),
}));

/** Every match of the pattern's first group, as `file: match`. */
const named = (pattern: RegExp) =>
  pages.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([, name = '']) => ({ file, name })));

const fenced = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].flatMap(([, code = '']) =>
    code.split('\n').filter(Boolean),
  );

describe('links', () => {
  it('point at files that exist, and at headings that are there', () => {
    const links = named(/\]\(([^)\s]+)\)/g).filter(({ name }) => !/^[a-z]+:/.test(name));
    expect(links.length).toBeGreaterThan(30);
    const broken = links.flatMap(({ file, name }) => {
      const [path = '', anchor] = name.split('#');
      const target = path === '' ? join(ROOT, file) : resolve(ROOT, dirname(file), path);
      if (!existsSync(target)) return [`${file}: ${name}`];
      return anchor === undefined || anchors(readFileSync(target, 'utf8')).includes(anchor) ? [] : [`${file}: ${name}`];
    });
    expect(broken).toEqual([]);
  });
});

/** As GitHub makes them of headings. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const namesIn = ({ commands }: Command) => commands.map((command) => command.name());

describe('commands', () => {
  it('are known to the command line', () => {
    const known = namesIn(program);
    const groups = Object.fromEntries(
      program.commands.filter(({ commands }) => commands.length > 0).map((group) => [group.name(), namesIn(group)]),
    );
    expect(Object.keys(groups)).toContain('schedule');
    expect(known).toContain('rollback');
    const used = named(/npx whetstone ([a-z][a-z-]*(?: [a-z]+)?)/g);
    expect(used.length).toBeGreaterThan(10);
    const unknown = used.filter(({ name }) => {
      const [command = '', next = ''] = name.split(' ');
      return groups[command] ? !groups[command].includes(next) : !known.includes(command);
    });
    expect(unknown).toEqual([]);
  });

  it('of npm are scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(named(/npm run ([\w:-]+)/g).filter(({ name }) => !(name in scripts))).toEqual([]);
  });

  it('give npm start only the options that it has', () => {
    const main = read('worker/main.ts');
    const options = named(/npm start -- ([^`\n]*)/g).flatMap(({ file, name }) =>
      [...name.matchAll(/--([a-z-]+)/g)].map(([, option]) => ({ file, option })),
    );
    expect(options.length).toBeGreaterThan(3);
    expect(options.filter(({ option }) => !main.includes(`  --${option} `))).toEqual([]);
  });

  it('of the README are the two that it promises, and CI runs the second', () => {
    expect(fenced(read('README.md'), 'sh')).toEqual(['npm ci && npm start', 'npm test']);
    expect(read('.ci/run')).toMatch(/^npm test\b/m);
  });
});

/** What packages read without a word of ours, and people need to know. */
const SETTINGS_OF_SDKS: [files: string, names: string[]][] = [
  [
    '@temporalio/envconfig/lib/*.js',
    [
      'TEMPORAL_ADDRESS',
      'TEMPORAL_NAMESPACE',
      'TEMPORAL_API_KEY',
      'TEMPORAL_TLS',
      'TEMPORAL_CONFIG_FILE',
      'TEMPORAL_PROFILE',
    ],
  ],
  ['@aws-sdk/credential-provider-env/dist-cjs/*.js', ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
  ['@smithy/core/dist-cjs/submodules/config/*.js', ['AWS_REGION', 'AWS_PROFILE']],
];

describe('settings', () => {
  const settings = read('docs/how-to/settings.md');
  const sources = ownFiles(ROOT, '**/*.ts').filter((file) => !/^test\/|\.test\.ts$/.test(file));
  // Read as a property, taken out of the environment, or named in quotes for a function that reads it.
  const READ = /(?:\benv\.|'|\{ )((?:WHETSTONE|DATABASE|TEMPORAL|AWS)_[A-Z0-9_]+)\b/g;
  const readByAnything = new Set(
    sources.flatMap((file) => [...read(file).matchAll(READ)].map(([, name = '']) => name)),
  );
  const readByCode = new Set([...readByAnything].filter((name) => name.startsWith('WHETSTONE_')));
  const documented = new Set([...settings.matchAll(/`(WHETSTONE_[A-Z0-9_]+)`/g)].map(([, name]) => name));

  it('that the code reads are all documented', () => {
    expect(readByCode.size).toBeGreaterThan(8);
    expect([...readByCode].filter((name) => !documented.has(name))).toEqual([]);
  });

  it('are all in the table of those who run on many machines, which has no other', () => {
    const table = [...read('docs/how-to/run-on-many-machines.md').matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(
      ([, name = '']) => name,
    );
    expect(new Set(table).size).toBe(table.length);
    expect(new Set(table)).toEqual(new Set([...readByAnything, ...SETTINGS_OF_SDKS.flatMap(([, names]) => names)]));
  });

  it.each(SETTINGS_OF_SDKS)('that %s reads by itself are read by it', (files, names) => {
    const source = globSync(join('node_modules', files), { cwd: ROOT }).map(read).join('\n');
    expect(names.filter((name) => !source.includes(name))).toEqual([]);
  });

  it('that the docs name are all read by the code', () => {
    const everywhere = named(/\b(WHETSTONE_[A-Z0-9_]+)\b/g);
    expect(everywhere.filter(({ name }) => !readByCode.has(name))).toEqual([]);
  });
});

describe('dependencies', () => {
  it('each have a line of why', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, object>;
    const python = [...read('providers/python/requirements.txt').matchAll(/^([\w[\]-]+)==/gm)].map(([, name]) => name);
    const installed = [...Object.keys({ ...dependencies, ...devDependencies }), ...python];
    const explained = [...read('docs/decisions/dependencies.md').matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
    expect(new Set(explained)).toEqual(new Set(installed));
  });
});
