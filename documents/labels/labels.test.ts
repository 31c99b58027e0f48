import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DocumentError } from '../../common/errors.ts';
import fc from '../../test/support/property.ts';
import { readCorpus } from '../read.ts';
import { labelsAmong, labelsOnly } from './declared.ts';
import { mergedLabels } from './merge.ts';
import { covers } from './pattern.ts';

let folder: string;
beforeEach(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), 'labels-')))));
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

const corpus = (sources: string | string[] = 'docs') =>
  readCorpus({ sources, projectRoot: folder, allowedRoots: ['.'] });

/** The labels of every document, by its id. */
async function labels(sources?: string | string[]) {
  const { documents } = await corpus(sources);
  return Object.fromEntries(
    documents.map(({ id, licence, language, groups, validUntil }) => [
      id,
      JSON.parse(JSON.stringify({ licence, language, groups, validUntil })) as object,
    ]),
  );
}

async function problems(sources?: string) {
  const error: unknown = await corpus(sources).catch((thrown: unknown) => thrown);
  if (!(error instanceof DocumentError)) throw new Error(`no DocumentError: ${JSON.stringify(error)}`);
  return error.problems;
}

describe('labels of a document', () => {
  it('stand in its front matter', async () => {
    const matter = 'licence: CC-BY-4.0\nlanguage: en_gb\ngroups: [staff, hr]\nvalidUntil: 2027-01-31\ntags: [x]';
    await write({ 'docs/a.md': `---\n${matter}\n---\nHello.`, 'docs/b.md': 'Hello.' });
    expect(await labels()).toEqual({
      a: { licence: 'CC-BY-4.0', language: 'en-GB', groups: ['hr', 'staff'], validUntil: '2027-01-31' },
      b: {},
    });
  });

  it('stand beside files of any format, and in a labels.yaml by glob; the nearest counts', async () => {
    await write({
      'labels.yaml': 'docs: { licence: CC0-1.0 }',
      'docs/labels.yaml':
        'hr/: { groups: [staff, hr] }\n"*.html": { language: de }\nx-ray.md: { language: fr }\nhr/open: { groups: everyone }',
      'docs/hr/pay.html': '<p>Pay.</p>',
      'docs/hr/pay.html.labels.yaml': 'groups: [hr]\nlicence: internal',
      'docs/hr/open/a.md': 'Hello.',
      'docs/x-ray.md': 'Hello.',
    });
    expect(await labels()).toEqual({
      'hr/pay.html': { licence: 'internal', language: 'de', groups: ['hr'] },
      'hr/open/a': { licence: 'CC0-1.0' },
      'x-ray': { licence: 'CC0-1.0', language: 'fr' },
    });
    // However a document is named.
    expect(await labels('docs/hr/pay.html')).toMatchObject({ 'pay.html': { groups: ['hr'] } });
    expect(await labels('docs/**/*.html')).toMatchObject({ 'hr/pay.html': { groups: ['hr'] } });
  });

  it('stand in the rows of JSON lines', async () => {
    await write({
      'docs/a.jsonl':
        '{"id": "a", "text": "One.", "groups": ["hr"], "language": "German"}\n{"id": "b", "text": "Two.", "groups": "hr"}\n{"id": "c", "text": "Three."}',
    });
    expect(await labels('docs/a.jsonl')).toEqual({
      'a.jsonl/a': { groups: ['hr'], language: 'de' },
      'a.jsonl/c': {},
    });
    expect((await corpus('docs/a.jsonl')).refused).toMatchObject([{ kind: 'labels', found: `groups: "hr" of 'b'` }]);
  });

  it('follow a link to where its file is', async () => {
    await write({ 'kept/labels.yaml': '"**": { groups: [hr] }', 'kept/a.md': 'Hello.', 'docs/b.md': 'Hello.' });
    await symlink(join(folder, 'kept/a.md'), join(folder, 'docs/a.md'));
    await symlink(join(folder, 'kept'), join(folder, 'docs/more'));
    expect(await labels()).toEqual({ a: { groups: ['hr'] }, b: {}, 'more/a': { groups: ['hr'] } });
  });
});

describe('a bad label is an error that names file and field', () => {
  it.each([
    ['groups: hr', 'groups: "hr"'],
    ['groups: []', 'groups: an empty list'],
    ['groups:', 'groups: no value'],
    ['groups: [hr, 7]', 'groups: ["hr",7]'],
    ['groups: [everyone, hr]', 'groups: ["everyone","hr"]'],
    ['group: [hr]', "the unknown field 'group'"],
    ['Access-Groups: [hr]', "the unknown field 'Access-Groups'"],
    ['valid_until: 2027-01-31', "the unknown field 'valid_until'"],
    ['validUntil: 2027-02-30', 'validUntil: "2027-02-30"'],
    ['validUntil: soon', 'validUntil: "soon"'],
    ['validUntil: 2027', 'validUntil: 2027'],
    ['language: Klingonish', 'language: "Klingonish"'],
    ['licence: MIT\nlicense: GPL', 'license: license that says otherwise than licence'],
  ])('%s', async (line, found) => {
    await write({ 'docs/a.md': `---\n${line}\n---\nHello.`, 'docs/b.md': 'Hello.' });
    const { documents, refused } = await corpus();
    expect(documents.map(({ id }) => id)).toEqual(['b']);
    expect(refused).toMatchObject([{ kind: 'labels', file: 'docs/a.md', found }]);
    expect(refused[0]?.fix).not.toBe('');
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    ['an unknown field', { 'docs/labels.yaml': '"*.md":\n  group: [a]' }, 'docs/labels.yaml:2: *.md.group', /'group'/],
    ['a pattern of no file', { 'docs/labels.yaml': 'hr/*: { groups: [a] }' }, 'docs/labels.yaml', /'hr\/\*'/],
    [
      'a pattern that leads out',
      { 'docs/labels.yaml': '../x: { groups: [a] }' },
      'docs/labels.yaml:1: ../x',
      /'..\/x'/,
    ],
    ['no labels', { 'docs/labels.yaml': '"*.md": hr' }, 'docs/labels.yaml:1: *.md', /"hr"/],
    ['no YAML', { 'docs/labels.yaml': '"*.md": {' }, 'docs/labels.yaml', /not valid YAML/],
    ['the same pattern twice', { 'docs/labels.yaml': 'a.md: {}\na.md: {}' }, 'docs/labels.yaml', /not valid YAML/],
    ['another ending', { 'docs/labels.yml': 'a.md: { groups: [a] }' }, 'docs/labels.yml', /by another name/],
    ['another case', { 'docs/Labels.yaml': 'a.md: { groups: [a] }' }, 'docs/Labels.yaml', /by another name/],
    ['a file that is gone', { 'docs/b.md.labels.yaml': 'groups: [a]' }, 'docs/b.md.labels.yaml', /not there/],
    ['a bad sidecar', { 'docs/a.md.labels.yaml': 'groups: a' }, 'docs/a.md.labels.yaml:1: groups', /"a"/],
  ])('of a file beside: %s', async (_what, files, file, found) => {
    await write({ 'docs/a.md': 'Hello.', ...files });
    expect(await problems()).toMatchObject([{ kind: 'labels', file, found: expect.stringMatching(found) as string }]);
  });

  it('a document is open to no group that its folder is closed to', async () => {
    await write({
      'docs/labels.yaml': '"**": { groups: [hr] }',
      'docs/a.md': '---\ngroups: [everybody-else]\n---\nHello.',
      'docs/b.md': '---\ngroups: everyone\n---\nHello.',
      'docs/c.md': 'Hello.',
    });
    const { documents, refused } = await corpus();
    expect(documents.map(({ id, groups }) => [id, groups])).toEqual([['c', ['hr']]]);
    expect(refused.map(({ found }) => found)).toEqual([
      'groups: everybody-else, where docs/labels.yaml says [hr]',
      'groups: everyone, where docs/labels.yaml says [hr]',
    ]);
  });

  it('a link out of the allowed folders is none', async () => {
    await write({ 'in/docs/a.md': 'Hello.', 'out.yaml': '"**": { groups: [hr] }' });
    await symlink(join(folder, 'out.yaml'), join(folder, 'in/docs/labels.yaml'));
    const read = readCorpus({ sources: 'docs', projectRoot: join(folder, 'in'), allowedRoots: ['.'] });
    await expect(read).rejects.toThrow(/docs\/labels.yaml: found a link/);
  });
});

describe('whatever is written', () => {
  const group = fc.constantFrom('a', 'b', 'c', 'd');
  const groups = fc.oneof(fc.constant(undefined), fc.constant('everyone'), fc.uniqueArray(group, { minLength: 1 }));

  it('who may read becomes only narrower, or it is a problem', () => {
    fc.assert(
      fc.property(fc.array(groups, { maxLength: 5 }), (said) => {
        const { labels: found, problem } = mergedLabels(
          said.map((one, i) => ({ by: String(i), labels: one === undefined ? {} : { groups: one as string[] } })),
        );
        if (problem) return;
        const lists = said.filter((one) => Array.isArray(one)) as string[][];
        const wider = lists.filter((list) => !found.groups?.every((name) => list.includes(name)));
        expect(wider).toEqual([]);
      }),
    );
  });

  it('a value of groups is a list of names, or a problem', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const read of [labelsAmong({ groups: value }), labelsOnly({ groups: value })]) {
          const isList = Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');
          if (read.problems.length > 0) continue;
          expect(isList || value === 'everyone').toBe(true);
          expect(read.labels.groups).toBeDefined();
        }
      }),
    );
  });

  it.each([
    ['*.pdf', 'a/b.pdf', true],
    ['/*.pdf', 'a/b.pdf', false],
    ['./*.pdf', 'b.pdf', true],
    ['hr', 'x/hr/y.md', true],
    ['hr/', 'hr/deep/y.md', true],
    ['x/hr', 'hr/y.md', false],
    ['a/**/*.md', 'a/b/c.md', true],
    ['**', 'a/b', true],
    ['a.md', 'a.mdx', false],
  ])('%s is about %s: %s', (pattern, file, is) => expect(covers(pattern, file)).toBe(is));
});
