import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import parquet from 'parquetjs-lite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256OfFile } from '../common/hash.ts';
import { fieldsOf, type Columns, type ParquetRow } from './parquet-columns.ts';
import { readParquet, writeParquet } from './parquet.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const columns = {
  id: { type: 'string' },
  note: { type: 'string', optional: true },
  count: { type: 'int32' },
  score: { type: 'double', optional: true },
  right: { type: 'boolean' },
  tags: { type: 'string', list: true },
  parts: { type: 'struct', list: true, columns: { name: { type: 'string' }, at: { type: 'int32', optional: true } } },
  whole: { type: 'struct', columns: { name: { type: 'string' } } },
} satisfies Columns;

const row = (i: number): ParquetRow => ({
  id: `row ${i} naïve 月经 🩸`,
  ...(i % 3 ? { note: i % 2 ? '' : 'line\nbreak\u0000\u2028' } : {}),
  count: i - 5,
  ...(i % 4 ? { score: i / 7 } : {}),
  right: i % 2 === 0,
  tags: Array.from({ length: i % 3 }, (_, k) => `tag${k}`),
  parts: Array.from({ length: (i + 1) % 3 }, (_, k) => ({ name: `p${k}`, ...(k ? { at: k } : {}) })),
  whole: { name: `w${i}` },
});
function* rowsOf(count: number) {
  for (let i = 0; i < count; i += 1) yield row(i);
}

async function roundTrip(rows: Iterable<ParquetRow>, name = 'a.parquet'): Promise<ParquetRow[]> {
  const path = join(folder, name);
  await writeParquet({ path, columns, rows });
  const back: ParquetRow[] = [];
  for await (const read of readParquet({ path, columns })) back.push(read);
  return back;
}

it('reads back what was written, over several row groups', async () => {
  expect(await roundTrip(rowsOf(4500))).toEqual([...rowsOf(4500)]);
});

it('reads back no rows, and rows whose lists are all empty', async () => {
  expect(await roundTrip([])).toEqual([]);
  const bare = { id: '', count: 0, right: false, tags: [], parts: [], whole: { name: '' } };
  expect(await roundTrip([bare, bare], 'b.parquet')).toEqual([bare, bare]);
});

it("writes the bytes that the library's own way of taking rows apart gives", async () => {
  const writer = await parquet.ParquetWriter.openFile(
    new parquet.ParquetSchema(fieldsOf(columns)),
    join(folder, 'own'),
  );
  for (const one of rowsOf(4500)) await writer.appendRow(one);
  await writer.close();
  await writeParquet({ path: join(folder, 'ours'), columns, rows: rowsOf(4500) });
  expect(await sha256OfFile(join(folder, 'ours'))).toBe(await sha256OfFile(join(folder, 'own')));
});

it('gives the same bytes for the same rows', async () => {
  await writeParquet({ path: join(folder, '1'), columns, rows: rowsOf(500) });
  await writeParquet({
    path: join(folder, '2'),
    columns,
    rows: (async function* () {
      yield* rowsOf(500);
    })(),
  });
  expect(await sha256OfFile(join(folder, '1'))).toBe(await sha256OfFile(join(folder, '2')));
});

it('writes no minimum or maximum of strings: they would be in UTF-16 order, and readers would lose rows', async () => {
  const text: Columns = { text: { type: 'string' } };
  const path = join(folder, 'a');
  await writeParquet({ path, columns: text, rows: [{ text: 'unmistakable' }] });
  const bytes = await readFile(path, 'latin1');
  expect(bytes.split('unmistakable')).toHaveLength(2);
});

it.each([
  [{ count: 2 ** 31 }, /row 1, column count: found 2147483648, expected int32/],
  [{ count: 1.5 }, /column count: found 1.5, expected int32/],
  [{ score: Number.NaN }, /column score: found null, expected double/],
  [{ tags: 'one' }, /column tags: found "one", expected a list/],
  [{ parts: [{ name: 'p' }, { name: 7 }] }, /column parts\[1\]\.name: found 7, expected string/],
  [{ id: undefined }, /column id: found nothing, expected string/],
  [{ extra: 1 }, /column extra: found 1, expected no such column/],
])('refuses %o naming row and column, and leaves no file', async (change, message) => {
  const path = join(folder, 'a');
  const write = writeParquet({ path, columns, rows: [row(0), { ...row(1), ...change }] });
  await expect(write).rejects.toThrow(message);
  await expect(access(path)).rejects.toThrow('ENOENT');
});

it('never overwrites, and says what is not Parquet', async () => {
  const path = join(folder, 'a');
  await writeFile(path, 'not parquet at all');
  await expect(writeParquet({ path, columns, rows: [] })).rejects.toThrow('EEXIST');
  await expect(readParquet({ path, columns }).next()).rejects.toThrow(/can't be read as Parquet/);
});
