import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activities } from '../../contract/activities.ts';
import type { AnswerInput, CompareInput } from '../../contract/model-stages.ts';
import { DECISION, MODEL, type RunProgress } from '../../contract/messages.ts';
import type { DocumentChanges } from '../../schema/changes.ts';
import type { Incumbent } from '../../contract/promotion-stages.ts';
import type { EvaluateInput, EvaluateResult } from '../../contract/version-messages.ts';
import type { PlanInput, RecordEvaluationInput } from '../../contract/version-stages.ts';
import { fakeActivities, fakeConfig } from '../support/fake-activities.ts';
import { failureOf, startEvaluate } from '../support/scenarios.ts';
import { openBookOf } from '../support/open-book.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

/** What an evaluation asked and wrote down. */
interface Seen {
  answered: AnswerInput['arm'][];
  compared: CompareInput[];
  planned: PlanInput[];
  recorded: RecordEvaluationInput[];
  result: EvaluateResult;
  calls: string[];
  progress: RunProgress;
  attributes: unknown[];
}

async function evaluated(input: Partial<EvaluateInput> = {}, overrides: Partial<Activities> = {}): Promise<Seen> {
  const fake = fakeActivities(overrides);
  const seen = { answered: [], compared: [], planned: [], recorded: [] } as unknown as Seen;
  const activities: Activities = {
    ...fake.activities,
    answerSuite: (one) => (seen.answered.push(one.arm), fake.activities.answerSuite(one)),
    compareArms: (one) => (seen.compared.push(one), fake.activities.compareArms(one)),
    planEvaluation: (one) => (seen.planned.push(one), fake.activities.planEvaluation(one)),
    recordEvaluation: (one) => (seen.recorded.push(one), fake.activities.recordEvaluation(one)),
  };
  await withWorkers(env, activities, async () => {
    const handle = await startEvaluate(env, [{ version: 'demo@v2', ...input }]);
    seen.result = (await handle.result()) as EvaluateResult;
    seen.progress = await handle.query<RunProgress>('progress');
    const { typedSearchAttributes: found } = await handle.describe();
    seen.attributes = [found.get(MODEL), found.get(DECISION)];
  });
  return { ...seen, calls: fake.calls };
}

const serving = (version: number, weights = `weights of ${version}`): Incumbent => ({
  version,
  model: { uri: `file:///models/${version}`, sha256: weights },
  servedAs: { ...fakeConfig().serving, systemPrompt: 'As it serves.' },
});

describe('evaluateVersion', () => {
  it("answers by a run's arms, asks the gate, and writes the evaluation down as the version's", async () => {
    const seen = await evaluated({}, { findIncumbent: async () => serving(7) });
    expect(seen.answered.map(({ name }) => name).toSorted()).toEqual(['base', 'echo', 'incumbent', 'lookup', 'tuned']);
    expect(seen.recorded).toMatchObject([
      {
        runId: seen.result.runId,
        model: 'demo',
        version: 2,
        arm: 'tuned',
        evaluation: { sha256: 'evidence' },
        gate: { decision: 'promote' },
        against: { model: 'demo', alias: 'production' },
        incumbentVersion: 7,
      },
    ]);
    expect(seen.compared[0]).toMatchObject({
      against: 'incumbent',
      plan: { bases: { [fakeConfig().candidates[0]!.base]: { sha256: 'base' } }, chunks: { sha256: 'chunks' } },
    });
    expect(seen.result).toMatchObject({ seq: 1, gate: { decision: 'promote' }, page: { brief: 'What would change.' } });
    expect(seen.attributes).toEqual(['demo', 'promote']);
    expect(seen.calls).not.toContain('launchJob');
  });

  it('writes no page of a promotion that did not start it, such as one that the Start form left over', async () => {
    const pages: unknown[] = [];
    const seen = await evaluated(
      { renews: { promotion: 'promote/demo/production/1/again-1', approvals: 1, expiresAfterMs: 1, override: false } },
      {
        writeEvidence: async ({ promotion }) => {
          pages.push(promotion);
          return { page: { uri: 'file:///page', sha256: 'page', rows: 1 }, link: 'http://page', brief: 'Own.' };
        },
      },
    );
    expect(pages).toEqual([undefined]);
    expect(seen.progress.warnings).toEqual([
      'renews in its input does not count: promote/demo/production/1/again-1 did not start this. It is left over from an earlier evaluation; leave it out',
    ]);
  });

  it('hands on what is asked for: suites, config, and the alias to compare with', async () => {
    const asked: unknown[] = [];
    const seen = await evaluated(
      { suites: ['mine.jsonl'], config: 'demo', against: 'demo@staging' },
      { findIncumbent: async (of) => (asked.push(of), null) },
    );
    expect(seen.planned).toMatchObject([{ suites: ['mine.jsonl'], config: 'demo', alias: 'staging' }]);
    expect(asked).toEqual([{ model: 'demo', alias: 'staging' }]);
    expect(seen.compared[0]).toMatchObject({ against: 'base' });
  });

  it('compares with what another model serves, which no promotion here waits for', async () => {
    const seen = await evaluated({ against: 'other@live' }, { findIncumbent: async () => serving(2) });
    expect(seen.planned[0]?.alias).toBeUndefined();
    expect(seen.answered.map(({ name }) => name)).toContain('incumbent');
    expect(seen.recorded).toMatchObject([{ against: { model: 'other', alias: 'live' }, incumbentVersion: 2 }]);
  });

  it('is compared by what its documents say otherwise than those of what serves, of its own model alone', async () => {
    const changes: DocumentChanges = { status: 'unknown', since: 7, why: 'nobody knows' };
    const since: unknown[] = [];
    const fake = fakeActivities();
    const freezeSuites: Activities['freezeSuites'] = async (one) => {
      since.push(one.since?.version);
      return (await fake.activities.freezeSuites(one)).map((suite) => ({ ...suite, changes }));
    };
    const of = (against: string | undefined, version: number) =>
      evaluated(against === undefined ? {} : { against }, {
        freezeSuites,
        findIncumbent: async () => serving(version),
      });
    expect((await of(undefined, 7)).compared[0]?.changes).toEqual(changes);
    await of(undefined, 2);
    await of('other@live', 7);
    expect(since).toEqual([7, undefined, undefined]);
  });

  it('stands beside its base where it is itself what serves', async () => {
    const seen = await evaluated({}, { findIncumbent: async () => serving(2) });
    expect(seen.answered.map(({ name }) => name)).not.toContain('incumbent');
    expect(seen.recorded[0]).toMatchObject({ incumbentVersion: 2 });
  });

  it('asks a base under a prompt as it serves, and beside it the base without that prompt', async () => {
    const fake = fakeActivities();
    const examples = [{ question: 'Q?', asked: 'P Q?', answered: 'A.' }];
    const under = { ...fakeConfig().serving, systemPrompt: 'Be brief.', openBook: openBookOf({ examples }) };
    const prompt = {
      file: 'demo@v2',
      sha256: 'aa',
      madeBy: 'registry',
      systemPrompt: 'Be brief.',
      examples,
      notes: [],
    };
    const seen = await evaluated(
      {},
      {
        findVersion: async (one) => ({ ...(await fake.activities.findVersion(one)), servedAs: under }),
        planEvaluation: async (one) => {
          const plan = await fake.activities.planEvaluation(one);
          const base = plan.config.candidates[0]!.base;
          return {
            ...plan,
            config: { ...plan.config, candidates: [{ name: 'tuned', provider: 'prompt', base, prompt }] },
          };
        },
      },
    );
    const asked = new Map(seen.answered.map((arm) => [arm.name, arm.kind === 'model' ? arm.servedAs : undefined]));
    expect(asked.get('tuned')).toEqual(under);
    expect(asked.get('base-open')).toMatchObject({ systemPrompt: '', openBook: { k: 4 } });
    expect(asked.get('base-open')?.openBook).not.toHaveProperty('examples');
    expect([...asked.keys()]).not.toContain('tuned-closed');
  });

  it('brings the base where nobody kept it, and has no lookup where there is no dataset', async () => {
    const fake = fakeActivities();
    const found = await fake.activities.findVersion({ name: '' });
    const {
      dataset: _dataset,
      chunks: _chunks,
      base: _base,
      ...plan
    } = await fake.activities.planEvaluation({ found });
    const seen = await evaluated({}, { planEvaluation: async () => plan });
    expect(seen.calls.filter((name) => ['readDocuments', 'launchJob', 'keepBase'].includes(name))).toEqual([
      'readDocuments',
      'launchJob',
      'keepBase',
    ]);
    expect(seen.answered.map(({ name }) => name).toSorted()).toEqual(['base', 'echo', 'tuned']);
    expect(seen.progress.stages.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
  });

  it.each([
    [{}, '{"version": "womens-health@v2"'],
    [{ version: 'demo@v2', suites: [] }, 'suites'],
    [{ version: 'demo@v2', suite: 'x' }, 'suite'],
  ])('fails at once and shows an input that works, given %j', async (input, words) => {
    await withWorkers(env, fakeActivities().activities, async () => {
      const failure = await failureOf(await startEvaluate(env, [input]));
      expect(failure.type).toBe('whetstone.input');
      expect(failure.message).toContain(words);
    });
  });

  it('refuses to compare with a version, which may serve nobody', async () => {
    await withWorkers(env, fakeActivities().activities, async () => {
      const failure = await failureOf(await startEvaluate(env, [{ version: 'demo@v2', against: 'demo@v1' }]));
      expect(failure.message).toContain("against: found 'demo@v1', a version; expected what serves");
    });
  });
});
