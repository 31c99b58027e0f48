import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CandidateSchema } from '../configs/schema.ts';
import { modelCard } from './model-card.ts';
import type { FineTuneInput, TrainedModel } from './types.ts';

const ref = { uri: 'file:///x', sha256: 'a'.repeat(64), rows: 40 };
const input: FineTuneInput = {
  key: 'k',
  candidate: CandidateSchema.parse({ name: 'a', base: 'smollm2-135m' }),
  base: { uri: 'file:///base', sha256: 'b'.repeat(64) },
  dataset: {
    uri: 'file:///d',
    version: '1',
    sha256: 'c'.repeat(64),
    generated: 40,
    kept: 40,
    rejected: {},
    train: ref,
    validation: ref,
    test: ref,
    trainExamples: ref,
  },
  seed: 1,
  model: 'demo',
  configHash: 'd'.repeat(64),
};

async function cardOf(trained: Partial<TrainedModel>): Promise<string> {
  const folder = await mkdtemp(join(os.tmpdir(), 'whetstone-card-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const model = { uri: 'file:///m', sha256: 'e'.repeat(64) };
  await modelCard({ folder, input, trained: { model, trainSeconds: 1, steps: 8, ...trained } });
  return readFile(join(folder, 'README.md'), 'utf8');
}

it('lists the examples that were too long to train on, the first by line (F11)', async () => {
  const first = [{ line: 7, tokens: 300, question: 'What is\na coil?' }];
  const examples = { examples: 40, tooLong: 2, limit: 256, longest: 310, meanTokens: 36.5, first };
  const card = await cardOf({ examples, recipe: 'facts' });
  expect(card).toContain('| left out as too long | 2 of 40 (above 256 tokens) |');
  expect(card).toContain('- line 7, 300 tokens: What is a coil?\n- and 1 more');
  expect(card).toContain('| recipe | facts |');
  expect(card).toContain('| learning rate | 0.0003 |');
  expect(card).toContain('| base licence | Apache-2.0 |');
});

it('says nothing of lengths where none were counted', async () => {
  expect(await cardOf({})).not.toMatch(/too long/);
});
