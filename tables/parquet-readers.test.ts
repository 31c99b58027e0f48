import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_COLUMNS, exampleRow } from '../datasets/files/example-rows.ts';
import type { Columns, ParquetRow } from './parquet-columns.ts';
import { writeParquet } from './parquet.ts';
import { exampleOf } from '../test/support/examples.ts';

/** Files that we write, as the two readers see them that most people read Parquet with. */

const run = promisify(execFile);
/** In UTF-16 order U+1FA78 comes before U+FF61, in UTF-8 order after it: a reader that trusts statistics would lose rows. */
const WORDS = ['｡ half-width', '🩸 blood', 'naïve', '月经', 'plain', '\u{10ffff} last', ''];
/** One more than the largest whole number that a double holds. */
const LARGE = '9007199254740993';
const ROWS = 20_000; // Several row groups.

const columns = {
  word: { type: 'string' },
  large: { type: 'string' },
  double: { type: 'double' },
  count: { type: 'int32' },
} satisfies Columns;
const row = (i: number): ParquetRow => ({
  word: `${WORDS[i % WORDS.length]} ${i % 1000}`,
  large: String(BigInt(LARGE) + BigInt(i)),
  double: 2 ** 53 - i,
  count: i - 10_000,
});

let folder: string;
let numbers: string;
let examples: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-readers-'));
  numbers = join(folder, 'numbers.parquet');
  examples = join(folder, 'examples.parquet');
  await writeParquet({ path: numbers, columns, rows: Array.from({ length: ROWS }, (_, i) => row(i)) });
  const rows = WORDS.slice(0, 6).map((word, i) =>
    exampleRow(
      exampleOf({
        id: `é${i}`,
        question: word,
        ...(i % 2 ? { persona: 'a midwife' } : {}),
        history: i % 3 ? [{ role: 'user', content: word }] : [],
      }),
    ),
  );
  await writeParquet({ path: examples, columns: EXAMPLE_COLUMNS, rows });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const wanted = (word: string) =>
  Array.from({ length: ROWS }, (_, i) => row(i)).filter((one) => one['word'] === word).length;

describe('DuckDB', () => {
  const query = async (sql: string) => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
    connection.closeSync();
    return rows as Record<string, unknown>[];
  };

  it('reads every row, numbers unchanged', async () => {
    const [sums] = await query(
      `select count(*)::int as n, sum(count)::int as s, min(double) as low, max(double) as high,
       max(large::hugeint)::varchar as large from '${numbers}'`,
    );
    expect(sums).toEqual({
      n: ROWS,
      s: Array.from({ length: ROWS }, (_, i) => i - 10_000).reduce((a, b) => a + b, 0),
      low: 2 ** 53 - (ROWS - 1),
      high: 2 ** 53,
      large: String(BigInt(LARGE) + BigInt(ROWS - 1)),
    });
  });

  it.each(WORDS)('finds every row by its text: %j', async (word) => {
    const text = `${word} 3`;
    const [found] = await query(`select count(*)::int as n from '${numbers}' where word = '${text}'`);
    expect(found).toEqual({ n: wanted(text) });
    expect(wanted(text)).toBeGreaterThan(0);
  });

  it.each([
    [`large = '${BigInt(LARGE) + 19_999n}'`, 1],
    ['double = 9007199254740992', 1],
    ['count between -3 and 3', 7],
    [`word > '\u{10fffe}'`, Array.from({ length: ROWS }, (_, i) => i % WORDS.length).filter((i) => i === 5).length],
  ])('filters by %s', async (where, n) => {
    const [found] = await query(`select count(*)::int as n from '${numbers}' where ${where}`);
    expect(found).toEqual({ n });
  });

  it('reads examples with their lists and structs', async () => {
    const rows = await query(`select id, question, persona, len(history)::int as turns, spans[1]."end" as stop,
      judgements[1].judge as judge from '${examples}' where persona = 'a midwife' order by id`);
    expect(rows.map(({ question }) => question)).toEqual([WORDS[1], WORDS[3], WORDS[5]]);
    expect(rows.map(({ turns }) => turns)).toEqual([1, 0, 1]);
    expect(rows[0]).toMatchObject({ stop: 10, judge: 'grounded' });
  });
});

describe('pyarrow', () => {
  const python = async (code: string): Promise<unknown> => {
    const { stdout } = await run(process.env['WHETSTONE_PYTHON'] ?? 'python3', [
      '-c',
      `import json, sys, pyarrow.parquet as pq\nnumbers, examples = sys.argv[1:]\n${code}`,
      numbers,
      examples,
    ]);
    return JSON.parse(stdout) as unknown;
  };

  it('reads every row, numbers unchanged', async () => {
    const read = await python(
      'rows = pq.read_table(numbers).to_pylist(); print(json.dumps([len(rows), rows[0], rows[-1]]))',
    );
    expect(read).toEqual([ROWS, row(0), row(ROWS - 1)]);
  });

  it('finds every row by its text, with the filter pushed down', async () => {
    const read = await python(
      `words = ${JSON.stringify(WORDS.map((word) => `${word} 3`))}\n` +
        `print(json.dumps([pq.read_table(numbers, filters=[('word', '=', w)]).num_rows for w in words]))`,
    );
    expect(read).toEqual(WORDS.map((word) => wanted(`${word} 3`)));
  });

  it('filters numbers', async () => {
    const read = await python(
      `f = lambda *x: pq.read_table(numbers, filters=[x]).num_rows\n` +
        `print(json.dumps([f('count', '<', -9990), f('double', '=', 2.0**53), f('large', '=', '${LARGE}')]))`,
    );
    expect(read).toEqual([10, 1, 1]);
  });

  it('reads examples with their lists and structs', async () => {
    const read = (await python('print(json.dumps(pq.read_table(examples).to_pylist()))')) as Record<string, unknown>[];
    expect(read.map(({ question }) => question)).toEqual(WORDS.slice(0, 6));
    expect(read[1]).toMatchObject({
      persona: 'a midwife',
      history: [{ role: 'user', content: WORDS[1] }],
      spans: [{ chunkId: 'doc#0', start: 0, end: 10 }],
      judgements: [{ judge: 'grounded', score: 1 }],
    });
    expect(read[0]).toMatchObject({ persona: null, history: [] });
  });
});
