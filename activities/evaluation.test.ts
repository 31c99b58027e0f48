import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CandidateSchema, RunConfigSchema } from '../configs/schema.ts';
import { createFileStore } from '../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { AnswerSchema, type SuiteRef } from '../schema/evaluation.ts';
import type { ChatModel, ChatRequest } from '../contract/ports.ts';
import type { Weights } from '../schema/model-ref.ts';
import { decideCandidate } from '../registry/promotion-gate.ts';
import type { EvaluationDependencies } from './dependencies.ts';
import { evaluationActivities } from './evaluation.ts';
import type { Activities } from '../contract/activities.ts';
import type { Arm } from '../contract/model-stages.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluation-'));
  artifacts = createFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const RIGHT = 'The blue kettle holds two litres of water.';
/** What each model says, by the hash of its weights. */
const SAYS: Record<string, string> = { small: 'Water.', large: 'It is blue.', 'of-small': 'Blue.', 'of-large': RIGHT };

const config = RunConfigSchema.parse({
  name: 'demo',
  documents: 'docs',
  candidates: ['of-small', 'of-large'].map((name) => CandidateSchema.parse({ name, base: 'tiny-llama' })),
  serving: { systemPrompt: 'Be kind.', maxTokens: 50 },
  evaluation: { metrics: ['correctness', 'safety'] },
});

/** The activities over models that always say the same; `asked` has what each was asked. */
function evaluation() {
  const asked: { model: string; request: ChatRequest }[] = [];
  const chatModel = ({ sha256: model }: Weights): ChatModel => ({
    provider: 'local',
    model,
    concurrency: 1,
    chat: async (request) => {
      asked.push({ model, request });
      return { text: SAYS[model] ?? '', finishReason: 'stop', inputTokens: 1, outputTokens: 1 };
    },
  });
  const fakes: Partial<Record<keyof EvaluationDependencies, unknown>> = {
    artifacts,
    modelServer: { chatModel },
    hosted: { acme: (id: string) => chatModel({ uri: '', sha256: id }) },
    ledger: { wrap: (model: ChatModel) => model },
  };
  const activities = evaluationActivities(fakes as EvaluationDependencies);
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  type Name = keyof typeof activities;
  const run = <N extends Name>(name: N, input: Parameters<Activities[N]>[0]) =>
    environment.run(activities[name] as never, input) as ReturnType<Activities[N]>;
  return { run, asked };
}

/** Three wordings of one fact, as people would import them. */
async function oneFact(): Promise<SuiteRef> {
  const wordings = ['How much water does it hold?', 'Tell me how much it holds.', 'What does the blue kettle hold?'];
  const rows = wordings.map((question, i) => ({ id: `q${i}`, question, answer: RIGHT, cluster: 'blue' }));
  const questions = await artifacts.writeJsonLines({ kind: 'suites', rows });
  return { name: 'test', askedBy: 'dataset', declares: 'same facts, new wording', questions };
}

const model = (name: string, sha256 = name): Arm => ({
  name,
  kind: 'model',
  model: { uri: pathToFileURL(folder).href, sha256 },
});
const terms = { runId: 'run', fresh: false, budget: {} };

it('asks what serves with its own prompt and sampling, others as the config says (F32), and an echo nothing', async () => {
  const { run, asked } = evaluation();
  const suite = await oneFact();
  const servedAs = { systemPrompt: 'Speak as last year.', temperature: 0.3, maxTokens: 12 };
  const incumbent = { ...model('incumbent', 'small'), servedAs };
  for (const arm of [incumbent, model('of-large')]) await run('answerSuite', { ...terms, config, suite, arm });
  expect(asked.map(({ request }) => [request.messages[0]?.content, request.temperature, request.maxTokens])).toEqual([
    ...Array<unknown>(3).fill(['Speak as last year.', 0.3, 12]),
    ...Array<unknown>(3).fill(['Be kind.', 0, 50]),
  ]);
  const echoed = await run('answerSuite', { ...terms, config, suite, arm: { name: 'echo', kind: 'echo' } });
  expect(asked).toHaveLength(6);
  const answers = await artifacts.loadJsonLines(echoed, AnswerSchema);
  expect(answers.map(({ arm }) => arm)).toEqual(['echo', 'echo', 'echo']);
  expect(answers.every(({ answer }) => answer.length > 0)).toBe(true);
});

it('asks a hosted model at its provider, and names the providers that are known to one that is not', async () => {
  const { run, asked } = evaluation();
  const suite = await oneFact();
  const at = (provider: string): Arm => ({
    name: 'a',
    kind: 'model',
    model: { kind: 'hosted', provider, id: 'large' },
  });
  const answers = await run('answerSuite', { ...terms, config, suite, arm: at('acme') });
  expect(asked.map(({ model: name }) => name)).toEqual(['large', 'large', 'large']);
  expect((await artifacts.loadJsonLines(answers, AnswerSchema)).map(({ answer }) => answer)[0]).toBe(SAYS.large);
  await expect(run('answerSuite', { ...terms, config, suite, arm: at('acmee') })).rejects.toThrow(
    "arm 'a': model 'large': unknown provider 'acmee'; did you mean 'acme'?",
  );
});

it('compares each candidate with its own base (F30), shows the best one, and holds on one fact (F4)', async () => {
  const { run } = evaluation();
  const suite = await oneFact();
  const arms: Arm[] = [
    model('base:small', 'small'),
    model('base:large', 'large'),
    model('of-small'),
    model('of-large'),
    { name: 'echo', kind: 'echo' },
  ];
  const answers = [];
  for (const arm of arms) answers.push(await run('answerSuite', { ...terms, config, suite, arm }));
  const { evaluation: found, sample } = await run('compareArms', {
    config,
    suites: [{ suite, answers: answers.map(({ uri, sha256, rows }) => ({ uri, sha256, rows })) }],
    against: 'base',
    bases: { 'of-small': 'base:small', 'of-large': 'base:large' },
    models: {},
  });
  const compared = found.suites[0]!.comparisons.filter(({ metric }) => metric === 'correctness');
  expect(compared.map(({ candidate, against }) => `${candidate} against ${against}`)).toEqual([
    'of-small against base:small',
    'of-small against echo',
    'of-large against base:large',
    'of-large against echo',
  ]);
  expect(sample).toMatchObject({ tuned: RIGHT, base: SAYS.large });
  const { decision, reasons } = decideCandidate({ evaluation: found, gate: config.gate, candidate: 'of-large' });
  expect(decision).toBe('hold');
  expect(reasons[0]).toContain('correctness on test: +1.00 (95% interval -1.00 to 1.00) against base:large');
  expect(reasons).toContain('too few facts: 1 of 20 on test (gate.minClusters)');
});
