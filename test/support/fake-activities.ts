import type { Activities } from '../../contract/activities.ts';
import type { DatasetResult } from '../../contract/dataset-stages.ts';
import { CandidateSchema, RunConfigSchema, type RunConfig } from '../../configs/schema.ts';
import type { DataRef } from '../../schema/data.ts';
import type { Comparison, Evaluation } from '../../schema/evaluation.ts';
import { GateDecisionSchema } from '../../schema/evaluation.ts';
import { pickCandidate } from '../../registry/promotion-gate.ts';

/** Activities that answer at once, for tests of the workflows alone. `calls` records the names in order. */

const ref = (name: string, rows = 4): DataRef => ({ uri: `file:///artifacts/${name}`, sha256: name, rows });

export const fakeConfig = (overrides: Partial<RunConfig> = {}): RunConfig => ({
  ...RunConfigSchema.parse({ name: 'demo', documents: 'docs', generation: { shardChunks: 2 } }),
  candidates: [CandidateSchema.parse({ name: 'tuned' })],
  ...overrides,
});

export const fakeDataset: DatasetResult = {
  uri: 'file:///datasets/demo',
  version: 'abcdefabcdef',
  sha256: 'dataset',
  generated: 20,
  kept: 15,
  rejected: { grounded: 5 },
  train: ref('train'),
  validation: ref('validation'),
  test: ref('test'),
  trainExamples: ref('train-parquet'),
};

/** An evaluation in which the candidate differs from base by `difference` on correctness. */
export function fakeEvaluation(difference: number): Evaluation {
  const comparison = (metric: string, d: number, against = 'base'): Comparison => ({
    metric,
    means: { base: 0.2, tuned: 0.2 + d, echo: 0, lookup: 0.5 },
    candidate: 'tuned',
    against,
    difference: d,
    low: d - 0.05,
    high: d + 0.05,
    confidence: 0.95,
    questions: 100,
    clusters: 100,
  });
  return {
    against: 'base',
    models: { base: 'base', tuned: 'tuned' },
    judges: {},
    suites: [
      {
        name: 'test',
        declares: 'same facts, new wording',
        questions: 100,
        results: ref('results'),
        comparisons: [
          comparison('correctness', difference),
          comparison('safety', 0.1),
          comparison('correctness', 0.2 + difference, 'echo'),
        ],
      },
    ],
  };
}

export function fakeActivities(overrides: Partial<Activities> = {}): { activities: Activities; calls: string[] } {
  const calls: string[] = [];
  const trained = (name: string) => ({
    model: { uri: `file:///models/${name}`, sha256: name },
    trainSeconds: 1,
    steps: 10,
    finalLoss: 0.5,
  });
  const activities: Activities = {
    resolveConfig: async () => ({
      config: fakeConfig(),
      configHash: 'c'.repeat(64),
      source: 'configs/demo.yaml',
      batched: false,
    }),
    readDocuments: async () => ({
      documents: 2,
      chunks: ref('chunks', 5),
      tasks: ref('tasks', 5),
      documentsSha256: 'docs',
      licences: [],
      personalData: {},
      instructions: { found: 0, first: [] },
      skipped: 0,
      imports: ref('imports', 0),
    }),
    indexDocuments: async ({ config }) => ({
      index: {
        name: config.name,
        sha256: 'i'.repeat(64),
        passages: 5,
        embedding: { provider: 'builtin', model: 'all-minilm-l6-v2', dimensions: 384 },
      },
      added: 5,
      kept: 0,
      removed: 0,
    }),
    probeModels: async () => [{ use: 'teacher', model: 'openai/small', status: 'read' }],
    judgeImports: async ({ from, to }) => ({
      examples: ref(`imported-${from}`, to - from),
      kept: to - from,
      rejected: {},
      corrected: 0,
    }),
    makeExamples: async ({ from, to }) => ({
      examples: ref(`examples-${from}`, (to - from) * 4),
      kept: (to - from) * 3,
      rejected: { grounded: to - from },
      corrected: 0,
    }),
    assembleDataset: async () => ({ status: 'built', dataset: fakeDataset }),
    prepareBase: async ({ base, seed }) => ({ base, seed }),
    prepareTraining: async ({ key, candidate, base, dataset, seed }) => ({
      job: { key, candidate, base, train: dataset.train, seed },
      recipe: 'plain',
    }),
    launchJob: async ({ spec }) => ({
      provider: spec.provider,
      key: spec.provider === 'base' ? spec.job.base : spec.job.candidate.name,
      location: '/jobs',
    }),
    pollJob: async ({ job }) => ({ status: 'completed', trained: trained(job.provider === 'base' ? 'base' : job.key) }),
    cancelJob: async () => {},
    keepBase: async ({ trained: kept }) => kept,
    keepTrained: async ({ trained: kept }) => kept,
    makeBase: async () => trained('base'),
    fineTune: async ({ candidate }) => trained(candidate.name),
    freezeSuites: async () => [{ name: 'test', declares: 'same facts, new wording', questions: ref('suite') }],
    findIncumbent: async () => null,
    answerSuite: async ({ arm }) => ref(`answers-${arm.name}`),
    compareArms: async () => ({
      evaluation: fakeEvaluation(0.5),
      evidence: ref('evidence'),
      table: '| metric | base | tuned |',
      sample: null,
    }),
    decideGate: async ({ config, evaluation }) => ({
      ...pickCandidate({ evaluation, gate: config.gate, candidates: ['tuned'] }).chosen,
      faults: [],
      notChosen: [],
      others: [],
    }),
    writeEvidence: async ({ promotion }) => ({
      page: ref('page'),
      link: `http://gateway/evidence/${promotion?.id ?? 'evaluation'}`,
      brief: 'What would change.',
    }),
    registerCandidate: async ({ gate }) => {
      // As the registry reads it: what the gate says besides is the run's.
      GateDecisionSchema.parse(gate);
      return { version: 2, baseVersion: 1 };
    },
    findVersion: async () => ({
      model: 'demo',
      version: 2,
      arm: 'tuned',
      ref: trained('tuned').model,
      servedAs: fakeConfig().serving,
      foreign: false,
      base: 'demo-base',
      evaluations: [],
      bases: {},
    }),
    planEvaluation: async () => ({
      config: fakeConfig(),
      configHash: 'c'.repeat(64),
      source: 'as it was evaluated',
      batched: false,
      dataset: { test: ref('test'), trainExamples: ref('train-parquet') },
      chunks: ref('chunks', 5),
      base: trained('base').model,
      notes: [],
    }),
    findStale: async () => [],
    findStaleSuites: async () => [],
    prepareModel: async ({ folder, hub = '' }) => ({ base: folder ?? hub, seed: 0 }),
    keepModel: async ({ model, weights }) => ({
      weights: { ...weights, uri: `file:///kept/${model}` },
      notes: ['it has no pad token: <unk> is used'],
    }),
    readPrompt: async ({ file }) => ({
      file,
      sha256: 'f'.repeat(64),
      madeBy: 'dspy 3.4.1',
      systemPrompt: 'Be brief.',
      examples: [{ question: 'Q?', asked: 'P Q?', answered: 'A.' }],
      notes: [],
    }),
    lookHosted: async () => {},
    registerModel: async () => ({ version: 3, isNew: true }),
    recordEvaluation: async ({ gate }) => {
      GateDecisionSchema.parse(gate);
      return { seq: 1, baseVersion: 1 };
    },
    tellReminder: async () => {},
    tellBudgetReached: async () => {},
    claimModel: async () => ({ status: 'claimed' }),
    readMadeOf: async ({ configHash, documents }) => ({ config: configHash, documents: documents.documentsSha256 }),
    compareWithLastRun: async () => ({ changed: [] }),
    keepFinishedRun: async () => {},
    countLedger: async () => ({ hits: 0, misses: 20, tokens: 0, costUsd: 0 }),
    openPromotion: async ({ approvals }) => ({ approvalsNeeded: approvals }),
    lookAtPromotion: async () => ({ state: 'open', why: '' }),
    recordDecision: async () => ({ status: 'recorded' }),
    recordGrades: async ({ by, grades }) => ({
      status: 'recorded',
      graded: grades.length,
      own: `${by} graded ${grades.length}`,
      lines: [`${by} graded ${grades.length}`],
    }),
    promoteVersion: async ({ version }) => ({ status: 'moved', version }),
    closePromotion: async () => {},
    rollbackAlias: async () => ({ from: 2, to: 1 }),
    takeDownAlias: async () => ({ from: 2 }),
    recordReview: async () => ({ model: 'demo', alias: 'production', version: 2 }),
    ...overrides,
  };
  const recorded = Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      (input: unknown) => {
        calls.push(name);
        return (run as (input: unknown) => Promise<unknown>)(input);
      },
    ]),
  );
  return { activities: recorded as unknown as Activities, calls };
}
