import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from '../test/support/property.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Columns, ParquetRow } from './parquet-columns.ts';
import { parquetRows } from './parquet-rows.ts';
import { readParquet, writeParquet } from './parquet.ts';
import { ArtifactError } from '../common/errors.ts';

let connection: DuckDBConnection;
let folder: string;
beforeAll(async () => void (connection = await (await DuckDBInstance.create(':memory:')).connect()));
afterAll(() => connection.closeSync());
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parquet-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const all = async (path: string) => {
  const rows: ParquetRow[] = [];
  for await (const row of parquetRows(path, 'a.parquet')) rows.push(row);
  return rows;
};
/** What DuckDB writes for a query. */
const written = async (query: string, options = '') => {
  const path = join(folder, 'duckdb.parquet');
  await connection.run(`copy (${query}) to '${path}' (format parquet${options})`);
  return path;
};
/** Repeated words, so that there are dictionaries, with nulls and non-ASCII among them. */
const MANY = `select case when i % 7 = 0 then null else 'naïve 月经 🩸 ' || (i % 50) end as word, i::bigint as number,
  [{role: 'user', content: 'q' || i}, {role: 'assistant', content: null}] as history from range(5000) t(i)`;

describe('Parquet of other writers', () => {
  it.each(['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'])(
    'is read in both versions of the format, with dictionaries: %s (F6)',
    async (codec) => {
      for (const version of ['v1', 'v2']) {
        const options = `, compression ${codec}, parquet_version ${version}, row_group_size 2048`;
        const rows = await all(await written(MANY, options));
        expect(rows).toHaveLength(5000);
        expect([rows[0]?.['word'], rows[51]?.['word'], rows[4999]?.['number']]).toEqual([
          null,
          'naïve 月经 🩸 1',
          4999,
        ]);
        expect(rows[4000]?.['history']).toEqual([
          { role: 'user', content: 'q4000' },
          { role: 'assistant', content: null },
        ]);
      }
    },
  );

  it('gives text for what a number does not hold, ISO times, and null for NaN (F6)', async () => {
    const query = `select 9007199254740993::bigint as large, -5::bigint as small, 2.5::double as half, 'nan'::double as nan,
      timestamp '2026-01-02 03:04:05' as at, date '2026-01-02' as day, true as yes, '{"a": 1}'::json as j,
      [[1, null], [], null] as lists, {'a': {'b': 'c'}} as struct, map {'k': 'v'} as pairs, null::varchar as none, 1.25::decimal(9, 2) as price`;
    expect(await all(await written(query))).toEqual([
      {
        large: '9007199254740993',
        small: -5,
        half: 2.5,
        nan: null,
        at: '2026-01-02T03:04:05.000Z',
        day: '2026-01-02T00:00:00.000Z',
        yes: true,
        j: { a: 1 },
        lists: [[1, null], [], null],
        struct: { a: { b: 'c' } },
        pairs: { k: 'v' },
        none: null,
        price: 1.25,
      },
    ]);
  });

  it('may hold no rows', async () => {
    expect(await all(await written('select 1 as a where false'))).toEqual([]);
  });

  it('keeps a byte order mark inside a text, and gives bytes that are none as they are (F7)', async () => {
    const [row] = await all(await written(`select '\uFEFFa' as marked, 'caf\\xE9'::blob as bytes`));
    expect(row).toEqual({ marked: '\uFEFFa', bytes: Uint8Array.from(Buffer.from('caf\u00e9', 'latin1')) });
  });
});

describe('what is not whole', () => {
  it.each([
    ['', /a\.parquet can't be read as Parquet: it is empty/],
    ['question,answer\n', /it does not begin with PAR1\. Fix: give the file the ending of what it is/],
    ['PAR1', /it is cut off/],
    ['PAR1 and no more', /it is cut off: it does not end with PAR1\. Fix: copy, download or write it again/],
    ['PAR1\0\0\0\0PAR1', /damaged/],
    ['PAR1\u00ff\u00ff\u00ff\u00ffPAR1', /damaged/],
    ['PARE\0\0\0\0PARE', /it is encrypted/],
  ])('is refused, with what was found and the fix: %j (F6)', async (content, message) => {
    const path = join(folder, 'a');
    await writeFile(path, content, 'latin1');
    await expect(all(path)).rejects.toThrow(message);
    await expect(all(path)).rejects.toBeInstanceOf(ArtifactError);
  });

  it('never throws anything but an ArtifactError, whatever is cut off or changed (F6)', async () => {
    const whole = await readFile(await written(`from (${MANY}) limit 30`, ', compression zstd'));
    const path = join(folder, 'changed');
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), fc.option(fc.nat(whole.length)), async (changes, end) => {
        const bytes = Buffer.from(whole);
        for (const { at, byte } of changes) bytes[at] = byte;
        await writeFile(path, bytes.subarray(0, end ?? whole.length));
        const outcome = await all(path).catch((error: unknown) => error);
        expect(Array.isArray(outcome) || outcome instanceof ArtifactError).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

it('every row of our own files comes back as it was written', async () => {
  const columns = {
    id: { type: 'string' },
    note: { type: 'string', optional: true },
    count: { type: 'int32' },
    score: { type: 'double', optional: true },
    tags: { type: 'string', list: true },
    turns: { type: 'struct', list: true, columns: { role: { type: 'string' }, at: { type: 'int32', optional: true } } },
    inner: { type: 'struct', optional: true, columns: { name: { type: 'string' } } },
  } satisfies Columns;
  const text = fc.string({ unit: 'binary' }).map((one) => one.toWellFormed());
  const int32 = fc.integer();
  const row = fc.record(
    {
      id: text,
      note: text,
      count: int32,
      score: fc.double({ noNaN: true, noDefaultInfinity: true }),
      tags: fc.array(text, { maxLength: 3 }),
      turns: fc.array(fc.record({ role: text, at: int32 }, { requiredKeys: ['role'] }), { maxLength: 3 }),
      inner: fc.record({ name: text }),
    },
    { requiredKeys: ['id', 'count', 'tags', 'turns'], noNullPrototype: true },
  );
  let files = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), async (rows) => {
      const path = join(folder, `own${(files += 1)}`);
      await writeParquet({ path, columns, rows });
      const back: ParquetRow[] = [];
      for await (const one of readParquet({ path, columns })) back.push(one);
      expect(back).toEqual(rows);
    }),
    { numRuns: 60 },
  );
});
