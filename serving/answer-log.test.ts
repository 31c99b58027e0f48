import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LoggedAnswer } from '../schema/answer-log.ts';
import { fileAnswerLog, readAnswerLog } from './answer-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-answers-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const line: LoggedAnswer = { id: 'a', at: 'now', model: 'm', version: 1, outcome: 'answered', ms: 1, steps: [] };

it('is a file of one line for each answer, which its owner alone may read', async () => {
  const file = join(folder, 'logs', 'answers.jsonl');
  const log = fileAnswerLog({ file, texts: false }, () => {});
  for (const id of ['one', 'two\n']) log.write({ ...line, id });
  await log.flush();
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map((text) => (JSON.parse(text) as { id: string }).id)).toEqual(['one', 'two\n']);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('that can not be written fails no answer, and says so', async () => {
  const told: string[] = [];
  const log = fileAnswerLog({ file: folder, texts: false }, (message) => told.push(message));
  log.write(line);
  log.write(line);
  await log.flush();
  expect(told).toEqual([`the answer log ${folder} (answer a)`, `the answer log ${folder} (answer a)`]);
});

it('is where the environment says', () => {
  const file = '/state/answers.jsonl';
  expect(readAnswerLog({}, { file })).toEqual({ file, texts: false });
  expect(readAnswerLog({ WHETSTONE_ANSWER_LOG: 'off' }, { file }).file).toBeUndefined();
  expect(readAnswerLog({ WHETSTONE_ANSWER_LOG: '/x', WHETSTONE_ANSWER_LOG_TEXTS: 'on' }, { file })).toEqual({
    file: '/x',
    texts: true,
  });
  expect(() => readAnswerLog({ WHETSTONE_ANSWER_LOG_TEXTS: 'yes' }, { file })).toThrow(
    "WHETSTONE_ANSWER_LOG_TEXTS: found 'yes'; expected on",
  );
});
