import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CandidateSchema, RetrievalSchema } from '../../configs/schema.ts';
import type { ImproveResult, RunProgress } from '../../contract/messages.ts';
import type { AnswerInput, CompareInput, FineTuneInput } from '../../contract/model-stages.ts';
import type { RegisterInput } from '../../contract/promotion-stages.ts';
import { fakeActivities, fakeConfig } from '../support/fake-activities.ts';
import { openBookOf } from '../support/open-book.ts';
import { startImprove } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

it('a run with documents trains, asks and registers its candidates with them, and trains nothing that quotes, nor a prompt', async () => {
  const { index } = openBookOf();
  const asked: AnswerInput[] = [];
  const trained: FineTuneInput[] = [];
  const compared: CompareInput[] = [];
  const registered: RegisterInput[] = [];
  const examples = [{ question: 'Q?', asked: 'P Q?', answered: 'A.' }];
  const prompt = {
    file: 'p.json',
    sha256: 'aa',
    madeBy: 'dspy 3.4.1',
    systemPrompt: 'Be brief.',
    examples,
    notes: ['n'],
  };
  const config = fakeConfig({
    retrieval: RetrievalSchema.parse({ unit: 'sentences' }),
    candidates: [
      { name: 'tuned', openBook: {} },
      { name: 'quote', provider: 'quote', base: 'tiny-llama', sentences: 2 },
      { name: 'dspy', provider: 'prompt', base: 'tiny-llama', prompt },
    ].map((one) => CandidateSchema.parse(one)),
  });
  const fakes = fakeActivities().activities;
  const { activities } = fakeActivities({
    resolveConfig: async () => ({ config, configHash: 'c'.repeat(64), source: 'configs/demo.yaml', batched: false }),
    readDocuments: async (input) => ({ ...(await fakes.readDocuments(input)), index }),
    prepareTraining: async (input) => {
      trained.push(input);
      return { ...(await fakes.prepareTraining(input)), notes: ['3 askings are not trained on'] };
    },
    answerSuite: async (input) => {
      asked.push(input);
      return fakes.answerSuite(input);
    },
    compareArms: async (input) => {
      compared.push(input);
      return fakes.compareArms(input);
    },
    registerCandidate: async (input) => {
      registered.push(input);
      return { version: 1 + registered.length, baseVersion: 1 };
    },
    decideGate: async () => ({
      decision: 'hold',
      suite: 'test',
      candidate: 'tuned',
      reasons: [],
      others: ['quote', 'dspy'].map((candidate) => ({ decision: 'hold', suite: 'test', candidate, reasons: [] })),
    }),
  });
  await withWorkers(env, activities, async () => {
    const handle = await startImprove(env);
    const result = (await handle.result()) as ImproveResult;
    expect(result.candidates.map(({ name, modelUri }) => [name, modelUri])).toEqual([
      ['tuned', expect.stringContaining('file:///models/')],
      ['quote', 'quote://sentences-2@1'],
      ['dspy', expect.stringContaining('file:///models/')],
    ]);
    const { warnings } = await handle.query<RunProgress>('progress');
    expect(warnings).toContain('dspy: p.json: n');
  });
  expect(trained).toMatchObject([{ candidate: { name: 'tuned' }, openBook: { index, unit: 'sentences', k: 4 } }]);
  const withDocuments = asked.flatMap(({ arm }) =>
    arm.kind === 'model' && arm.servedAs?.openBook ? [`${arm.name} ${arm.servedAs.openBook.index.sha256}`] : [],
  );
  // The arms are asked side by side: their order is not part of the promise.
  expect(withDocuments.toSorted()).toEqual(
    ['base-open', 'dspy', 'extract', 'quote', 'tuned'].map((name) => `${name} ${index.sha256}`),
  );
  const names = asked.map(({ arm }) => arm.name);
  expect(names).toContain('tuned-closed');
  // It is the base, which answers without them under its own name.
  expect(names).not.toContain('dspy-closed');
  expect(compared[0]?.serving?.['tuned']).toMatchObject({ openBook: { index } });
  expect(compared[0]?.models).toMatchObject({ quote: 'sentences-2@1', extract: 'sentences-3@1' });
  expect(registered.map(({ candidate }) => [candidate.name, candidate.servedAs?.openBook?.index.sha256])).toEqual([
    ['tuned', index.sha256],
    ['quote', index.sha256],
    ['dspy', index.sha256],
  ]);
  const [tuned, , dspy] = registered.map(({ candidate }) => candidate.servedAs);
  expect(dspy).toMatchObject({ systemPrompt: 'Be brief.', openBook: { examples } });
  expect(tuned).toMatchObject({ systemPrompt: '' });
  expect(tuned?.openBook).not.toHaveProperty('examples');
});
