import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConfigSchema, StagePolicySchema, type RunConfigInput } from '../../configs/schema.ts';
import { chunkDocument } from '../../documents/chunk.ts';
import { generationRequest } from '../../generation/request.ts';
import { readDocuments } from '../../documents/read.ts';
import { judgementRequest } from '../../judges/models/llm.ts';
import { loadRubric } from '../../judges/rubrics.ts';
import { taskOf } from '../../test/support/examples.ts';
import { openLedger, type Ledger } from '../../providers/ledger/ledger.ts';
import { createChatModel } from '../../providers/index.ts';
import type { ChatModel } from '../../contract/ports.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { describeChanges } from '../../worker/cli/plan-changes-text.ts';
import { describeGate } from '../../worker/cli/plan-text.ts';
import { planRun } from './plan.ts';
import { contextOf } from '../../generation/judge-pairs.ts';

let root: string;
let ledger: Ledger;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'whetstone-plan-'));
  await mkdir(join(root, 'docs'));
  await writeFile(join(root, 'docs', 'a.md'), '# A\n\nThe harbour keeps 40 barrels.\n');
  await writeFile(join(root, 'docs', 'b.md'), '# B\n\nThe village mill keeps 12 bales.\n');
  ledger = await openLedger(join(root, 'ledger.db'));
});
afterEach(async () => {
  await ledger.close();
  await rm(root, { recursive: true, force: true });
});

const teacher = {
  provider: 'openai' as const,
  model: 'small',
  baseUrl: 'https://models.example/v1',
  apiKeyEnv: 'TEAM_KEY',
};
const config = (more: Partial<RunConfigInput> = {}) =>
  RunConfigSchema.parse({
    name: 'demo',
    documents: 'docs',
    teacher,
    generation: { target: 4, phrasings: 2, surplus: 0 },
    judges: ['grounded', { judge: 'llm', rubric: 'faithfulness', model: teacher }],
    ...more,
  });
const speed = { past: [], machine: { cores: 2, gpu: false } };
const plan = (run = config()) => planRun({ config: run, projectRoot: root, allowedRoots: [root], ledger, ...speed });

it('forecasts very many passages from some of them, the facts to be held out as a range (F25)', async () => {
  const sections = Array.from(
    { length: 2500 },
    (_, i) => `## Part ${i}\n\nThe harbour ${i} keeps ${i + 40} barrels.\n`,
  );
  await writeFile(join(root, 'docs', 'a.md'), sections.join('\n'));
  const told: string[] = [];
  const plan = await planRun({
    config: config({ teacher: { provider: 'builtin' }, generation: { target: 100_000, phrasings: 4 } }),
    projectRoot: root,
    allowedRoots: [root],
    ledger,
    ...speed,
    onDocument: (done, total, text) => void told.push(`${done}/${total} ${text}`),
  });
  expect(plan.chunks).toBe(2501);
  expect(plan.gate.clusters.low).toBeLessThan(2501);
  expect(plan.gate.clusters.high).toBeGreaterThan(plan.gate.clusters.low);
  expect(told).toEqual(['1/2 a', '2/2 b']);
});

describe('the plan of a run', () => {
  it('names the documents that can not be read, and stops where they are too many', async () => {
    await writeFile(join(root, 'docs', 'c.pdf'), 'no PDF');
    const { documents, notes } = await plan(config({ limits: { maxFailed: 0.5 } }));
    expect(documents).toBe(2);
    expect(notes).toEqual([
      '1 of 3 documents failed: 1 malformed. It was file docs/c.pdf (malformed: a file that is no PDF; give it the ending of its format, or remove it).',
    ]);
    await writeFile(join(root, 'docs', 'd.docx'), 'no ZIP');
    await expect(plan()).rejects.toThrow(/2 of 4 documents failed .* file docs\/c\.pdf/s);
  });

  it('counts the calls of each stage, with no key and no call', async () => {
    const { documents, chunks, stages, gate } = await plan();
    expect([documents, chunks]).toEqual([2, 2]);
    expect(stages.map(({ stage, calls, known }) => ({ stage, calls, known }))).toEqual([
      // Up to three further rounds, each for half of what the one before was asked for.
      { stage: 'generation', calls: { low: 2, high: 4 }, known: 0 },
      // One fact a chunk, two phrasings, of which a passage states half at least.
      { stage: 'judging by llm-faithfulness', calls: { low: 2, high: 5 }, known: 0 },
      // Each model is asked one small thing first (F34).
      { stage: 'first request: teacher', calls: { low: 1, high: 4 }, known: 0 },
      { stage: 'first request: judge llm-faithfulness', calls: { low: 1, high: 4 }, known: 0 },
    ]);
    expect(stages[0]?.inputTokens.low).toBeGreaterThan(500);
    expect(gate).toMatchObject({ suite: 'test', clusters: { low: 1, high: 2 } });
    expect(gate.detectable[0]!.difference.low).toBeLessThan(gate.detectable[0]!.difference.high);
  });

  it('leaves out what the ledger holds, by the very requests that the run will make', async () => {
    const run = config();
    const [first] = await readDocuments({ sources: 'docs', projectRoot: root, allowedRoots: [root] });
    const [chunk] = chunkDocument(first!, run.chunking);
    const questions = ['How many barrels does the harbour keep?', 'What does the harbour keep?'];
    const fact = { questions, answer: chunk!.text, quotes: [chunk!.text], kind: 'factual' };
    const real = createChatModel(run.teacher, {
      env: { TEAM_KEY: 'k' },
      servers: { TEAM_KEY: ['https://models.example'] },
    });
    const scripted: ChatModel = {
      ...real,
      chat: async ({ responseSchema }) => ({
        text:
          responseSchema?.name === 'facts'
            ? JSON.stringify({ facts: [fact] })
            : '{"label": "supported", "reason": "x"}',
        finishReason: 'stop',
        inputTokens: 500,
        outputTokens: 80,
      }),
    };
    const paid = ledger.wrap(scripted, { runId: 'earlier' });
    const { temperature, maxTokens } = remote(run.teacher);
    const task = taskOf(chunk!, { facts: 1, phrasings: 2 });
    await paid.chat(generationRequest(task, run.generation, { temperature, maxTokens }));
    const subject = { question: questions[0]!, answer: chunk!.text, context: contextOf([chunk!]) };
    await paid.chat(judgementRequest(loadRubric('faithfulness'), subject));

    const [generation, judging] = (await plan(run)).stages;
    expect(generation).toMatchObject({ calls: { low: 1, high: 2 }, known: 1 });
    // One pair left of the chunk that is known, and one or two of the other.
    expect(judging).toMatchObject({ calls: { low: 2, high: 4 }, known: 1 });
    expect(generation?.outputTokens).toEqual({ low: 64, high: 192 });
  });

  it('has nothing to pay for with the built-in teacher and rules', async () => {
    const builtin = { teacher: { provider: 'builtin' as const }, judges: ['grounded'] };
    const { stages, chunks, gate } = await plan(config(builtin));
    expect([stages, chunks]).toEqual([[], 2]);
    // Its rules are asked what they will find: no range.
    expect(gate.clusters).toEqual({ low: 2, high: 2 });
    await writeFile(join(root, 'docs', 'b.md'), '# B\n\n- barrels\n- bales\n');
    expect((await plan(config(builtin))).gate.clusters).toEqual({ low: 1, high: 1 });
  });

  it('says before that the gate will hold: too few facts (F4), and no questions of people', async () => {
    const run = config({ teacher: { provider: 'builtin' }, judges: ['grounded'] });
    const policy = StagePolicySchema.parse({});
    const { gate } = await planRun({ config: run, projectRoot: root, allowedRoots: [root], ledger, policy, ...speed });
    expect(describeGate(gate)).toEqual([
      expect.stringContaining('The gate decides on 2 facts or questions of test'),
      'The gate will hold: too few facts, 2 of 20 (gate.minClusters).',
      'The gate will hold: no suite has questions that people wrote (gate.withoutPeoplesQuestions).',
    ]);
    expect(describeGate({ ...gate, clusters: { low: 15, high: 30 }, lacksPeople: false }).at(-1)).toBe(
      'The gate may hold: too few facts, 15 to 30 of 20 (gate.minClusters).',
    );
    const asked = { ...policy, approvals: 1 };
    expect(
      (await planRun({ config: run, projectRoot: root, allowedRoots: [root], ledger, policy: asked, ...speed })).gate,
    ).toMatchObject({ lacksPeople: false });
  });
});

/** The fields of a remote teacher. */
function remote(spec: ReturnType<typeof config>['teacher']) {
  if (spec.provider === 'builtin') throw new Error('expected a remote teacher');
  return spec;
}

it('forecasts what comes beside generating and judging, by the model that is paid for it', async () => {
  const judge = { ...teacher, model: 'judge' };
  const run = config({
    generation: {
      target: 40,
      phrasings: 2,
      kinds: { factual: 1, unanswerable: 1 },
      preferences: { answers: 3, confirmedBy: judge },
    },
    judges: [{ judge: 'claims', model: judge }],
    filters: { semanticDuplicates: { model: { ...teacher, model: 'vectors' } } },
  });
  const plan = await planRun({ config: run, projectRoot: root, allowedRoots: [root], ledger, ...speed });
  const stages = plan.stages.map(({ stage, model }) => `${stage} by ${model}`);
  expect(stages).toEqual([
    'generation by openai/small',
    'judging by claims by openai/judge',
    'preferences by openai/small',
    'comparing preferences by openai/judge',
    'corrections by openai/small',
    'semantic duplicates by openai/vectors',
    'first request: teacher by openai/small',
    'first request: judge claims by openai/judge',
    'first request: comparing preferences by openai/judge',
    'first request: semantic duplicates by openai/vectors',
  ]);
  for (const { calls } of plan.stages) expect(calls.high).toBeGreaterThan(0);
});

describe('documents that changed since what serves was made', () => {
  const textOf = async (before: { chunks: unknown[] } | undefined) => {
    const readJsonLines = async function* () {
      yield* before?.chunks ?? [];
    } as ArtifactStore['readJsonLines'];
    const made = before && { chunks: { uri: 'file:///chunks', sha256: 'c', rows: 1 } };
    const incumbent = { version: 2, model: { uri: 'file:///w', sha256: 'w' }, ...(made && { made }) };
    const { changes } = await planRun({
      config: config({ teacher: { provider: 'builtin' } }),
      projectRoot: root,
      allowedRoots: [root],
      ledger,
      ...speed,
      serves: { incumbent, artifacts: { readJsonLines } },
    });
    return describeChanges(changes).join('\n');
  };
  const passages = async () =>
    (await readDocuments({ sources: ['docs'], projectRoot: root, allowedRoots: [root] })).flatMap((document) =>
      chunkDocument(document, { maxTokens: 160 }),
    );

  it('are told statement by statement, with what the gate makes of it', async () => {
    const before = { chunks: await passages() };
    expect(await textOf(before)).toContain('The documents say what they said for version 2, which serves.');
    await writeFile(join(root, 'docs', 'b.md'), '# B\n\nThe village mill keeps 15 bales.\n');
    const text = await textOf(before);
    expect(text).toContain('Since version 2, which serves: 1 statement changed, 0 added, 0 removed.');
    expect(text).toContain(
      '  changed in b:\n    - The village mill keeps 12 bales.\n    + The village mill keeps 15 bales.',
    );
    expect(text).toContain('The rule gate.corrections promotes what answers them right');
  });

  it('are named as not compared where nobody knows what that was made of', async () => {
    expect(await textOf(undefined)).toContain(
      'not compared with those of version 2, which serves: version 2 was made of no documents',
    );
  });
});
