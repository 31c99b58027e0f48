import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { KnownDocument } from '../../contract/retrieval.ts';
import type { PresenceRow } from '../../schema/presence.ts';
import { pdfOf } from '../../test/support/office-files.ts';
import fc from '../../test/support/property.ts';
import { readCorpus } from '../read.ts';
import { presenceOf } from './fates.ts';

let folder: string;
beforeEach(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), 'fates-')))));
afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, content: string | Uint8Array = `# ${name}\n\nHello ${name}.`) => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
};
const read = async (...documents: string[]) =>
  (await readCorpus({ sources: documents, projectRoot: folder, allowedRoots: ['.'] })).presence;

/** What an index knows after a reading. */
const known = (rows: readonly PresenceRow[]): KnownDocument[] =>
  rows.flatMap((row, id) => (row.kind === 'document' ? { ...row, id, name: row.id } : []));

/** Names of those that are gone, by a later reading; one that failed as a whole indexes nothing. */
async function gone(before: readonly KnownDocument[], rows: readonly PresenceRow[]) {
  const { present, fateOf, emptyFolders } = presenceOf(rows, folder);
  const places = new Set(present.map(({ location, record }) => `${location} ${record}`));
  const names: string[] = [];
  for (const one of before)
    if (!places.has(`${one.location} ${one.record}`) && (await fateOf(one)) === 'gone') names.push(one.name);
  return { names, emptyFolders };
}

describe('files of this machine', () => {
  const FILES = ['docs/a.md', 'docs/hr/b.md', 'docs/hr/c.pdf', 'docs/hr/pay/d.md', 'docs/x/e.md', 'more/f.md'];

  it('are gone where they are deleted, and for no other reason', async () => {
    const fault = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('kept', 'deleted') },
      { weight: 1, arbitrary: fc.constantFrom('spoilt', 'a folder', 'folder emptied', 'folder removed') },
    );
    const faults = fc.record(Object.fromEntries(FILES.map((file) => [file, fault])));
    const sources = fc.constantFrom(['docs', 'more'], ['docs'], ['docs/hr', 'more'], ['docs/**/*.md', 'more/f.md']);
    let goneAtAll = 0;
    await fc.assert(
      fc.asyncProperty(faults, sources, async (faultOf, later) => {
        await rm(folder, { recursive: true });
        await mkdir(folder);
        for (const file of FILES) await write(file, file.endsWith('.pdf') ? pdfOf([[{ text: 'Hello.' }]]) : undefined);
        const before = known(await read('docs', 'more'));
        expect(before).toHaveLength(FILES.length);
        for (const [file, what] of Object.entries(faultOf)) {
          const [path, above] = [join(folder, file), dirname(join(folder, file))];
          if (what.startsWith('folder')) await rm(above, { recursive: true, force: true });
          if (what === 'folder emptied') await mkdir(above, { recursive: true });
          if (what === 'kept' || what.startsWith('folder') || !existsSync(path)) continue;
          if (what === 'spoilt') await writeFile(path, new Uint8Array([0, 255, 0, 254]));
          else await rm(path);
          if (what === 'a folder') await mkdir(path);
        }
        const rows = await read(...later).catch(() => undefined);
        const { names } = rows ? await gone(before, rows) : { names: [] };
        goneAtAll += names.length;
        const said = JSON.stringify({ faultOf, later });
        const must: string[] = [];
        const may: string[] = [];
        for (const { location, name } of before) {
          const entries = await readdir(dirname(join(folder, location))).catch(() => undefined);
          if (!rows || existsSync(join(folder, location))) continue;
          // Of a folder that is not there the one above decides.
          if (entries === undefined) may.push(name);
          else if (entries.length > 0) must.push(name);
        }
        expect(names, said).toEqual(expect.arrayContaining(must));
        expect([...must, ...may], said).toEqual(expect.arrayContaining(names));
      }),
      { numRuns: 40 },
    );
    expect(goneAtAll).toBeGreaterThan(10);
  });

  it('of a folder that is empty, or not there at all, are told, and not taken for gone', async () => {
    for (const name of ['docs/a.md', 'docs/hr/b.md', 'docs/hr/c.md']) await write(name);
    const before = known(await read('docs'));
    await rm(join(folder, 'docs/hr'), { recursive: true });
    await mkdir(join(folder, 'docs/hr'));
    const { names, emptyFolders } = await gone(before, await read('docs'));
    expect([names, [...emptyFolders]]).toEqual([[], [['docs/hr', 2]]]);
    await rm(join(folder, 'docs/hr'), { recursive: true });
    expect((await gone(before, await read('docs'))).names).toEqual(['hr/b', 'hr/c']);
    await write('other/o.md');
    await rename(join(folder, 'docs'), join(folder, 'away'));
    expect((await gone(before, await read('other'))).names).toEqual([]);
  });

  it('with many documents lose those that they have no more, where all of them can be read', async () => {
    const row = (id: string) => JSON.stringify({ id, text: `Hello ${id}.` });
    await write('rows.jsonl', `${row('a')}\n${row('b')}\n`);
    const before = known(await read('rows.jsonl'));
    await write('rows.jsonl', `${row('b')}\n{"id": "a", "text":\n`);
    expect((await gone(before, await read('rows.jsonl'))).names).toEqual([]);
    await write('rows.jsonl', `${row('b')}\n`);
    expect((await gone(before, await read('rows.jsonl'))).names).toEqual(['rows.jsonl/a']);
  });
});

describe('what lies elsewhere', () => {
  const allow = (line: string) => write('configs/sources.yaml', JSON.stringify({ allowed: [line] }));

  it('is gone where a sitemap that is whole lists it no more, whatever pages answer', async () => {
    const answers = new Map<string, string | number>();
    const server = createServer((request, response) => {
      const answer = answers.get(request.url ?? '') ?? 404;
      if (answer === 0) return void response.destroy();
      if (typeof answer === 'number') return void response.writeHead(answer).end();
      response.writeHead(200, { 'content-type': answer.startsWith('<?xml') ? 'text/xml' : 'text/html' }).end(answer);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await allow(url);
    const xml = (tag: string, kind: string, names: readonly string[]) =>
      `<?xml version="1.0"?><${tag}>${names.map((name) => `<${kind}><loc>${url}${name}</loc></${kind}>`).join('')}</${tag}>`;
    const PAGES = ['/a', '/b', '/c', '/d'];
    const set = (listed: readonly string[]) => {
      answers.set('/site.xml', xml('sitemapindex', 'sitemap', ['/1.xml', '/2.xml']));
      for (const half of [1, 2])
        answers.set(
          `/${half}.xml`,
          xml(
            'urlset',
            'url',
            listed.filter((page) => (PAGES.indexOf(page) < 2 ? 1 : 2) === half),
          ),
        );
      for (const page of PAGES) answers.set(page, `<h1>${page}</h1><p>Hello ${page}.</p>`);
    };
    set(PAGES);
    const before = known(await read(`${url}/site.xml`));
    expect(before).toHaveLength(4);

    const status = fc.oneof(
      { weight: 5, arbitrary: fc.constant(200) },
      { weight: 2, arbitrary: fc.constantFrom(404, 410, 500, 503, 0) },
    );
    const page = fc.record({ listed: fc.boolean(), status });
    const faults = fc.record({ pages: fc.tuple(page, page, page, page), map: status });
    let goneAtAll = 0;
    await fc.assert(
      fc.asyncProperty(faults, async ({ pages, map }) => {
        set(PAGES.filter((_, i) => pages[i]!.listed));
        for (const [i, one] of pages.entries()) if (one.status !== 200) answers.set(PAGES[i]!, one.status);
        if (map !== 200) answers.set('/2.xml', map);
        const rows = await read(`${url}/site.xml`).catch(() => undefined);
        const { names } = rows ? await gone(before, rows) : { names: [] };
        goneAtAll += names.length;
        // One of which nothing at all could be read is no list of what is there.
        const isWhole = map === 200 && pages.some((one) => one.listed && one.status === 200);
        const expected = before.filter(
          ({ location }) => isWhole && !pages[PAGES.indexOf(location.slice(url.length))]!.listed,
        );
        expect(names).toEqual(expected.map(({ name }) => name));
      }),
      { numRuns: 40 },
    );
    expect(goneAtAll).toBeGreaterThan(5);
  });

  it('is gone from a repository at a newer revision, and not from another repository or folder', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', join(folder, 'repo'), '-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args]);
    await write('repo/docs/a.md');
    await write('repo/docs/b.md');
    await write('repo/other/o.md');
    git('init', '--quiet', '-b', 'main');
    git('add', '.');
    git('commit', '--quiet', '-m', 'one');
    git('tag', 'v1');
    git('rm', '--quiet', 'docs/b.md');
    git('commit', '--quiet', '-m', 'two');
    const url = `git+file://${folder}/repo`;
    await allow(url);
    const before = known(await read(`${url}@v1//docs`));
    expect((await gone(before, await read(`${url}@v1//docs`))).names).toEqual([]);
    expect((await gone(before, await read(`${url}@main//other`))).names).toEqual([]);
    expect((await gone(before, await read(`${url}@main//docs`))).names).toEqual(['docs/b']);
  });
});
