import { describe, expect, it } from 'vitest';
import { readerOf } from '../readers.ts';

async function read(html: string | Uint8Array) {
  const found = await readerOf('html').read(typeof html === 'string' ? Buffer.from(html) : html);
  if (found.status !== 'read') throw new Error(JSON.stringify(found));
  return found;
}
const textOf = async (html: string) => (await read(html)).text;

describe('a page', () => {
  it('is its own text, and what is navigation, script, form or hidden is counted', async () => {
    const page = `<!doctype html><html lang="en"><head><title>Shop | Kettles</title><style>p{}</style></head><body>
      <header><a href="/">Home</a><a href="/shop">Shop</a></header>
      <nav><ul><li><a href="/a">One</a></li></ul></nav>
      <div class="menu"><a href="/1">Kettles</a> <a href="/2">Pots</a> <a href="/3">Pans</a> <a href="/4">Lids</a></div>
      <main><h1>Kettles</h1><p>A kettle holds <b>two</b> litres. <a href="/x">See pots</a>.</p>
        <p hidden>Draft: three litres.</p><p style="display: none">Four litres.</p>
        <script>track()</script><form><input value="x"><button>Buy</button></form><!-- todo --></main>
      <aside>You may also like pots.</aside><footer>© Shop</footer></body></html>`;
    const { text, title, metadata, leftOut } = await read(page);
    expect(text).toBe('# Kettles\n\nA kettle holds two litres. See pots.');
    expect([title, metadata]).toEqual(['Kettles', { language: 'en' }]);
    expect(leftOut).toEqual({ navigation: 1, 'hidden part': 2, script: 1, form: 2, comment: 1 });
  });

  it('without a main part loses its menus, header and footer, and keeps a header with a heading', async () => {
    const page = `<body><header><a href="/">Home</a></header><ul><li><a href="/1">Kettles</a></li><li><a href="/2">Pots</a></li><li><a href="/3">Pans</a></li><li><a href="/4">Lids</a></li></ul>
      <article><header><h2>Care</h2><p>Of 2026.</p></header><p>Descale it monthly.</p><ul><li>Vinegar</li><li>Water</li></ul></article><footer>Imprint</footer></body>`;
    expect(await textOf(page)).toBe('## Care\n\nOf 2026.\n\nDescale it monthly.\n\n- Vinegar\n- Water');
  });

  it('that is nothing but links is read as it is', async () => {
    expect(
      await textOf('<ul role="menu"><li><a href="/a">Kettles</a> hold water</li><li><a href="/b">Pots</a></li></ul>'),
    ).toContain('Kettles hold water');
  });

  it('that a program fills in a browser is refused, and not taken for an empty text', async () => {
    const found = await readerOf('html').read(
      Buffer.from('<body><div id="app"></div><script src="app.js"></script></body>'),
    );
    expect(found).toMatchObject({
      status: 'refused',
      problem: { kind: 'empty', found: expect.stringContaining('a program may fill it') },
    });
  });

  it('is read in the encoding that it says it has', async () => {
    const page = (charset: string) => `<meta charset="${charset}"><p>naïve – œuf</p>`;
    const latin = Buffer.from(page('windows-1252').replace('–', '\x96').replace('œ', '\x9c'), 'latin1');
    expect((await read(latin)).text).toBe('naïve – œuf');
    expect((await read(page('utf-8'))).text).toBe('naïve – œuf');
    expect(await readerOf('html').read(Buffer.from('<p>na\xefve</p>', 'latin1'))).toMatchObject({
      problem: { kind: 'binary' },
    });
  });
});

describe('tables', () => {
  it('say what spans rows and columns in each, and what stands in a cell on one line', async () => {
    const page = `<table><caption>Prices</caption><thead><tr><th>Service</th><th colspan="2">Price</th></tr></thead>
      <tbody><tr><td rowspan="2">Full<br>service</td><td><ul><li>89</li><li>99</li></ul></td><td>EUR|USD</td></tr><tr><td>42</td><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></tbody></table>`;
    expect(await textOf(page)).toBe(
      'Prices\n\n| Service | Price | Price |\n| - | - | - |\n| Full service | - 89 - 99 | EUR\\|USD |\n| Full service | 42 | a b |',
    );
  });

  it('of one cell are boxes: their content stands by itself', async () => {
    expect(await textOf('<table><tr><td><h2>Box</h2><p>One.</p><p>Two.</p></td></tr></table>')).toBe(
      '## Box\n\nOne.\n\nTwo.',
    );
  });

  it('in Markdown are read as its own, but in code', async () => {
    const table = '<table><tr><th>Day</th></tr><tr><td>Monday</td></tr></table>';
    const found = await readerOf('markdown').read(Buffer.from(`Hours:\n${table}\nEnd.\n\n\`\`\`\n${table}\n\`\`\`\n`));
    expect(found).toMatchObject({
      text: `Hours:\n\n\n| Day |\n| - |\n| Monday |\n\n\nEnd.\n\n\`\`\`\n${table}\n\`\`\`\n`,
    });
  });
});

it('text that would be a heading, a border or code at the start of a line stays text', async () => {
  const { text } = await read(
    '<p># of staff: 4</p><p>| not a border</p><p>&lt;!-- no comment --&gt;</p><p>1. Of May</p>',
  );
  expect([...readerOf('html').blocks(text)].map(({ kind }) => kind)).toEqual([
    'paragraph',
    'paragraph',
    'paragraph',
    'item',
  ]);
});

it('a page of any depth is read or refused, and never breaks the others', async () => {
  const deep = (levels: number) => Buffer.from(`${'<div>'.repeat(levels)}Deep.${'</div>'.repeat(levels)}`);
  expect(await readerOf('html').read(deep(300))).toMatchObject({ status: 'read', text: 'Deep.' });
  expect(await readerOf('html').read(deep(20_000))).toMatchObject({
    problem: { kind: 'malformed', found: 'elements within elements, too deep to be read' },
  });
});
