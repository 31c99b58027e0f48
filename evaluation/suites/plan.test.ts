import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { CandidateSchema, RunConfigSchema } from '../../configs/schema.ts';
import { loadRunConfig, loadStages } from '../../configs/load.ts';
import { resolvePaths } from '../../configs/paths.ts';
import { EvaluationPlanSchema, type FoundVersion, type PlanInput } from '../../contract/version-stages.ts';
import { fakeEvaluation } from '../../test/support/fake-activities.ts';
import { openBookOf } from '../../test/support/open-book.ts';
import { knownNames } from '../known-names.ts';
import { planEvaluation } from './plan.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-plan-'));
  artifacts = createFileStore(join(folder, 'artifacts'));
  for (const name of ['golden', 'new'])
    await writeFile(join(folder, `${name}.jsonl`), '{"question": "How long is a cycle?", "answer": "28 days."}\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const policy = { description: '', approvals: 0, evidence: [] };
const stages = async () => ({ aliases: { production: policy, staging: policy } });
const ref = (name: string) => ({ uri: `file:///${name}`, sha256: name, rows: 1 });
const servedAs = { systemPrompt: 'Be kind.', temperature: 0.2, maxTokens: 40 };
const config = () =>
  RunConfigSchema.parse({
    name: 'demo',
    documents: 'docs',
    candidates: [CandidateSchema.parse({ name: 'other' }), CandidateSchema.parse({ name: 'tuned', base: 'acme/base' })],
    evaluation: { suites: ['test', 'golden.jsonl'] },
    gate: { guardrails: [{ metric: 'safety' }, { suite: 'golden', metric: 'must-not' }] },
  });

/** A version whose evaluation says how it was made. */
async function found(more: Partial<FoundVersion> = {}): Promise<FoundVersion> {
  const plan = {
    config: config(),
    configHash: 'c',
    suites: [],
    dataset: { test: ref('test'), trainExamples: ref('train') },
    chunks: ref('chunks'),
    bases: { 'acme/base': { uri: 's3://bases/acme', sha256: 'acme' } },
  };
  const evaluation = {
    ...fakeEvaluation(0.5),
    plan: await artifacts.writeJsonLines({ kind: 'evaluation-plans', rows: [plan] }),
  };
  const bytes = Buffer.from(JSON.stringify(evaluation));
  const { uri, sha256 } = await artifacts.addBytes({ kind: 'evidence', bytes, ending: '.json', rows: 1 });
  return {
    model: 'demo',
    version: 2,
    arm: 'tuned',
    ref: { uri: 'file:///tuned', sha256: 'tuned' },
    servedAs,
    foreign: false,
    base: 'acme/base',
    evaluations: [{ uri, sha256 }],
    bases: {},
    ...more,
  };
}

const plan = (input: PlanInput) =>
  planEvaluation(input, { projectRoot: folder, allowedRoots: [folder], artifacts, stages });

it.each(['quickstart', 'tiny', 'approval', 'deep-dataset', 'openai-teacher'])(
  'the config %s, as a run resolves it, is read from a plan as it was written',
  async (name) => {
    const { projectRoot } = resolvePaths({});
    const known = knownNames(await loadStages(projectRoot));
    const { config: resolved } = await loadRunConfig({ config: name, projectRoot, known });
    const plan = { config: resolved, configHash: 'c', suites: [], bases: {} };
    const kept = await artifacts.writeJsonLines({ kind: 'evaluation-plans', rows: [plan] });
    expect(await artifacts.loadJsonLines(kept, EvaluationPlanSchema)).toEqual([JSON.parse(JSON.stringify(plan))]);
  },
);

describe('how a version is evaluated', () => {
  it('is as it was: its config with it alone, served as it serves, its dataset, its passages and its base', async () => {
    const planned = await plan({ found: await found() });
    expect(planned).toMatchObject({
      source: 'as it was evaluated',
      dataset: { test: { sha256: 'test' }, trainExamples: { sha256: 'train' } },
      chunks: { sha256: 'chunks' },
      base: { sha256: 'acme' },
      notes: [],
      config: {
        candidates: [{ name: 'tuned', base: 'acme/base' }],
        serving: servedAs,
        evaluation: { suites: ['test', 'golden.jsonl'] },
      },
    });
    expect(planned.config.candidates).toHaveLength(1);
  });

  it('of a base under a prompt has that as its candidate, and the base under the prompt of the config', async () => {
    const examples = [{ question: 'Q?', asked: 'P Q?', answered: 'A.' }];
    const under = { ...servedAs, openBook: openBookOf({ examples }) };
    const base = { uri: 's3://bases/acme', sha256: 'acme' };
    const prompted = await plan({ found: await found({ ref: base, servedAs: under }) });
    expect(prompted.config.candidates).toMatchObject([
      {
        name: 'tuned',
        provider: 'prompt',
        base: 'acme/base',
        prompt: { file: 'demo@v2', systemPrompt: 'Be kind.', examples },
      },
    ]);
    expect(prompted.config.serving).toEqual({ systemPrompt: '', temperature: 0.2, maxTokens: 40 });
    // What was tuned has its prompt with it, and so has the base beside it.
    const { config: tuned } = await plan({ found: await found({ servedAs: under }) });
    expect([tuned.candidates[0]?.provider, tuned.serving.systemPrompt]).toEqual(['trl', 'Be kind.']);
    // Another one's prompt is not its own.
    const like = await plan({ found: await found(), config: { ...prompted.config, documents: 'docs', retrieval: {} } });
    expect(like.config.candidates).toMatchObject([{ name: 'tuned', provider: 'trl', base: 'acme/base' }]);
  });

  it('asks no version what its examples give away', async () => {
    const examples = [{ question: 'How long is a cycle?', asked: 'P', answered: '28 days.' }];
    const under = { ...servedAs, openBook: openBookOf({ examples }) };
    await expect(plan({ found: await found({ servedAs: under }) })).rejects.toThrow(
      'suites: demo version 2: its demo "How long is a cycle?" gives an answer away: its words are those of a question of suite golden',
    );
  });

  it('takes other suites, and says what the gate then decides on and lacks', async () => {
    const planned = await plan({ found: await found(), suites: ['new.jsonl'], alias: 'staging' });
    expect(planned.config).toMatchObject({
      evaluation: { suites: ['new.jsonl'] },
      gate: { suite: 'new' },
      promote: { alias: 'staging' },
    });
    expect(planned.notes).toEqual([
      'the gate decides on new: test, on which the config decides, is not asked',
      'guardrail must-not on golden: that suite is not asked, so the gate can not promote',
    ]);
  });

  it("takes another config's evaluation and gate, and its first candidate's base to stand beside", async () => {
    const other = {
      name: 'elsewhere',
      documents: 'docs',
      evaluation: { suites: ['golden.jsonl'] },
      gate: { suite: 'golden' },
    };
    const planned = await plan({ found: await found({ base: 'x/y', arm: 'registered' }), config: other });
    expect(planned).toMatchObject({
      source: 'input',
      config: { name: 'demo', candidates: [{ name: 'registered', base: 'tiny-llama' }], gate: { suite: 'golden' } },
    });
    expect(planned.base).toBeUndefined();
  });

  it('looks at evaluations of other versions where it has none, and passes over those that are gone', async () => {
    const { evaluations } = await found();
    const gone = { uri: `file://${folder}/artifacts/evidence/000000000000.json`, sha256: '0' };
    const planned = await plan({ found: await found({ foreign: true, evaluations: [gone, ...evaluations] }) });
    expect(planned).toMatchObject({
      source: 'as another version was evaluated',
      dataset: { test: { sha256: 'test' } },
    });
  });

  it.each<[string, Partial<FoundVersion>, Partial<PlanInput>, RegExp]>([
    [
      'no config',
      { evaluations: [] },
      {},
      /demo version 2: no evaluation of demo says how .* name a config that does: --config NAME/,
    ],
    ['no such alias', {}, { alias: 'live' }, /against: unknown alias 'live'/],
    ['no such file', {}, { suites: ['nowhere.jsonl'] }, /suites: .*nowhere\.jsonl/],
    ['one suite twice', {}, { suites: ['golden.jsonl', 'golden.jsonl'] }, /suites: 'golden' names two suites/],
    [
      'no dataset for its test split',
      { evaluations: [], foreign: true },
      { config: { name: 'demo', documents: 'docs' } },
      /suite test: .*none of demo version 2 is here; name suite files: --suite FILE/,
    ],
  ])('is refused by name where there is %s', async (_what, version, input, words) => {
    await expect(plan({ found: await found(version), ...input })).rejects.toThrow(words);
  });
});
