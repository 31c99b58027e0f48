import { execFile } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunConfigInput } from '../configs/schema.ts';
import { chunkDocument } from '../documents/chunk.ts';
import { generationRequest } from '../generation/request.ts';
import { parseGeneration } from '../generation/parse.ts';
import { taskOf } from './support/examples.ts';
import { readParquet } from '../tables/parquet.ts';
import { readDocuments } from '../documents/read.ts';
import { ANSWER_COLUMNS } from '../evaluation/answers-parquet.ts';
import { createBuiltinTeacher } from '../teacher/model.ts';
import { createModelServer, modelServerCommand } from '../providers/inference/transformers.ts';
import { Supervisor } from '../worker/system/supervise.ts';
import type { ImproveResult } from '../contract/messages.ts';
import type { EvaluateResult } from '../contract/version-messages.ts';
import { ADAPTERS, CHAT_CONTRACT } from './support/chat-contract.ts';
import { decide, untilWaiting } from './support/scenarios.ts';
import {
  copyArticles,
  freePorts,
  outcomeOf,
  startConfig,
  startTestSystem,
  type Run,
  type TestSystem,
} from './support/system.ts';

/** The whole loop on real components, small: documents to a served model that is rolled back. Tests build on each other. */

const URGENT = ['when-to-seek-urgent-care'];
const FACTUAL = ['menstrual-cycle-basics', 'copper-coil'];

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

const config = (overrides: Partial<RunConfigInput> = {}): RunConfigInput => ({
  name: 'loop',
  documents: system.documents,
  generation: { target: 80 },
  candidates: [{ name: 'tuned', maxSteps: 100 }],
  // Two or three articles hold few facts.
  gate: { minClusters: 5, withoutPeoplesQuestions: 'allow' },
  ...overrides,
});

async function run(
  overrides: Partial<RunConfigInput> = {},
): Promise<{ result: ImproveResult; outcome: Awaited<ReturnType<typeof outcomeOf>> }> {
  const started = await startConfig(system, config(overrides));
  const outcome = await outcomeOf(system, started);
  return { result: (await started.ended).result, outcome };
}

async function ask(
  question: string,
  model = 'loop',
): Promise<{ answer: string; version: string | null; id: string | null }> {
  const client = new OpenAI({ baseURL: `${system.running.gateway}/v1`, apiKey: 'none', maxRetries: 0 });
  const { data, response } = await client.chat.completions
    .create({ model, messages: [{ role: 'user', content: question }] })
    .withResponse();
  return {
    answer: data.choices[0]?.message.content ?? '',
    version: response.headers.get('x-whetstone-version'),
    id: response.headers.get('x-whetstone-answer-id'),
  };
}

/** The command line, as a user runs it. */
const whetstone = (...args: string[]) =>
  promisify(execFile)(join(system.paths.projectRoot, 'bin/whetstone.mjs'), args, { env: { ...system.env } });

type Row = Record<'questionId' | 'arm' | 'question' | 'answer', string>;
async function readRows(uri: string): Promise<Row[]> {
  const rows = [];
  for await (const row of readParquet({ path: fileURLToPath(uri), columns: ANSWER_COLUMNS })) rows.push(row);
  return rows as Row[];
}

/** Asks the weights themselves: a model server that this run has never used. */
async function answerInFreshProcess(result: ImproveResult, questions: readonly string[]): Promise<Map<string, string>> {
  const [candidate] = result.candidates;
  const [port = 0] = await freePorts(1);
  const folder = join(system.paths.state, 'fresh');
  const supervisor = new Supervisor({
    recordsDir: join(folder, 'processes'),
    logsDir: join(folder, 'logs'),
    say: () => {},
  });
  const serve = modelServerCommand({ python: process.env.WHETSTONE_PYTHON ?? '', port });
  const baseUrl = `http://127.0.0.1:${port}`;
  const ready = async () => (await fetch(`${baseUrl}/health`)).ok;
  await supervisor.start({
    name: 'fresh-server',
    ...serve,
    env: { ...process.env, ...serve.env },
    ready,
    readyTimeoutMs: 120_000,
    graceMs: 2_000,
  });
  try {
    const model = createModelServer({ baseUrl }).chatModel(
      { uri: candidate?.modelUri ?? '', sha256: candidate?.modelSha256 ?? '' },
      1,
    );
    const answered = new Map<string, string>();
    for (const content of questions) {
      const { text } = await model.chat({ messages: [{ role: 'user', content }], temperature: 0, maxTokens: 96 });
      answered.set(content, text);
    }
    return answered;
  } finally {
    await supervisor.stop();
  }
}

/** A question of each fact in these documents, with its reference. */
async function questionsOf(sources: string[]): Promise<{ question: string; answer: string }[]> {
  const { projectRoot } = system.paths;
  const teacher = createBuiltinTeacher();
  const read = await readDocuments({ sources, projectRoot, allowedRoots: [join(system.documents, '..')] });
  const pairs = await Promise.all(
    read
      .flatMap((document) => chunkDocument(document, { maxTokens: 160 }))
      .map(async (chunk) => {
        const task = taskOf(chunk, { facts: 20 });
        const { text } = await teacher.chat(generationRequest(task, { guidelines: [] }));
        return parseGeneration({ reply: text, task, teacher: 'builtin' }).pairs;
      }),
  );
  return pairs
    .flat()
    .filter(({ phrasing }) => phrasing === 0)
    .map(({ question, answer }) => ({ question, answer }));
}

/** The id of the promotion that a run started, once it has. */
async function untilPromotion({ workflowId, runId }: Run): Promise<string> {
  const result = (await system.client.workflow.getHandle(workflowId, runId).result()) as ImproveResult;
  if (!result.promotion) throw new Error(`${workflowId} started no promotion: ${result.gate.reasons.join('; ')}`);
  return result.promotion.workflowId;
}

const documents = (names: string[]) => names.map((article) => join(system.documents, `${article}.md`));
const mixedSuite = () => join(system.documents, '..', 'mixed.jsonl');
/** A model that is measured on urgent and on plain questions alike. */
const guarded = (): Partial<RunConfigInput> => ({
  name: 'guarded',
  evaluation: { suites: [mixedSuite()] },
  gate: { suite: 'mixed', minUplift: 0, minClusters: 5 },
});

const QUESTION = 'How many days does a typical menstrual cycle last?';
let first: ImproveResult;

describe('the loop', () => {
  it('goes from documents to a promoted model that answers held-out wordings', async () => {
    copyArticles(system, FACTUAL);
    const { result, outcome } = await run();
    first = result;
    expect(outcome).toMatchObject({
      decision: 'promote',
      promotion: 'promoted',
      versions: ['1 base', '2 tuned'],
      moves: ['bootstrap 1', 'promote 2'],
    });
    expect(result.dataset.generated).toBe(
      result.dataset.kept + Object.values(result.dataset.rejected).reduce((sum, n) => sum + n, 0),
    );
    expect(result.ledger.misses).toBeGreaterThan(0);
    expect(await ask(QUESTION)).toMatchObject({ version: '2', id: expect.stringMatching(/.+/) });
  });

  it('gives the same answers from the promoted weights in a fresh process, with the documents out of reach', async () => {
    const suite = first.evaluation.suites.find(({ name }) => name === 'test');
    const rows = await readRows(suite?.results.uri ?? '');
    const answers = new Map(
      rows.filter(({ arm }) => arm === 'tuned').map(({ question, answer }) => [question, answer]),
    );
    expect(answers.size).toBeGreaterThan(5);
    renameSync(system.documents, `${system.documents}-away`);
    try {
      expect(await answerInFreshProcess(first, [...answers.keys()])).toEqual(answers);
    } finally {
      renameSync(`${system.documents}-away`, system.documents);
    }
  });

  describe.each(Object.entries(ADAPTERS))('the %s adapter, against the real model server', (_name, create) => {
    it.each(Object.entries(CHAT_CONTRACT))('%s', async (_promise, keeps) => {
      // Relative to the server's folder: one client takes a model that begins with a slash for an address.
      const folder = relative(process.cwd(), fileURLToPath(first.candidates[0]?.modelUri ?? ''));
      const url = `${system.running.modelServer}/v1`;
      await keeps((changes) =>
        create({ url, keys: { env: {}, servers: {} }, model: folder, timeoutMs: 60_000, ...changes }),
      );
    });
  });

  it('runs every stage again when nothing changed, answers calls from the ledger, and holds an equal candidate', async () => {
    const { result, outcome } = await run();
    expect(result.dataset.sha256).toBe(first.dataset.sha256);
    expect(result.candidates[0]?.modelSha256).toBe(first.candidates[0]?.modelSha256);
    expect(result.ledger.misses).toBe(0);
    expect(result.ledger.hits).toBeGreaterThan(first.ledger.hits);
    expect(Object.keys(result.seconds)).toEqual(expect.arrayContaining(['generation', 'training', 'evaluation']));
    expect(outcome).toMatchObject({ decision: 'hold', versions: ['1 base', '2 tuned', '3 tuned'], trainings: 1 });
  });

  it('holds a candidate trained for 3 steps, and production answers as before', async () => {
    const before = await ask(QUESTION);
    const { outcome } = await run({ candidates: [{ name: 'tuned', maxSteps: 3 }] });
    expect(outcome.decision).not.toBe('promote');
    expect(outcome.versions).toEqual(['1 base', '2 tuned', '3 tuned', '4 tuned']);
    expect(await ask(QUESTION)).toMatchObject({ answer: before.answer, version: '2' });
  });

  it('rolls back on the command line, and the very next answer comes from the version before', async () => {
    const { stdout } = await whetstone('rollback', 'loop', '--base', '--by', 'ada', '--why', 'a test of the brakes');
    expect(stdout).toContain('points at version 1 again');
    const asked = await whetstone('ask', 'loop', QUESTION);
    expect(asked.stderr).toContain('version 1');
    expect((await ask(QUESTION)).version).toBe('1');
    const { stdout: models } = await whetstone('models', 'loop');
    expect(models).toContain('rollback by ada: a test of the brakes');
  });

  it('waits for the approval that a run asks for, and promotes once it is given', async () => {
    copyArticles(system, URGENT);
    const asked = await questionsOf(documents([...URGENT, ...FACTUAL]));
    writeFileSync(mixedSuite(), asked.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const started = await startConfig(
      system,
      config({ ...guarded(), documents: documents(URGENT), generation: { target: 40 }, promote: { approvals: 1 } }),
    );
    const handle = system.client.workflow.getHandle(await untilPromotion(started));
    await untilWaiting(handle);
    await expect(ask(QUESTION, 'guarded')).rejects.toThrow(/production/);
    const { stdout } = await whetstone('approve', '--by', 'ada', '--why', 'reads well');
    expect(stdout).toContain('approved by ada');
    expect((await started.ended).promotion?.status).toBe('promoted');
    expect((await ask(QUESTION, 'guarded')).version).toBe('2');
    await expect(decide(handle, 'reject', { by: 'bob', why: 'too late' })).rejects.toThrow(
      /already completed|not found/i,
    );
  });

  it('does not promote a candidate that is better on correctness and worse on safety', async () => {
    const { result, outcome } = await run({ ...guarded(), documents: documents(FACTUAL) });
    const compared = result.evaluation.suites[0]?.comparisons.filter(({ against }) => against === 'incumbent') ?? [];
    const difference = (metric: string) => compared.find((c) => c.metric === metric)?.difference ?? 0;
    expect(difference('correctness')).toBeGreaterThan(0);
    expect(difference('safety')).toBeLessThan(0);
    expect(outcome.decision).not.toBe('promote');
    expect(outcome.moves).toEqual(['bootstrap 1', 'promote 2']);
  });

  it('evaluates a version again as its run did, out of the ledger', async () => {
    const again = JSON.parse((await whetstone('evaluate', 'loop@v4', '--json')).stdout) as EvaluateResult;
    expect(again).toMatchObject({ version: 4, seq: 1, config: 'as it was evaluated', ledger: { misses: 0 } });
    expect(again.evaluation.suites.map(({ name }) => name)).toEqual(['test']);
  });

  it('takes a model that was made elsewhere: registered, evaluated, promoted, and followed from its answer', async () => {
    const folder = fileURLToPath(first.candidates[0]?.modelUri ?? '');
    const said = ['--by', 'ada', '--why', 'made elsewhere'];
    const register = ['register', 'adopted', '--folder', folder, '--max-tokens', '64', ...said];
    expect((await whetstone(...register)).stdout).toMatch(
      /Registered as adopted@v1\n {2}file:\/\/.*\/models\/adopted\//,
    );
    expect((await whetstone(...register)).stdout).toContain('is adopted@v1 already; nothing was changed');
    await expect(whetstone('promote', 'adopted@v1', ...said)).rejects.toThrow(
      'Evaluate it: npx whetstone evaluate adopted@v1',
    );

    const [suite, file] = ['jsonl', 'yaml'].map((ending) => join(system.documents, '..', `adopted.${ending}`));
    const asked = await questionsOf(documents(FACTUAL));
    writeFileSync(suite!, asked.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const gate = { suite: 'adopted', minClusters: 5 };
    const elsewhere = config({
      name: 'adopted',
      documents: documents(FACTUAL),
      evaluation: { suites: [suite!] },
      gate,
    });
    writeFileSync(file!, JSON.stringify(elsewhere));
    const { stdout } = await whetstone('evaluate', 'adopted@v1', '--config', file!, '--json');
    const evaluated = JSON.parse(stdout) as EvaluateResult;
    expect(evaluated).toMatchObject({ model: 'adopted', version: 1, seq: 1, gate: { decision: 'promote' } });
    expect(evaluated.evaluation.models).toMatchObject({ registered: expect.any(String), base: expect.any(String) });

    expect((await whetstone('promote', 'adopted@v1', ...said)).stdout).toContain('asks to move production of adopted');
    for (let tries = 0; tries < 100 && !(await ask(QUESTION, 'adopted').catch(() => undefined)); tries++)
      await sleep(100);
    expect(await ask(QUESTION, 'adopted')).toMatchObject({
      version: '1',
      answer: (await ask(QUESTION, 'loop@2')).answer,
    });
    const { id } = await ask(QUESTION, 'adopted');
    const chain = (await whetstone('verify', id ?? '')).stdout;
    expect(chain).toMatch(/^ok {6}answer ans-adopted\.1\.production\.2\./);
    expect(chain).toContain('deployment adopted@production, move 2');
    expect(chain).toContain(`ok      server that answers at ${system.running.modelServer}`);
    expect(chain).toContain('The chain holds.');
    const [row] = await readRows(evaluated.evaluation.suites[0]?.results.uri ?? '');
    const answer = `${evaluated.evidence.evaluation.slice(0, 12)}/adopted/${row?.questionId}/${row?.arm}`;
    expect((await whetstone('why', answer)).stdout).toContain(`answer: ${row?.answer}`);
  });
});
