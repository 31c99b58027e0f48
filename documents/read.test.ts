import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DocumentError } from '../common/errors.ts';
import { unreadable } from './find-documents.ts';
import { pdfOf } from '../test/support/office-files.ts';
import { readCorpus, readDocuments } from './read.ts';
import { DocumentSchema } from '../schema/data.ts';

let top: string;
let project: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'documents-'));
  project = join(top, 'project (copy)');
  await mkdir(project);
});
afterEach(() => rm(top, { recursive: true, force: true }));

async function write(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), content);
  }
}

const read = (sources: string | string[], allowedRoots = ['.']) =>
  readDocuments({ sources, projectRoot: project, allowedRoots });
const ids = async (sources: string | string[]) => (await read(sources)).map(({ id }) => id);

async function problemsOf(promise: Promise<unknown>): Promise<DocumentError> {
  const error: unknown = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DocumentError)) throw error;
  return error;
}

describe('what is read', () => {
  it('takes Markdown and plain text below a folder, sorted by id, and nothing else', async () => {
    await write({
      'd/b.md': 'B',
      'd/a/z.TXT': 'Z',
      'd/c.markdown': 'C',
      'd/p.png': '\0',
      'd/.hidden.md': 'H',
      'e.md': 'E',
    });
    expect(await ids('d')).toEqual(['a/z', 'b', 'c']);
    expect(await ids('./d/')).toEqual(['a/z', 'b', 'c']);
  });

  it('takes globs, files and lists, each file once, with ids below the common folder', async () => {
    await write({ 'd/b.md': 'B', 'd/a/z.txt': 'Z', 'd/a/y.md': 'Y', 'e/f.md': 'F', 'g.md': 'G' });
    expect(await ids('d/**/*.md')).toEqual(['a/y', 'b']);
    expect(await ids('d/*/*.{md,txt}')).toEqual(['a/y', 'a/z']);
    expect(await ids(join(project, 'd/*.md'))).toEqual(['b']);
    expect(await ids(join(project, '*/*.md'))).toEqual(['d/b', 'e/f']);
    expect(await ids('g.md')).toEqual(['g']);
    expect(await ids(['d', 'e', 'd/b.md'])).toEqual(['d/a/y', 'd/a/z', 'd/b', 'e/f']);
  });

  it('keeps the id of a document when others are added', async () => {
    await write({ 'd/a/z.txt': 'Z' });
    expect(await ids('d')).toEqual(['a/z']);
    await write({ 'd/b.md': 'B' });
    expect(await ids('d')).toContain('a/z');
  });

  it('keeps front matter as metadata, with title and licence', async () => {
    await write({
      'd/a.md':
        '---\ntitle: The cycle\nlicense: CC-BY-4.0\ntags: [a, b]\nreviewed: 2026-01-02\n---\n# Other\n\nText.\n',
    });
    const [document] = await read('d');
    expect(DocumentSchema.parse(document)).toMatchObject({
      id: 'a',
      title: 'The cycle',
      licence: 'CC-BY-4.0',
      metadata: { tags: ['a', 'b'], reviewed: '2026-01-02' },
      text: '# Other\n\nText.\n',
    });
  });

  it('titles a document by front matter, else first heading, else file name', async () => {
    await write({
      'd/a.md': 'Text.\n\n## The *first* [one](x.md)\n',
      'd/b.txt': 'Only text.',
      'd/c.md': '---\ntitle: 2026\n---\nX',
    });
    expect((await read('d')).map(({ title }) => title)).toEqual(['The first one', 'b', '2026']);
  });

  it('reads a file with a byte order mark and Windows line ends as the same text', async () => {
    await write({ 'd/a.md': '\uFEFF---\r\ntitle: A\r\n---\r\nOne.\r\nTwo – naïve 月经.\r\n' });
    const [document] = await read('d');
    expect([document?.title, document?.text]).toEqual(['A', 'One.\nTwo – naïve 月经.\n']);
  });

  it('lets a document begin with a rule after text, and spell the replacement character', async () => {
    await write({ 'd/a.md': 'Text.\n\n---\n\nMore \uFFFD.\n' });
    expect((await read('d'))[0]?.text).toContain('More \uFFFD.');
  });

  it('takes a rule at the beginning for one, and front matter in TOML for what it is (F26)', async () => {
    await write({
      'd/a.md': '---\n\n# Kettles\n\nOne.\n\n---\n\nTwo.\n',
      'd/b.md': '---\n\n# Only\n\nOne.\n',
      'd/c.md': '---\nJust words\n---\n\nOne.\n',
      'd/d.md': '+++\ntitle = "Toml"\nlicense = \'MIT\'\ndraft = true\n[extra]\na = 1\n+++\n\nOne.\n',
      'd/e.txt': '---\nnote: [1\n---\n# One\n',
      'd/f.txt': '---\ntitle: Plain\n---\n# One\n',
    });
    const found = (await read('d')).map(({ title, licence, format, text }) => [title, licence, format, text]);
    expect(found).toEqual([
      ['Kettles', undefined, 'markdown', '---\n\n# Kettles\n\nOne.\n\n---\n\nTwo.\n'],
      ['Only', undefined, 'markdown', '---\n\n# Only\n\nOne.\n'],
      ['Just words', undefined, 'markdown', '---\nJust words\n---\n\nOne.\n'],
      ['Toml', 'MIT', 'markdown', '\nOne.\n'],
      ['e', undefined, 'text', '---\nnote: [1\n---\n# One\n'],
      ['Plain', undefined, 'text', '# One\n'],
    ]);
  });

  it('reads UTF-16 with a byte order mark, and leaves out and counts what is no text (F7, F9)', async () => {
    await write({
      'd/a.txt': Buffer.from('\uFEFFOne – naïve.\r\n', 'utf16le'),
      'd/b.md': `# B\n\n<!-- x -->\nOne. ![y](data:image/png;base64,${'A'.repeat(96_000)})\n\n${' '.repeat(500)}Two.\n`,
    });
    const [a, b] = await read('d');
    expect(a).toMatchObject({ text: 'One – naïve.\n' });
    expect(b).toMatchObject({ text: '# B\n\nOne. \n\n Two.\n', leftOut: { comment: 1, picture: 1 } });
  });

  it('follows links inside the allowed roots, and ends at a loop', async () => {
    await write({ 'd/a.md': 'A', 'e/b.md': 'B' });
    await symlink('../e', join(project, 'd/linked'));
    await symlink('..', join(project, 'e/loop'));
    expect(await ids('d')).toEqual(['a', 'linked/b']);
  });
});

describe('files of other formats', () => {
  it('keep their ending in their id, and say their pages; records are a document each', async () => {
    await write({
      'd/a.md': 'A',
      'd/a.html': '<h1>Kettles</h1><p>Two litres.</p>',
      'd/b.pdf': pdfOf([[{ text: 'One.' }], [{ text: 'Two.' }]]),
      'd/c.jsonl': '{"id": "x", "text": "X.", "license": "MIT"}\n{"text": "Y."}\n',
    });
    const documents = await read(['d', 'd/c.jsonl']);
    expect(
      documents.map((one) => DocumentSchema.parse(one)).map(({ id, title, licence }) => [id, title, licence]),
    ).toEqual([
      ['a', 'a', undefined],
      ['a.html', 'Kettles', undefined],
      ['b.pdf', 'b', undefined],
      ['c.jsonl/line 2', 'line 2', undefined],
      ['c.jsonl/x', 'x', 'MIT'],
    ]);
    expect(documents[2]?.places).toEqual([
      { label: 'page 1', start: 0 },
      { label: 'page 2', start: 6 },
    ]);
  });

  it('that are bad never stop the others, and are told by name and line', async () => {
    await write({
      'd/a.md': 'A',
      'd/b.pdf': 'no PDF',
      'd/c.docx': 'no ZIP',
      'd/d.jsonl': '{"text": "X."}\n{}\n',
      'd/e.md': '',
    });
    const corpus = await readCorpus({ sources: ['d', 'd/*.jsonl'], projectRoot: project, allowedRoots: ['.'] });
    expect(corpus.documents.map(({ id }) => id)).toEqual(['a', 'd.jsonl/line 1']);
    expect(corpus.refused.map(({ file, line, kind }) => [file, line, kind])).toEqual([
      ['d/b.pdf', undefined, 'malformed'],
      ['d/c.docx', undefined, 'malformed'],
      ['d/d.jsonl', 2, 'malformed'],
      ['d/e.md', undefined, 'empty'],
    ]);
    await rm(join(project, 'd/a.md'));
    await rm(join(project, 'd/d.jsonl'));
    expect((await problemsOf(read('d'))).problems).toHaveLength(3);
  });
});

it('of a folder, files of rows (which may be suites or pairs) are documents where they are named only, and what is not read is told', async () => {
  await write({
    'd/a.md': 'A',
    'd/golden.jsonl': '{"question": "x"}\n',
    'd/prices.csv': 'Service,Price\nFull,89\n',
    'd/old.doc': 'x',
    'd/x/older.DOC': 'x',
    'd/LICENCE': 'x',
  });
  const corpus = (sources: string | string[]) => readCorpus({ sources, projectRoot: project, allowedRoots: ['.'] });
  for (const source of ['d', 'd/**/*']) {
    const { documents, notes } = await corpus(source);
    expect(documents.map(({ id }) => id)).toEqual(['a']);
    expect(notes).toEqual([
      'not read, as files of rows are documents where they are named only: golden.jsonl, prices.csv',
      'not read, being of other formats: 2 .doc, 1 no ending',
    ]);
  }
  for (const named of [['d', 'd/prices.csv'], ['d/*.{md,csv}']]) {
    const { documents } = await corpus(named);
    expect(documents.map(({ id }) => id)).toEqual(['a', 'prices.csv']);
  }
});

describe('what is refused', () => {
  it('names the nearest sibling of a path that does not exist', async () => {
    await write({ 'samples/womens-health/a.md': 'A' });
    expect(await problemsOf(read('samples/womans-health'))).toMatchObject({
      kind: 'missing',
      file: 'samples/womans-health',
      fix: 'write samples/womens-health, which is there',
    });
    expect((await problemsOf(read('sample/womens-health'))).fix).toBe('write samples, which is there');
    expect((await problemsOf(read('q/nothing-like-it.md'))).fix).toBe('correct the path');
  });

  it.each(['d', 'd/*.md', 'none/**/*.md'])('says that %s holds no documents', async (source) => {
    await write({ 'd/a.png': 'A' });
    expect(await problemsOf(read(source))).toMatchObject({ kind: 'none-found', found: 'no documents' });
  });

  it.each(['../outside', '../outside/s.md', '../outside/*.md', '../o*/s.md', '../missing.md'])(
    'refuses %s, outside the allowed roots',
    async (source) => {
      await write({ '../outside/s.md': 'secret' });
      const error = await problemsOf(read(source));
      expect(error).toMatchObject({ kind: 'outside-roots' });
      expect(error.expected).toContain(project);
    },
  );

  it('refuses links that lead outside the allowed roots, file or folder', async () => {
    await write({ '../outside/s.md': 'secret', 'd/a.md': 'A' });
    await symlink('../../outside/s.md', join(project, 'd/file.md'));
    await symlink('../../outside', join(project, 'd/folder'));
    const { problems } = await problemsOf(read('d'));
    expect(problems.map(({ kind, file }) => `${kind} ${file}`).sort()).toEqual([
      'outside-roots d/file.md',
      'outside-roots d/folder',
    ]);
  });

  it('reads below an allowed root that is itself a link, and refuses all when no root exists', async () => {
    await write({ '../outside/s.md': 'shared' });
    await symlink('../outside', join(project, 'shared'));
    expect((await read('shared', ['shared'])).map(({ id }) => id)).toEqual(['s']);
    expect(await problemsOf(read('shared', ['nowhere']))).toMatchObject({ kind: 'outside-roots' });
  });

  it('lists every bad document at once, each with file, what was found, what was expected and the fix', async () => {
    await write({
      'd/good.md': 'Good.',
      'd/empty.md': ' \n\t\n',
      'd/deep.md': `---\na: ${'['.repeat(50_000)}\n---\nText.\n`,
      'd/pictures.md': '<!-- a -->\n![b](c.png)\n',
      'd/marks.md': '\u200b\n***\n!\n',
      'd/only-matter.md': '---\ntitle: A\n---\n\n',
      'd/nul.md': Uint8Array.of(0x61, 0x62, 0x00, 0x63),
      'd/latin.txt': Uint8Array.of(0xc3, 0xa9, 0xef, 0xbf, 0xbd, 0x6e, 0xe9, 0x6e),
      'd/open.md': '---\ntitle: A\n\nText.\n',
      'd/yaml.md': '---\ntitle: A\nlist: [1, 2\nother: b\n---\nText.\n',
      'd/twice.md': '---\ntitle: A\ntitle: B\n---\nText.\n',
      'd/scalar.md': '---\n- a: b\n- c: d\nlist: e\n---\nText.\n',
      'd/title.md': '---\nowner: x\ntitle: [a]\n---\nText.\n',
      'd/folder.md/x.md': 'X',
    });
    await symlink('nowhere', join(project, 'd/dangling.md'));
    const { problems, message } = await problemsOf(read('d'));
    const found = Object.fromEntries(problems.map((problem) => [problem.file, problem]));
    expect(Object.keys(found)).toHaveLength(14);
    expect(found['d/empty.md']).toMatchObject({ kind: 'empty', found: 'an empty file' });
    expect(found['d/only-matter.md']).toMatchObject({ kind: 'empty', found: 'front matter and no text' });
    expect(found['d/deep.md']).toMatchObject({ kind: 'front-matter', line: 2 });
    expect(found['d/pictures.md']).toMatchObject({ kind: 'empty', found: 'nothing but comments, pictures and data' });
    expect(found['d/marks.md']).toMatchObject({ kind: 'empty', found: 'no letter and no number' });
    expect(found['d/open.md']?.fix).toContain('if the first --- is a rule, leave an empty line below it');
    expect(found['d/nul.md']).toMatchObject({ kind: 'binary', found: 'a NUL byte at offset 2' });
    expect(found['d/latin.txt']).toMatchObject({
      kind: 'binary',
      line: 1,
      found: expect.stringContaining('not UTF-8 at offset 6, 0xE9') as string,
    });
    expect(found['d/open.md']).toMatchObject({ kind: 'front-matter', line: 1 });
    expect(found['d/yaml.md']).toMatchObject({ kind: 'front-matter', line: 4 });
    expect(found['d/twice.md']).toMatchObject({ kind: 'front-matter', line: 3 });
    expect(found['d/scalar.md']).toMatchObject({ kind: 'front-matter', line: 4 });
    expect(found['d/title.md']).toMatchObject({ kind: 'front-matter', line: 3, found: 'title that is not text' });
    expect(found['d/folder.md']).toMatchObject({ kind: 'unreadable', found: 'a folder with the name of a document' });
    expect(found['d/dangling.md']).toMatchObject({ kind: 'unreadable', found: 'a link that points at nothing' });
    expect(message).toMatch(/^14 problems with the documents:\n/);
    expect(message).toMatch(/d\/yaml\.md:4: found .*; expected .*\. Fix: .*\./);
  });

  it('refuses two documents with one id', async () => {
    await write({ 'd/a.md': 'A', 'd/a.txt': 'A' });
    const error = await problemsOf(read('d'));
    expect(error).toMatchObject({ kind: 'duplicate-id', file: 'd/a.txt', found: "the id 'a', which d/a.md has too" });
  });

  it('refuses a named file of another kind', async () => {
    await write({ 'd/a.png': 'A' });
    expect(await problemsOf(read('d/a.png'))).toMatchObject({ kind: 'not-a-document', found: "the ending '.png'" });
  });

  it('refuses a socket instead of waiting on it', async () => {
    await write({ 'd/a.md': 'A' });
    const server = createServer().listen(join(project, 'd/s.md'));
    try {
      expect(await problemsOf(read('d'))).toMatchObject({ kind: 'unreadable', file: 'd/s.md' });
    } finally {
      await new Promise((done) => server.close(done));
    }
  });

  it('says when permission is what is missing', () => {
    const cause = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    expect(unreadable('/p/a.md', cause, { projectRoot: '/p' })).toMatchObject({
      file: 'a.md',
      found: 'no permission to read it',
      fix: expect.stringContaining('chmod u+r') as string,
    });
  });

  it.skipIf(process.getuid?.() === 0)('refuses a file and a folder without permission', async () => {
    await write({ 'd/a.md': 'A', 'd/sub/b.md': 'B' });
    await chmod(join(project, 'd/a.md'), 0);
    await chmod(join(project, 'd/sub'), 0);
    const { problems } = await problemsOf(read('d'));
    await chmod(join(project, 'd/sub'), 0o700);
    expect(problems.map(({ file, found }) => `${file}: ${found}`).sort()).toEqual([
      'd/a.md: no permission to read it',
      'd/sub: no permission to read it',
    ]);
  });
});
