import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pastTrainings } from './past-trainings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-past-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function job(key: string, files: { startStep?: number; result?: object; lora?: object }) {
  await mkdir(join(folder, key));
  const write = (name: string, value: unknown) => writeFile(join(folder, key, name), JSON.stringify(value));
  await write('job.json', { job: { candidate: { base: 'smollm2-135m', batchSize: 16, lora: files.lora } } });
  await write('run.json', { startStep: files.startStep ?? 0 });
  if (files.result) await write('result.json', files.result);
}
const done = { status: 'completed', step: 150, trainSeconds: 1200, examples: { meanTokens: 40 } };

it('tells how many tokens a second went through, of what the last start trained', async () => {
  await job('whole', { result: done });
  await job('resumed', { result: done, startStep: 100, lora: {} });
  expect((await pastTrainings(folder)).toSorted((a, b) => Number(a.lora) - Number(b.lora))).toEqual([
    { base: 'smollm2-135m', lora: false, tokensPerSecond: 80 },
    { base: 'smollm2-135m', lora: true, tokensPerSecond: (50 * 16 * 40) / 1200 },
  ]);
});

it('learns nothing of what failed, still runs, or can not be read', async () => {
  await job('failed', { result: { status: 'failed', reason: 'x', retryable: true } });
  await job('running', {});
  await job('older', { result: { ...done, examples: undefined } });
  // Nothing was left to train after its last checkpoint.
  await job('at-its-end', { result: done, startStep: 150 });
  await writeFile(join(folder, 'lock.db'), '');
  expect(await pastTrainings(folder)).toEqual([]);
  expect(await pastTrainings(join(folder, 'nowhere'))).toEqual([]);
});
