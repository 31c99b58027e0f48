import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DocumentError } from '../../common/errors.ts';
import { pdfOf } from '../../test/support/office-files.ts';
import fc from '../../test/support/property.ts';
import { findS3Server, KEYS, startS3Server } from '../../test/support/s3-server.ts';
import { COMMIT, startFakeHub } from '../../test/fakes/hub-server.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../../test/support/postgres.ts';
import { writeParquet } from '../../tables/parquet.ts';
import { readCorpus } from '../read.ts';
import { isAllowed, parseSource, type Entry, type Source } from './source.ts';
import { isPrivate, publicLookup } from './web/addresses.ts';
import { parseRobots } from './web/robots.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sources-')));
  await mkdir(join(folder, 'configs'));
});
afterEach(() => rm(folder, { recursive: true }));

const allow = (...lines: string[]) =>
  writeFile(join(folder, 'configs', 'sources.yaml'), JSON.stringify({ allowed: lines }));
const read = (sources: Entry | Entry[], env?: NodeJS.ProcessEnv) =>
  readCorpus({ sources, projectRoot: folder, allowedRoots: ['.'], ...(env && { env: { ...process.env, ...env } }) });

async function problem(sources: Entry | Entry[], env?: NodeJS.ProcessEnv) {
  const error: unknown = await read(sources, env).catch((thrown: unknown) => thrown);
  if (!(error instanceof DocumentError)) throw new Error(`no DocumentError: ${String(error)}`);
  return error.problems[0];
}

async function write(top: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(top, name)), { recursive: true });
    await writeFile(join(top, name), content);
  }
}

describe('what runs may read', () => {
  const source = (entry: string) => {
    const parsed = parseSource(entry);
    if (!('kind' in parsed)) throw new Error(`${entry}: ${parsed.found}`);
    return parsed;
  };

  it.each<[string, string, boolean]>([
    ['s3://acme/hand', 's3://acme/hand/x', true],
    ['s3://acme/hand', 's3://acme/handbook', false],
    ['s3://acme', 's3://acme/anything', true],
    ['s3://acme/', 's3://acme-two/anything', false],
    ['https://acme.example/docs/', 'https://acme.example/docs/a', true],
    ['https://acme.example/docs/', 'https://acme.example/docs/../secret', false],
    ['https://acme.example/docs/', 'https://acme.example/docs/%2e%2e/secret', false],
    ['https://acme.example', 'https://acme.example.evil.example/', false],
    ['https://acme.example', 'https://acme.example@evil.example/', false],
    ['https://acme.example', 'http://acme.example/', false],
    ['https://acme.example', 'https://acme.example:8443/', false],
    ['git+https://h.example/team/', 'git+https://h.example/team/repo.git@v1//docs', true],
    ['git+file:///srv/git', 'git+file:///srv/git/../secret', false],
    ['git+https://h.example/a.git', 'https://h.example/a.git', false],
  ])('%s allows %s: %s', (line, entry, is) => expect(isAllowed(source(entry), { allowed: [line] })).toBe(is));

  it('is the operator’s list, and nothing without one', async () => {
    expect(await problem('s3://bucket/x')).toMatchObject({
      kind: 'outside-roots',
      file: 's3://bucket/x',
      expected: 'one below what configs/sources.yaml lists (nothing yet)',
    });
    await allow('https://acme.example');
    expect(await problem('git+https://acme.example/a.git')).toMatchObject({ kind: 'outside-roots' });
  });

  it.each([
    'ftp://x/y',
    's3://B',
    'git+https://h/r@-evil',
    'git+https://h/r@a..b',
    'git+https://u:secret@h/r',
    'git+ext://sh',
  ])('%s is no source', async (entry) => {
    await allow('s3://b');
    expect(await problem(entry)).toMatchObject({ kind: 'missing', file: entry });
  });

  it.each<[string, Partial<Source>]>([
    [
      'git+https://h.example/team/r.git@release/1.2//docs/en',
      { url: 'https://h.example/team/r.git', revision: 'release/1.2', folder: 'docs/en' } as Partial<Source>,
    ],
    [
      'git+ssh://git@h.example/r.git',
      { url: 'ssh://git@h.example/r.git', revision: 'HEAD', folder: '' } as Partial<Source>,
    ],
    ['git+file:///srv/r.git@0a1b2c', { url: 'file:///srv/r.git', revision: '0a1b2c' } as Partial<Source>],
  ])('%s is read as it is meant', (entry, parts) => expect(parseSource(entry)).toMatchObject(parts));
});

describe('a Git repository', () => {
  const git = (at: string, ...args: string[]) =>
    execFileSync('git', ['-C', at, '-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], {
      encoding: 'utf8',
    }).trim();
  let url: string;
  let first: string;
  beforeEach(async () => {
    const work = join(folder, 'work');
    await write(work, {
      'docs/pay.md': '# Pay\n\nOn the fourth.',
      'docs/labels.yaml': 'pay.md: { groups: [hr] }',
      'README.md': 'Not this.',
    });
    git(folder, 'init', '--quiet', '-b', 'main', 'work');
    git(work, 'add', '.');
    git(work, 'commit', '--quiet', '-m', 'one');
    first = git(work, 'rev-parse', 'HEAD');
    git(work, 'tag', 'v1');
    await write(work, { 'docs/pay.md': '# Pay\n\nOn the fifth.' });
    execFileSync('ln', ['-s', '/etc/hostname', join(work, 'docs', 'leak.md')]);
    git(work, 'add', '.');
    git(work, 'commit', '--quiet', '-m', 'two');
    git(folder, 'clone', '--quiet', '--bare', 'work', 'bare.git');
    url = `git+file://${folder}/bare.git`;
    await allow(`git+file://${folder}/`);
  });

  it('is read at a tag, a branch and a commit, labels and all, and says at which commit', async () => {
    for (const revision of ['v1', first, first.slice(0, 10)]) {
      const { documents } = await read(`${url}@${revision}//docs`);
      expect(documents).toMatchObject([
        { id: 'docs/pay', text: '# Pay\n\nOn the fourth.', groups: ['hr'], uri: `${url}@${first}//docs/pay.md` },
      ]);
    }
    const { documents } = await read([`${url}@main//docs`]);
    expect(documents.find(({ id }) => id === 'docs/pay')?.text).toContain('fifth');
    // A link in it leads nowhere.
    expect(documents.find(({ id }) => id === 'docs/leak')?.text).toBe('/etc/hostname');
  });

  it('that is not there, or has no such revision, is an error by name', async () => {
    expect(await problem(`${url}@nothing`)).toMatchObject({
      kind: 'unreachable',
      file: `${url}@nothing`,
      found: expect.stringMatching(/^nothing at revision 'nothing' of file:/) as string,
    });
    expect(await problem(`git+file://${folder}/gone.git`)).toMatchObject({ kind: 'unreachable' });
    expect(await problem(`${url}@v1//nowhere`)).toMatchObject({ file: expect.stringContaining('nowhere') as string });
  });
});

describe('pages of the web', () => {
  async function site(
    pages: Record<string, string | [status: number, headers: Record<string, string>, body?: string | Uint8Array]>,
  ) {
    const asked: string[] = [];
    const answer: RequestListener = (request, response) => {
      asked.push(request.url ?? '');
      const page = pages[request.url ?? ''] ?? [404, {}];
      const [status, headers, body = ''] =
        typeof page === 'string' ? ([200, { 'content-type': 'text/html' }, page] as const) : page;
      response.writeHead(status, headers).end(body);
    };
    const server = createServer(answer).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }
  const sitemap = (...urls: string[]) =>
    `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`;

  it('are those of a sitemap that robots.txt and the operator let be fetched; one that fails is one document less', async () => {
    const pages: Parameters<typeof site>[0] = {
      '/robots.txt': [200, { 'content-type': 'text/plain' }, 'User-agent: *\nDisallow: /secret'],
      '/a': '<h1>A</h1><p>Hello A.</p>',
      '/b/': '<h1>B</h1><p>Hello B.</p>',
      '/b/?page=2': '<h1>B 2</h1><p>Hello B 2.</p>',
      '/c.pdf': [200, { 'content-type': 'application/pdf' }, pdfOf([[{ text: 'Hello C.' }]])],
      '/secret/x': '<p>Secret.</p>',
      '/odd': [200, { 'content-type': 'image/png' }, 'x'],
      '/broken': [500, {}],
      '/moved': [302, { location: '/a2' }],
      '/a2': '<p>Hello A2.</p>',
      '/away': [302, { location: 'http://elsewhere.example/' }],
    };
    const { url, asked } = await site(pages);
    const names = ['/a', '/b/', '/b/?page=2', '/c.pdf', '/secret/x', '/odd', '/broken', '/moved', '/away', '/gone'];
    pages['/sitemap.xml'] = [
      200,
      { 'content-type': 'application/xml' },
      sitemap(...names.map((name) => url + name), 'https://other.example/x'),
    ];
    await allow(url);
    const { documents, refused, notes } = await read(`${url}/sitemap.xml`);
    const host = url.slice('http://'.length).replace(':', '-');
    expect(documents.map(({ id, uri }) => [id, uri.slice(url.length)])).toEqual([
      [`${host}/a.html`, '/a'],
      [`${host}/b/index-${/index-(\w+)/.exec(documents[1]!.id)![1]}.html`, '/b/?page=2'],
      [`${host}/b/index.html`, '/b/'],
      [`${host}/c.pdf`, '/c.pdf'],
      [`${host}/moved.html`, '/a2'],
    ]);
    expect(
      refused.map(({ file, found }) => [file.slice(url.length), found]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    ).toEqual([
      ['/away', 'it leads to http://elsewhere.example/, which configs/sources.yaml does not allow'],
      ['/broken', 'status 500'],
      ['/gone', 'status 404'],
      ['/odd', "content of type 'image/png'"],
    ]);
    expect(notes).toEqual([
      `${url}/sitemap.xml: not fetched, as the site's robots.txt asks: ${url}/secret/x`,
      `${url}/sitemap.xml: not fetched, as configs/sources.yaml does not allow them: https://other.example/x`,
    ]);
    expect(asked).not.toContain('/secret/x');
  });

  it('may be one, and of lists of lists', async () => {
    const pages: Parameters<typeof site>[0] = { '/a': '<p>Hello.</p>' };
    const { url } = await site(pages);
    pages['/s.xml'] = [200, {}, sitemap(`${url}/a`)];
    pages['/i.xml'] = [
      200,
      {},
      `<sitemapindex><sitemap><loc>${url}/s.xml</loc></sitemap><sitemap><loc>${url}/i.xml</loc></sitemap></sitemapindex>`,
    ];
    await allow(url);
    expect((await read(`${url}/a`)).documents).toHaveLength(1);
    expect((await read(`${url}/i.xml`)).documents).toHaveLength(1);
  });

  it('that can not be fetched at all are an error by name', async () => {
    const { url } = await site({ '/robots.txt': [500, {}], '/a': '<p>Hello.</p>' });
    await allow(url, 'http://localhost.invalid');
    expect(await problem(`${url}/a`)).toMatchObject({
      kind: 'unreachable',
      found: 'its robots.txt asks programs not to fetch it',
    });
    expect(await problem('http://localhost.invalid/x')).toMatchObject({
      kind: 'unreachable',
      found: /ENOTFOUND|EAI_AGAIN/,
    });
  });

  it('are at no private address, whatever name it goes by, and wherever a redirect leads', async () => {
    const { url } = await site({ '/a': '<p>Hello.</p>' });
    // A name that is this machine's, though no list says so.
    const looked = new Promise((resolve) => publicLookup('localhost', {}, (error) => resolve(error?.message)));
    expect(await looked).toMatch(/^localhost is .*, a private address$/);
    const { url: leads } = await site({ '/x': [302, { location: `${url}/a` }] });
    await allow(leads);
    expect((await problem(`${leads}/x`))?.found).toContain('does not allow');
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '172.31.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::ffff:10.0.0.1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'nonsense',
  ])('%s is private', (address) => expect(isPrivate(address)).toBe(true));
  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111'])('%s is public', (address) =>
    expect(isPrivate(address)).toBe(false),
  );
});

describe('robots.txt', () => {
  const may = (text: string, path: string) =>
    parseRobots(text, 'whetstone').mayFetch(new URL(path, 'https://x.example'));

  it.each<[string, string, boolean]>([
    ['User-agent: *\nDisallow: /', '/a', false],
    ['User-agent: *\nDisallow:', '/a', true],
    ['User-agent: other\nDisallow: /', '/a', true],
    ['User-agent: *\nDisallow: /\n\nUser-agent: Whetstone\nAllow: /', '/a', true],
    ['User-agent: a\nUser-agent: whetstone\nDisallow: /x', '/x/y', false],
    ['User-agent: *\nDisallow: /a\nAllow: /a/b', '/a/b/c', true],
    ['User-agent: *\nDisallow: /a\nAllow: /a', '/a', true],
    ['User-agent: *\nDisallow: /*.pdf$', '/x/y.pdf', false],
    ['User-agent: *\nDisallow: /*.pdf$', '/x/y.pdf?z', true],
    ['User-agent: *\nDisallow: /*?', '/x?y', false],
    ['User-agent: *\nDisallow: /%61', '/a', false],
    ['user-agent:*\r\ndisallow:/a # no', '/a', false],
    ['<html>no rules</html>', '/a', true],
  ])('%j of %s: %s', (text, path, is) => expect(may(text, path)).toBe(is));

  it('of any content is read at once', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void may(text, '/a')));
    expect(may(`User-agent: *\nDisallow: /${'*a'.repeat(50_000)}$`, `/${'a'.repeat(2000)}b`)).toBe(true);
  });
});

describe('a dataset of the hub', () => {
  it('gives its files, and the rows of JSON lines and Parquet, at a commit', async () => {
    const hub = await startFakeHub({ token: 'hf_t' });
    onTestFinished(() => hub.close());
    const parquet = join(folder, 'rows.parquet');
    const columns = {
      id: { type: 'string' },
      text: { type: 'string' },
      groups: { type: 'string', list: true },
    } as const;
    await writeParquet({ path: parquet, columns, rows: [{ id: 'p', text: 'Hello P.', groups: ['hr'] }] });
    const files = new Map<string, Buffer>([
      ['README.md', Buffer.from('The card.')],
      ['data/rows.jsonl', Buffer.from('{"id": "j", "text": "Hello J."}\n')],
      ['data/rows.parquet', await readFile(parquet)],
      ['data/odd.parquet', Buffer.from('PAR1')],
      ['pages/a.md', Buffer.from('Hello A.')],
    ]);
    hub.repos.set('acme/docs', { private: true, commits: [], files });
    await allow('hf://datasets/acme/');
    const env = { HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_t' };
    const { documents, refused } = await read('hf://datasets/acme/docs', env);
    expect(documents.map(({ id, uri, groups }) => [id, uri, groups])).toEqual([
      ['docs/data/rows.jsonl/j', `hf://datasets/acme/docs@${COMMIT}/data/rows.jsonl`, undefined],
      ['docs/data/rows.parquet.jsonl/p', `hf://datasets/acme/docs@${COMMIT}/data/rows.parquet`, ['hr']],
      ['docs/pages/a', `hf://datasets/acme/docs@${COMMIT}/pages/a.md`, undefined],
    ]);
    expect(refused.map(({ file }) => file)).toEqual([`hf://datasets/acme/docs@${COMMIT}/data/odd.parquet`]);
    expect((await read('hf://datasets/acme/docs@main/pages', env)).documents).toHaveLength(1);
    expect(await problem('hf://datasets/acme/gone', env)).toMatchObject({
      kind: 'unreachable',
      found: 'an error of the hub (status 404)',
    });
    expect(await problem('hf://datasets/other/docs', env)).toMatchObject({ kind: 'outside-roots' });
  });
});

const sqlContract = (make: (statements: readonly string[]) => Promise<string>) => {
  const query = 'select number as id, body as text, title, audience as "groups" from pages order by number';
  const rows = { sql: query, databaseEnv: 'PAGES' };
  beforeEach(() => allow('env:PAGES'));

  it('gives a document for each row, with its labels', async () => {
    const url = await make([
      'create table pages (number integer, body text, title text, audience text)',
      `insert into pages values (7, 'Hello 7.', 'Seven', null), (8, 'Hello 8.', null, '["hr"]'), (9, ' ', null, null)`,
    ]);
    const { documents, refused } = await read([rows], { PAGES: url });
    expect(documents.map(({ id, uri, title, text, groups }) => [id, uri, title, text, groups])).toEqual([
      ['pages.jsonl/7', 'env:PAGES', 'Seven', 'Hello 7.', undefined],
      ['pages.jsonl/8', 'env:PAGES', '8', 'Hello 8.', ['hr']],
    ]);
    expect(refused).toMatchObject([{ kind: 'empty', file: 'env:PAGES', line: 3 }]);
  });

  it('reads, and never writes', async () => {
    const url = await make(['create table pages (number integer, body text)', "insert into pages values (1, 'One.')"]);
    for (const sql of [
      'delete from pages returning number as id, body as text',
      "select number as id, body as text from pages; commit; insert into pages values (2, 'Two.')",
      'with gone as (delete from pages returning *) select number as id, body as text from gone',
    ])
      await expect(read([{ ...rows, sql }], { PAGES: url })).rejects.toThrow(DocumentError);
    const sql = 'select number as id, body as text from pages;';
    expect((await read([{ ...rows, sql }], { PAGES: url })).documents.map(({ text }) => text)).toEqual(['One.']);
  });

  it('that fails is an error by name, and tells no password', async () => {
    const url = await make(['create table pages (number integer, body text)']);
    const of = (sql: string, PAGES = url) => problem([{ ...rows, sql }], { PAGES });
    expect(await of('select number, body from pages')).toMatchObject({ kind: 'unreachable', found: 'no rows' });
    expect(await of('select 1 as id')).toMatchObject({ found: 'the columns id, without text' });
    expect(await of('select nonsense')).toMatchObject({ found: expect.stringMatching(/nonsense/) as string });
    expect(await of('select 1', '')).toMatchObject({ found: 'no environment variable PAGES' });
    const lost = await of('select 1', 'postgres://me:secret@127.0.0.1:1/x');
    expect(lost).toMatchObject({ kind: 'unreachable', file: 'PAGES (select 1)' });
    expect(JSON.stringify(lost)).not.toContain('secret');
    await allow();
    expect(await of('select 1')).toMatchObject({ kind: 'outside-roots' });
  });
};

describe('a query of SQLite', () => {
  sqlContract(async (statements) => {
    const path = join(folder, `${randomUUID()}.sqlite`);
    const db = new DatabaseSync(path);
    for (const statement of statements) db.exec(statement);
    db.close();
    return path;
  });
});

describe.skipIf(findPostgres() === undefined)('a query of Postgres', () => {
  let server: PostgresServer;
  beforeAll(async () => void (server = await startPostgres()), 60_000);
  afterAll(() => server.close());

  sqlContract(async (statements) => {
    const url = await server.create();
    const client = new pg.Client(url);
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
    return url;
  });

  it('gives lists and days as they are', async () => {
    await allow('env:PAGES');
    const url = await server.create();
    const sql = `select 1 as id, 'One.' as text, array['b', 'a'] as groups, date '2099-01-31' as "validUntil"`;
    const { documents } = await read([{ sql, databaseEnv: 'PAGES' }], { PAGES: url });
    expect(documents).toMatchObject([{ groups: ['a', 'b'], validUntil: '2099-01-31' }]);
  });
});

const program = findS3Server();
describe.skipIf(program === undefined)('a bucket', () => {
  it('is read below a prefix, or one object of it; what it is not is told', async () => {
    const server = await startS3Server(program!);
    onTestFinished(() => server.close());
    await write(join(server.folder, 'bucket'), {
      'hand/a.md': '# A\n\nHello A.',
      'hand/more/b.html': '<p>Hello B.</p>',
      'hand/more/labels.yaml': '"*.html": { groups: [hr] }',
      'hand/c.png': 'x',
      'hand/rows.jsonl': '{"id": "r", "text": "Hello R."}',
      'handbook/d.md': 'Not this.',
    });
    const env = {
      AWS_ENDPOINT_URL: server.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    };
    // The client reads what every AWS SDK reads.
    for (const [name, value] of Object.entries(env)) {
      const before = process.env[name];
      process.env[name] = value;
      onTestFinished(() => void (before === undefined ? delete process.env[name] : (process.env[name] = before)));
    }
    await allow('s3://bucket/hand', 's3://gone');
    await write(folder, { 'docs/local.md': 'Hello here.' });
    const { documents, notes } = await read(['docs', 's3://bucket/hand'], env);
    expect(documents.map(({ id, uri, groups }) => [id, uri.replace(/^file:.*\//, ''), groups])).toEqual([
      ['hand/a', 's3://bucket/hand/a.md', undefined],
      ['hand/more/b.html', 's3://bucket/hand/more/b.html', ['hr']],
      ['local', 'local.md', undefined],
    ]);
    expect(notes).toEqual([
      's3://bucket/hand: not read, being of other formats: 1 .png',
      'not read, as files of rows are documents where they are named only: rows.jsonl',
    ]);
    expect((await read('s3://bucket/hand/rows.jsonl', env)).documents).toMatchObject([
      { id: 'hand/rows.jsonl/r', uri: 's3://bucket/hand/rows.jsonl' },
    ]);
    expect(await problem('s3://bucket/hand/none', env)).toMatchObject({
      kind: 'none-found',
      file: 's3://bucket/hand/none',
    });
    expect(await problem('s3://gone/x', env)).toMatchObject({ kind: 'unreachable', file: 's3://gone/x' });
  });
});
