import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeParquet } from '../../tables/parquet.ts';
import { checkSuiteFiles, readSuiteFile } from './file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'suites-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = async (name: string, content: string | Buffer) => {
  await writeFile(join(folder, name), content);
  return readSuiteFile({ projectRoot: folder, allowedRoots: [folder], suite: name });
};
const wanted = [
  {
    question: 'What does the café charge?',
    answer: 'Five euro.',
    facts: [['5 euro', 'five euro'], ['tax']],
    mustNot: ['# pounds'],
    columns: { document: 'prices.md' },
  },
];

describe('a suite file', () => {
  it('is read alike as JSON lines, a JSON list, CSV, in UTF-8 and in UTF-16 (F7, F29)', async () => {
    const [first] = wanted;
    const { columns, ...fields } = first!;
    const json = JSON.stringify({ ...fields, ...columns });
    const csv =
      'Question;Answer;Facts;Must Not;document\nWhat does the café charge?;Five euro.;"5 euro | five euro; tax";# pounds;prices.md\n';
    for (const [name, content] of [
      ['a.jsonl', `${json}\n`],
      ['a.json', `[${json}]`],
      ['b.jsonl', Buffer.from(`\uFEFF${json}\n`, 'utf16le')],
      ['a.csv', csv],
    ] as const)
      expect((await read(name, content)).questions).toMatchObject(wanted);
  });

  it('is read as Parquet', async () => {
    await writeParquet({
      path: join(folder, 'a.parquet'),
      columns: { question: { type: 'string' }, answers: { type: 'string', list: true }, document: { type: 'string' } },
      rows: [{ question: 'a?', answers: ['b', 'c'], document: 'd.md' }],
    });
    const { questions } = await readSuiteFile({ projectRoot: folder, allowedRoots: [folder], suite: 'a.parquet' });
    expect(questions).toMatchObject([
      { question: 'a?', answer: 'b', references: ['b', 'c'], columns: { document: 'd.md' } },
    ]);
  });

  it.each([
    [
      'cp1252.jsonl',
      Buffer.from('{"question":"caf\xe9?","answer":"x"}', 'latin1'),
      /cp1252\.jsonl:1: found a byte that is not UTF-8/,
    ],
    ['empty.jsonl', '', /empty\.jsonl: no questions found/],
    ['trailing.jsonl', '{"question":"a?","answer":"b",}', /trailing\.jsonl:1: found .* which is not JSON/],
    ['a.csv', 'frage,answer\na,b\n', /a\.csv:1: the header: found no column 'question'/],
    [
      'two.jsonl',
      '{"question":"a?"}\n{"answer":"b"}\n',
      /two\.jsonl:1: found neither answer nor answers.*\n.*two\.jsonl:2: question: found nothing/,
    ],
    ['a.xlsx', 'PK', /a\.xlsx: found the ending '\.xlsx'/],
  ])('is refused with file, line and fix: %s (F7)', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });

  it('has the columns that the report is asked to show apart, else the nearest name is told', async () => {
    await read('a.jsonl', '{"question":"a?","answer":"b","document":"d.md"}\n');
    const where = { projectRoot: folder, allowedRoots: [folder], suites: ['test', 'a.jsonl'] };
    await expect(checkSuiteFiles({ ...where, sliceBy: ['slice', 'document'] })).resolves.toHaveLength(1);
    await expect(checkSuiteFiles({ ...where, sliceBy: ['docment'] })).rejects.toThrow(
      "evaluation.sliceBy[0]: unknown column of a suite file 'docment'; did you mean 'document'?",
    );
  });

  it('is looked for before anything is paid for', async () => {
    const where = { projectRoot: folder, allowedRoots: [folder] };
    await expect(checkSuiteFiles({ ...where, suites: ['test', 'none.jsonl'] })).rejects.toThrow(/none\.jsonl/);
  });
});
