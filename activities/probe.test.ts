import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConfigSchema, type RunConfigInput } from '../configs/schema.ts';
import { openLedger, type Ledger } from '../providers/ledger/ledger.ts';
import { startFakeOpenAi, type FakeFailure, type FakeOptions, type FakeServer } from '../test/fakes/openai-server.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { toFailure } from './failure.ts';
import { probeActivities } from './probe.ts';
import type { ProbeResult } from '../contract/dataset-stages.ts';

let root: string;
let ledger: Ledger;
let server: FakeServer | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'probe-'));
  ledger = await openLedger(join(root, 'ledger.sqlite'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await ledger.close();
  await rm(root, { recursive: true, force: true });
});

const sentence = 'The blue kettle holds two litres of water.';
const good = JSON.stringify({
  facts: [{ questions: ['What holds the blue kettle?'], answer: sentence, quotes: [sentence], kind: 'factual' }],
});
const label = JSON.stringify({ reason: 'stated', label: 'supported' });

async function probe(
  fake: FakeOptions,
  more: Partial<RunConfigInput> = {},
  spec: object = {},
  failures: FakeFailure[] = [],
): Promise<ProbeResult[]> {
  server = await startFakeOpenAi(fake);
  server.failNext(...failures);
  const model = (name: string) => ({ provider: 'openai' as const, model: name, baseUrl: server?.url ?? '', ...spec });
  const config = RunConfigSchema.parse({
    name: 'x',
    documents: 'docs',
    teacher: model('teacher'),
    judges: ['grounded', { judge: 'llm', rubric: 'faithfulness', model: model('judge') }],
    ...more,
  });
  const { probeModels } = probeActivities({
    ledger,
    keys: { env: {}, servers: {} },
  } as Partial<GenerationDependencies> as GenerationDependencies);
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const input = { config, runId: 'r', fresh: false, budget: {} };
  return environment.run(() => probeModels(input)) as Promise<ProbeResult[]>;
}

describe('the first request to each model (F34)', () => {
  it('is a real one in the form of the run, counted in the ledger', async () => {
    const probes = await probe({ answer: ({ model }) => (model === 'judge' ? label : good) });
    expect(probes).toEqual([
      { use: 'teacher', model: 'openai/teacher', status: 'read' },
      { use: 'judge llm-faithfulness', model: 'openai/judge', status: 'read' },
    ]);
    expect((await ledger.counts('r')).misses).toBe(2);
    expect(server?.requests.map(({ body }) => body.response_format?.json_schema?.name).toSorted()).toEqual([
      'facts',
      'judgement',
    ]);
  });

  it('shows a reply that can not be read, with the likely cause and the fix', async () => {
    const [teacher, judge] = await probe({ answer: () => 'Sure! The kettle is blue and it boils.' });
    expect(teacher).toMatchObject({ status: 'unread' });
    expect(teacher?.why).toMatch(
      /It replied: "Sure! The kettle is blue and it boils\."\. Likely cause: .*no JSON mode.*format: lines/,
    );
    expect(judge).toMatchObject({ status: 'unread', why: expect.stringContaining('It replied: "Sure!') as string });
  });

  it('names a refusal of it in the words of the server, and lets the run go on', async () => {
    const refusal: FakeFailure = { kind: 'status', status: 400, message: 'No such tenant' };
    // In each of the ways in which structured output can be asked for.
    const [teacher] = await probe(
      { answer: () => good },
      { judges: ['grounded'] },
      {},
      Array.from({ length: 8 }, () => refusal),
    );
    expect(teacher).toMatchObject({
      status: 'refused',
      why: expect.stringContaining('No such tenant') as string,
    });
  });

  it.each([
    ['a wrong key', { apiKey: 'right' }, 'whetstone.provider.authentication'],
    ['an unknown model', { models: ['other'] }, 'whetstone.provider.not-found'],
  ])('fails the run at once for %s', async (_what, fake, type) => {
    const error: unknown = await probe(fake).catch((thrown: unknown) => thrown);
    expect(toFailure(error)).toMatchObject({ type, nonRetryable: true });
  });

  it('speaks in lines with models that are to be asked so', async () => {
    const lines = `Q: What holds the blue kettle?\nA: ${sentence}\nQuote: ${sentence}`;
    const probes = await probe(
      { answer: ({ model }) => (model === 'judge' ? 'Supported: yes' : lines) },
      {},
      { format: 'lines' },
    );
    expect(probes.map(({ status }) => status)).toEqual(['read', 'read']);
    expect(server?.requests.every(({ body }) => body.response_format === undefined)).toBe(true);
  });
});
