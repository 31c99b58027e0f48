import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from '../test/support/property.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRows } from './rows.ts';
import { RowsError, type RowFormat } from './row-columns.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'rows-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const STRICT: RowFormat = {
  known: ['question', 'answer', 'mustNot'],
  required: ['question', 'answer'],
  others: 'refuse',
  expected: 'expected question and answer',
};
const read = async (name: string, content: string | Uint8Array, format = STRICT) => {
  await writeFile(join(folder, name), content);
  return readRows({ path: join(folder, name), shown: name, format });
};
const values = async (...input: Parameters<typeof read>) => {
  const { rows, faults } = await read(...input);
  expect(faults).toEqual([]);
  return rows.map(({ value }) => value);
};
const TWO = [
  { question: 'Q1', answer: 'A1' },
  { question: 'Q2', answer: 'A2' },
];

describe('tables, as people and programs write them', () => {
  it.each([
    ['plain', 'question,answer\nQ1,A1\nQ2,A2\n'],
    ['no last line end', 'question,answer\nQ1,A1\nQ2,A2'],
    ['a byte order mark and Windows line ends', '\uFEFFquestion,answer\r\nQ1,A1\r\nQ2,A2\r\n'],
    ['returns alone', 'question,answer\rQ1,A1\rQ2,A2\r'],
    ['mixed line ends', 'question,answer\r\nQ1,A1\nQ2,A2\r'],
    ['semicolons', 'question;answer\nQ1;A1\nQ2;A2\n'],
    ['tabs', 'question\tanswer\nQ1\tA1\nQ2\tA2\n'],
    ['bars', 'question|answer\nQ1|A1\nQ2|A2\n'],
    ['the line of Excel that names its separator', 'sep=;\r\nquestion;answer\r\nQ1;A1\r\nQ2;A2\r\n'],
    ['other case, spaces around', ' Question ,ANSWER\nQ1,A1\nQ2,A2\n'],
    ['a byte order mark before a quote', '\uFEFF"question","answer"\nQ1,A1\n"Q2","A2"\n'],
    ['rows of empty cells', '\nquestion,answer\nQ1,A1\n,\n,,,\n  ,\t\n\nQ2,A2\n,\n'],
    ['commas at the ends', 'question,answer,\nQ1,A1,\nQ2,A2,,\n'],
    ['spaces after commas, and quotes after these', 'question, answer\nQ1, "A1"\n"Q2", A2\n'],
    ['the index of pandas', ',question,answer\n0,Q1,A1\n1,Q2,A2\n'],
    ['the index of pandas, read and written again', 'Unnamed: 0,question,answer\n0,Q1,A1\n1,Q2,A2\n'],
  ])('give the same rows: %s (F26)', async (_name, content) => {
    expect(await values('a.csv', content)).toEqual(TWO);
    const bytes = Buffer.from(`\uFEFF${content.replace(/^\uFEFF/, '')}`, 'utf16le');
    expect(await values('b.CSV', bytes)).toEqual(TWO);
  });

  it('say of an index column that it was left out, and of nothing else (F26)', async () => {
    const notes = async (content: string) => (await read('a.csv', content)).notes;
    expect(await notes(',question,answer\n0,Q1,A1\n')).toEqual([
      'a.csv: left out the column without a name: an index column, such as pandas writes',
    ]);
    expect(await notes('question,answer,\nQ1,A1,\n')).toEqual([]);
  });

  it('keep quotes, commas and line ends inside cells, and count lines as an editor does', async () => {
    const content = 'question,answer\n"Q ""1"",\r\n\r\nnext",A "b" c\n\n"Q" 2,A2\n';
    expect(await read('a.csv', content)).toMatchObject({
      rows: [
        { at: 'a.csv:2', line: 2, value: { question: 'Q "1",\n\nnext', answer: 'A "b" c' } },
        { at: 'a.csv:6', line: 6, value: { question: '"Q" 2', answer: 'A2' } },
      ],
      faults: [],
    });
  });

  it.each([
    ['question,answer\nQ,A,B\n', 'a.csv:2: found 3 cells; expected 2 (question, answer). Put a cell that has a comma'],
    ['question,answer\nQ\n', 'a.csv:2: found 1 cells; expected 2'],
    ['question,answer\nQ1,A1\n\n"Q2,A2\nQ3,A3\n', 'a.csv:4: a double quote opens in this row or one after it'],
    ['question,answer\nQ,#NAME?\n', 'a.csv:2: answer: found #NAME?, an error of Excel; expected text'],
  ])('name the line of a row that is not one: %j', async (content, fault) => {
    const { faults } = await read('a.csv', content);
    expect(faults).toEqual([expect.stringContaining(fault) as string]);
  });

  it.each([
    ['a,b\nQ,A\n', /^a\.csv:1: the header: unknown column 'a'; .*found no column 'question'; found no column 'answer'/],
    ['question,Question,answer\nQ,R,A\n', /the header: unknown column 'Question'; did you mean 'question'\?/],
    ['question,answer,answer\nQ,R,A\n', /the header: found the column 'answer' twice; keep one/],
    ['question,answer,\nQ,A,more\n', /the header: column 3 has no name; give it one, or remove it/],
    ['', /^a\.csv: found nothing; expected question and answer/],
    ['\uFEFF \r\n', /^a\.csv: found nothing/],
  ])('with a wrong header are refused once: %j', async (content, message) => {
    await expect(read('a.csv', content)).rejects.toThrow(message);
    await expect(read('a.csv', content)).rejects.toBeInstanceOf(RowsError);
  });

  it.each([
    [
      'a.jsonl',
      '{"messages": [{"role": "user", "content": "Q"}]}',
      /^a\.jsonl: found the layout messages; .* the last turn/,
    ],
    [
      'a.csv',
      'instruction,input,output\nQ,,A\n',
      /^a\.csv:1: found the layout instruction, output; .* rename instruction/,
    ],
    [
      'a.json',
      '[{"prompt": "Q", "completion": "A"}]',
      /found the layout prompt, completion; .*rename prompt to question/,
    ],
  ])('of another layout are told how to come to ours: %s %s', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });

  it('keep further columns where those are wanted', async () => {
    const format: RowFormat = { ...STRICT, required: ['question'], others: 'keep' };
    expect(await values('a.csv', 'id,Question,Must Not,Ärger 2\n1,Q,N,x\n', format)).toEqual([
      { id: '1', question: 'Q', mustNot: 'N', 'Ärger 2': 'x' },
    ]);
    expect(await values('a.jsonl', '{"Question": "Q", "must_not": ["N"], "at": {"b": 1}}', format)).toEqual([
      { question: 'Q', mustNot: ['N'], at: { b: 1 } },
    ]);
  });
});

describe('JSON', () => {
  it.each([
    ['a.jsonl', TWO.map((row) => JSON.stringify(row)).join('\n')],
    ['a.ndjson', `\uFEFF${TWO.map((row) => JSON.stringify(row)).join('\r\n\r\n')}\r\n`],
    ['a.jsonl', TWO.map((row) => JSON.stringify(row)).join('\r')],
    ['a.json', JSON.stringify(TWO)],
    ['a.jsonl', JSON.stringify(TWO, null, 2)],
    ['a.jsonl', `[\n${TWO.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`],
    ['a.jsonl', TWO.map((row) => JSON.stringify({ '': 0, 'Unnamed: 0': 1, ...row })).join('\n')],
  ])('gives the same rows from lines and from a list: %s %j', async (name, content) => {
    expect(await values(name, content)).toEqual(TWO);
  });

  it('takes one object over several lines', async () => {
    expect(await values('a.json', JSON.stringify(TWO[0], null, 2))).toEqual([TWO[0]]);
  });

  it.each([
    ['{"question": "Q", "answer": NaN}', /^a\.jsonl:1: found .*, which is not JSON \(Unexpected token 'N'\); .*jq -c/],
    ['{"question": "Q",}', /^a\.jsonl:1: .* not JSON \(Expected double-quoted property name/],
    ['{"a": 1}{"a": 2}', /^a\.jsonl:1: .* not JSON .*one object a line/],
    ['\n{"answer": "x", "answer": "y"}', /^a\.jsonl:2: found the field 'answer' twice in one object; keep one/],
    ['[{"a": {"b": 1, "c": [{"b": 2}], "\\u0062": 3}}]', /^a\.jsonl: found the field 'b' twice/],
  ])('names the line that is none: %j', async (content, fault) => {
    const { faults } = await read('a.jsonl', content);
    expect(faults).toEqual([expect.stringMatching(fault) as string]);
  });
});

describe('text that no file can hold', () => {
  it.each([
    ['a.jsonl', String.raw`{"question": "Q \ud83d", "answer": "A"}`, /^a\.jsonl:1: question: found half a character/],
    [
      'a.jsonl',
      String.raw`{"question": "Q", "x": [{"y": "\udc00"}]}`,
      /^a\.jsonl:1: x\[0\]\.y: found half a character/,
    ],
    ['a.jsonl', String.raw`{"question": "Q\u0000", "answer": "A"}`, /^a\.jsonl:1: question: found a NUL character/],
  ])('is a fault of its row, and the others are read: %s %s (F23)', async (name, content, fault) => {
    const { rows, faults } = await read(name, `${content}\n${JSON.stringify(TWO[1])}`);
    expect(faults).toEqual([expect.stringMatching(fault) as string]);
    expect(rows.map(({ value }) => value)).toEqual([TWO[1]]);
  });

  it.each([
    ['a.csv', Buffer.from('question,answer\nQ,caf\u00e9\n', 'latin1'), /^a\.csv:2: .*Windows-1252 it reads "café"/],
    ['a.jsonl', Buffer.from('{"question": "caf\u00e9"}', 'latin1'), /^a\.jsonl:1: .*Windows-1252 it reads/],
    ['a.csv', 'question,answer\nQ,A\0\n', /^a\.csv:2: found a NUL byte at offset 19/],
    ['a.csv', 'PK\u0003\u0004\u0000', /found an Excel workbook .* Fix: save the sheet as "CSV UTF-8"/],
    ['a.jsonl', Uint8Array.of(0x1f, 0x8b, 8, 0), /found a gzip file; .*unpack it/],
    ['a.csv', 'PAR1', /found a Parquet file; .*the ending \.parquet/],
    ['a.jsonl.gz', '', /found the ending '\.gz'; expected .* Fix: unpack it/],
    ['a', '', /found the ending ''; expected \.jsonl, \.csv or \.parquet/],
  ])('refuses the file by name and says the fix: %s %j (F7)', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });

  it('refuses a row that is nested beyond any sense', async () => {
    const deep = `{"question": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect((await read('a.jsonl', `${deep}\n${JSON.stringify(TWO[0])}`)).faults).toEqual([
      'a.jsonl:1: found values nested more than 50 deep; expected the fields of a row',
    ]);
  });

  it('says what there is instead of a file', async () => {
    const path = join(folder, 'none.csv');
    await expect(readRows({ path, shown: 'none.csv', format: STRICT })).rejects.toThrow(/^none\.csv: can't be read/);
  });
});

describe('properties', () => {
  const cell = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\0\r]/g, '').toWellFormed());
  const rowsOf = fc.array(fc.record({ question: cell.map((text) => `q${text}`), answer: cell }), { minLength: 1 });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it('every cell comes back from CSV as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf, fc.constantFrom(',', ';', '\t', '|'), async (rows, delimiter) => {
        const lines = rows.map(({ question, answer }) => [question, answer].map(quoted).join(delimiter));
        const back = await values('a.csv', [`question${delimiter}answer`, ...lines].join('\r\n'));
        expect(back).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it('every value comes back from JSON lines as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf, async (rows) => {
        expect(await values('a.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it('any file is read or refused by a RowsError, and every row of it is a row or a fault', async () => {
    const content = fc.oneof(
      fc.uint8Array(),
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom('question', 'answer', ',', ';', '"', '\n', '\r', '{', '}', '[', ']', ':', '\\', 'sep=', 'é'),
        )
        .map((parts) => parts.join('')),
    );
    const name = fc.constantFrom('a.csv', 'a.jsonl', 'a.json', 'a.parquet');
    await fc.assert(
      fc.asyncProperty(name, content, async (file, bytes) => {
        const outcome = await read(file, bytes).catch((error: unknown) => error);
        expect(outcome instanceof Error ? outcome.name : 'rows').toMatch(/^(?:rows|RowsError)$/);
      }),
      { numRuns: 150 },
    );
  });
});
