import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CandidateSchema, type RunConfig } from '../../configs/schema.ts';
import { fakeConfig } from '../../test/support/fake-activities.ts';
import type { GenerationDependencies } from '../dependencies.ts';
import { madeOfActivities } from './made-of.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-made-of-'));
  await writeFile(join(folder, 'package.json'), '{"version": "1.2.3"}');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function made(config: Partial<RunConfig> = {}, documents = 'd') {
  const dependencies = { projectRoot: folder, keys: { env: {}, servers: {} } } as unknown as GenerationDependencies;
  const imports = { uri: 'file:///i', sha256: 'i', rows: 0 };
  return madeOfActivities(dependencies).readMadeOf({
    config: fakeConfig(config),
    configHash: 'c',
    documents: { documentsSha256: documents, imports },
  });
}

it('names the judges by version, and what else a run is made of', async () => {
  expect(await made()).toMatchObject({
    config: 'c',
    documents: 'd',
    judges: expect.stringMatching(/^grounded \S+, .*correctness \S+/),
    base: 'tiny-llama',
    whetstone: '1.2.3',
  });
  expect(await made()).toEqual(await made());
});

it('sees a suite file and a base on this machine that changed', async () => {
  const evaluation = { ...fakeConfig().evaluation, suites: ['test', 'golden.jsonl'] };
  const candidates = [CandidateSchema.parse({ name: 'tuned', base: './base.gguf' })];
  const look = () => made({ evaluation, candidates });
  await writeFile(join(folder, 'golden.jsonl'), '{}');
  const missing = await look();
  await writeFile(join(folder, 'base.gguf'), 'weights');
  const before = await look();
  expect(before.base).not.toBe(missing.base);
  await writeFile(join(folder, 'golden.jsonl'), '{"question": "?"}');
  await utimes(join(folder, 'base.gguf'), 1, 1);
  const after = await look();
  expect(after.suites).not.toBe(before.suites);
  expect(after.base).not.toBe(before.base);
});
