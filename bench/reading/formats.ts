import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { formatOf, readerOf } from '../../documents/readers/readers.ts';
import { tableOf } from '../tables.ts';

const EXPECTED = '.expected.md';

interface Score {
  files: number;
  words: number;
  found: number;
  said: number;
  cells: number;
  cellsFound: number;
  ms: number;
  unread: string[];
}

/**
 * Files of a folder, each beside `FILE.expected.md`, the text that should come out: the share of its words that come out in their order
 * (longest common subsequence), how much of what comes out that is, and the share of its tables' cells that are found.
 */
async function formats(folder: string): Promise<string> {
  const scores = new Map<string, Score>();
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(EXPECTED)).sort();
  for (const name of names) {
    const path = join(folder, name.slice(0, -EXPECTED.length));
    const format = formatOf(path);
    const score = scores.get(extname(path)) ?? {
      files: 0,
      words: 0,
      found: 0,
      said: 0,
      cells: 0,
      cellsFound: 0,
      ms: 0,
      unread: [],
    };
    scores.set(extname(path), score);
    const expected = await readFile(join(folder, name), 'utf8');
    const began = performance.now();
    const read = format === undefined ? undefined : await readerOf(format).read(await readFile(path));
    score.ms += performance.now() - began;
    const text = read?.status === 'read' ? read.text : '';
    if (read?.status !== 'read') score.unread.push(name);
    const [want, got] = [wordsOf(expected), wordsOf(text)];
    const cells = cellsOf(expected);
    score.files += 1;
    score.words += want.length;
    score.said += got.length;
    score.found += inOrder(want, got);
    score.cells += cells.length;
    score.cellsFound += among(cells, cellsOf(text));
  }
  const share = (part: number, whole: number) => (whole > 0 ? (part / whole).toFixed(3) : '');
  return tableOf(
    ['format', 'files', 'words in order', 'of what came out', 'cells', 'ms a file', 'not read'],
    [...scores].map(([ending, one]) => [
      ending,
      String(one.files),
      share(one.found, one.words),
      share(one.found, one.said),
      share(one.cellsFound, one.cells),
      (one.ms / one.files).toFixed(0),
      one.unread.join(', '),
    ]),
  );
}

/** Without the marks of Markdown, and the addresses of links. */
const wordsOf = (text: string): string[] =>
  text
    .replace(/!\[[^\]]*\]\([^)]*\)|<!--[^]*?-->/g, ' ')
    .replace(/\]\([^)\s]*\)/g, '] ')
    .replace(/&(amp|lt|gt|quot|#39);/g, ' ')
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

const cellsOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+$/.test(line))
    .flatMap((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cell) => wordsOf(cell).join(' '))
    .filter(Boolean);

function among(wanted: readonly string[], found: readonly string[]): number {
  const left = new Map<string, number>();
  for (const cell of found) left.set(cell, (left.get(cell) ?? 0) + 1);
  return wanted.filter((cell) => {
    const count = left.get(cell) ?? 0;
    left.set(cell, count - 1);
    return count > 0;
  }).length;
}

/** The length of the longest common subsequence. */
function inOrder(a: readonly string[], b: readonly string[]): number {
  let row = new Uint32Array(b.length + 1);
  for (const word of a) {
    const next = new Uint32Array(b.length + 1);
    for (const [j, other] of b.entries()) next[j + 1] = word === other ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!);
    row = next;
  }
  return row.at(-1) ?? 0;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('name a folder: npm run bench:formats -- FOLDER');
  process.exit(2);
}
console.log(await formats(folder));
