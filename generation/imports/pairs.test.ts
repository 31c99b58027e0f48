import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readImport, type ImportedPair } from './pairs.ts';
import { writeParquet } from '../../tables/parquet.ts';
import { QaPairSchema } from '../../schema/data.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'imports-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = async (name: string, content: string | Uint8Array) => {
  await writeFile(join(folder, name), content);
  return (await readImport({ path: join(folder, name), shown: name })).pairs;
};
const ROWS = [
  { question: 'How long?', answer: '7 days.', fact: 'keep', kind: 'procedural', context: 'It keeps 7 days.' },
  { question: 'For what time?', answer: '7 days.', fact: 'keep' },
  { question: 'Who "may", 月经?', answer: 'Nobody,\nreally.' },
];
const jsonl = ROWS.map((row) => JSON.stringify(row)).join('\n');

describe('imported pairs', () => {
  it('are pairs like others, with phrasings of one fact together and their origin kept', async () => {
    const pairs = await read('expert.jsonl', `${jsonl}\n\n`);
    expect(pairs.map(({ pair }) => QaPairSchema.parse(pair))).toMatchObject([
      { question: 'How long?', phrasing: 0, kind: 'procedural', documentId: 'import/expert.jsonl', spans: [] },
      { question: 'For what time?', phrasing: 1, kind: 'factual' },
      {
        question: 'Who "may", 月经?',
        phrasing: 0,
        teacher: 'import/expert.jsonl',
        origin: { kind: 'import', file: 'expert.jsonl' },
      },
    ]);
    expect(pairs[0]?.pair.factId).toBe(pairs[1]?.pair.factId);
    expect(pairs.map(({ context }) => context)).toEqual(['It keeps 7 days.', undefined, undefined]);
  });

  it('are the same from JSON lines, CSV and Parquet, but for the name of the file', async () => {
    const cell = (value = '') => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    const csv = [
      'question,answer,fact,kind,context',
      ...ROWS.map((r) => [r.question, r.answer, r.fact, r.kind, r.context].map(cell).join(',')),
    ];
    const string = { type: 'string', optional: true } as const;
    await writeParquet({
      path: join(folder, 'expert.parquet'),
      columns: { question: string, answer: string, fact: string, kind: string, context: string },
      rows: ROWS,
    });
    const plain = (pairs: readonly ImportedPair[]) =>
      pairs.map(({ pair: { question, answer, phrasing, kind, history }, context }) => ({
        question,
        answer,
        phrasing,
        kind,
        history,
        context,
      }));
    const expected = plain(await read('expert.jsonl', jsonl));
    expect(plain(await read('expert.csv', `\uFEFF${csv.join('\r\n')}\r\n`))).toEqual(expected);
    const { pairs: parquet } = await readImport({ path: join(folder, 'expert.parquet'), shown: 'expert.parquet' });
    expect(plain(parquet)).toEqual(expected);
  });

  it('take a kind in other case, and say what of a table was left out (F26)', async () => {
    await writeFile(join(folder, 'a.csv'), ',Question,ANSWER,Kind\n0,Q,A,Procedural\n');
    const { pairs, notes } = await readImport({ path: join(folder, 'a.csv'), shown: 'a.csv' });
    expect(pairs).toMatchObject([{ pair: { question: 'Q', answer: 'A', kind: 'procedural' } }]);
    expect(notes).toEqual([expect.stringMatching(/^a\.csv: left out the column without a name/) as string]);
  });

  it.each([
    [['assistant'], /^a\.jsonl:1: history\[0\]: found the role assistant; expected .* Fix: leave this turn out/],
    [['assistant', 'user'], /history\[0\]: found the role assistant/],
    [['user', 'user', 'assistant'], /history\[1\]: found the role user; .* Fix: join turns of one role/],
    [['user', 'assistant', 'assistant', 'user'], /history\[2\]: found the role assistant/],
    [['user'], /history\[0\]: found the user's turn as the last; expected .* the assistant's last/],
    [['user', 'assistant', 'user'], /history\[2\]: found the user's turn as the last/],
  ])('have a history that the user begins and that alternates, or are refused: %j (F24)', async (roles, message) => {
    const history = roles.map((role) => ({ role, content: 'x' }));
    const row = (more: object) => JSON.stringify({ question: 'q', answer: 'a', ...more });
    await expect(read('a.jsonl', row({ history }))).rejects.toThrow(message);
    const good = ['user', 'assistant', 'user', 'assistant'].map((role) => ({ role, content: 'x' }));
    expect((await read('a.jsonl', row({ history: good })))[0]?.pair.history).toEqual(good);
  });

  it('keep their ids when rows change places', async () => {
    const ids = (pairs: readonly ImportedPair[]) => pairs.map(({ pair }) => pair.id).sort();
    const reversed = ROWS.toReversed()
      .map((row) => JSON.stringify(row))
      .join('\n');
    expect(ids(await read('a.jsonl', jsonl))).toEqual(ids(await read('a.jsonl', reversed)));
  });

  it.each([
    ['a.jsonl', '{"question": "q"}', 'a.jsonl:1: answer: found nothing; expected non-empty text'],
    ['a.jsonl', '{"question": "q", "answer": 7}', 'a.jsonl:1: answer: found the number 7; expected non-empty text'],
    ['a.jsonl', '[1]', 'a.jsonl: item 1: found the number 1; expected a mapping'],
    [
      'a.jsonl',
      '{"question": "q", "answer": "a", "langauge": "en"}',
      "a.jsonl:1: langauge: unknown field 'langauge'; did you mean 'language'? known: answer, context, fact, ",
    ],
    [
      'a.jsonl',
      '{"question": "q", "answer": "a", "history": [{"role": "nurse", "content": "x"}]}',
      "a.jsonl:1: history[0].role: unknown role 'nurse'; known: user, assistant",
    ],
    ['a.jsonl', '{"question": "q", "answer": "a"}\n{"q"\n{"q', /a\.jsonl:2: found .*not JSON.*\na\.jsonl:3: found/s],
    [
      'a.csv',
      'question,anser\nq,a\nr,b\n',
      /^a\.csv:1: the header: unknown column 'anser'; did you mean 'answer'\? .*; found no column 'answer'; expected/,
    ],
    ['a.csv', 'question,answer\nq,\n', 'a.csv:2: answer: found ""; expected non-empty text'],
    [
      'a.jsonl',
      '{"question": "q", "answer": "a"}\n{"question": "Q", "answer": "a"}',
      'a.jsonl:2: the same question and answer as a.jsonl:1',
    ],
    [
      'a.jsonl',
      '{"question": "q", "answer": "a"}\n{"question": "Q ", "answer": "b"}',
      'a.jsonl:2: the question of a.jsonl:1 with another answer; expected one answer to a question',
    ],
    ['a.jsonl', '{"question"', 'a.jsonl:1: found "{\\"question\\"", which is not JSON'],
    ['a.jsonl', '', 'a.jsonl: no rows found; expected question and answer'],
    [
      'a.csv',
      'question,answer\nq,a,b\nr,\n',
      /^a\.csv:2: found 3 cells; expected 2 \(question, answer\)\. Put a cell .*\na\.csv:3: answer: found ""/,
    ],
    ['a.csv', 'question,answer,kind\nq,a,factul\n', "a.csv:2: kind: unknown kind 'factul'; did you mean 'factual'?"],
    ['a.parquet', 'no parquet', "can't be read as Parquet"],
    ['a.xlsx', '', "a.xlsx: found the ending '.xlsx'; expected .jsonl, .csv or .parquet"],
  ])('that are not right are named by file and row: %s %j', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });
});
