import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../contract/activities.ts';
import type { AnswerInput, CompareInput } from '../../contract/model-stages.ts';
import type { OpenPromotionInput, RegisterInput } from '../../contract/promotion-stages.ts';
import type { BudgetReached } from '../../contract/budget-error.ts';
import type { ShardInput } from '../../contract/dataset-stages.ts';
import { CandidateSchema, GenerationSchema, TeacherSchema } from '../../configs/schema.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DECISION,
  BUDGET_FAILURE,
  MODEL,
  STAGE,
  WAITING_FOR,
  type ImproveResult,
  type PromoteOutcome,
  type RunProgress,
} from '../../contract/messages.ts';
import type { DocumentChanges } from '../../schema/changes.ts';
import type { ServedAs } from '../../schema/evaluation.ts';
import { fakeActivities, fakeConfig, fakeDataset, fakeEvaluation } from '../support/fake-activities.ts';
import { failureOf, startImprove } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => void (env = await startTestServer()), 60_000);
afterAll(() => env?.teardown());

describe('improveModel', () => {
  it('takes who started it, and what its config asks of the promotion, to the registry', async () => {
    const opened: OpenPromotionInput[] = [];
    const promote = { ...fakeConfig().promote, maxAge: '7d', constraints: { p95LatencyMs: 800 } };
    const { activities } = fakeActivities({
      resolveConfig: async () => ({
        config: fakeConfig({ promote }),
        configHash: 'c'.repeat(64),
        source: 'configs/demo.yaml',
        batched: false,
      }),
      openPromotion: async (input) => {
        opened.push(input);
        return { approvalsNeeded: 0 };
      },
    });
    const startedBy = { by: 'Ada', how: 'schedule' };
    const pages: string[][] = [];
    await withWorkers(env, activities, async () => {
      // What the Start form puts in of an earlier run is no word on this one.
      const leftover = { by: 'Grace', how: 'command line' };
      for (const [input, memo] of [
        [{ config: 'demo' }, { startedBy }],
        [{ config: 'demo', startedBy: leftover }, { startedBy }],
        [{ config: 'demo', startedBy: leftover }, {}],
        [{ config: 'demo', startedBy: leftover }, { startedBy: 'Ada' }],
      ]) {
        const handle = await startImprove(env, [input], memo);
        const { promotion } = (await handle.result()) as ImproveResult;
        await env.client.workflow.getHandle(promotion?.workflowId ?? '').result();
        pages.push((await handle.query<RunProgress>('progress')).warnings ?? []);
      }
    });
    expect(opened).toMatchObject([{ startedBy, asks: { maxAge: '7d', p95LatencyMs: 800 } }, { startedBy }, {}, {}]);
    expect(opened.map((one) => one.startedBy)).toEqual([startedBy, startedBy, undefined, undefined]);
    const named = 'startedBy in its input (Grace, command line) does not count';
    expect(pages.map((warnings) => warnings.some((one) => one.startsWith(named)))).toEqual([false, false, true, true]);
  });

  it('runs every stage in order and ends by starting the promotion of the winner', async () => {
    const { activities, calls } = fakeActivities();
    await withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      const result = (await handle.result()) as ImproveResult;
      expect(result.gate.decision).toBe('promote');
      expect(result.promotion).toMatchObject({
        version: 2,
        workflowId: `promote/demo/production/${result.runId.slice(-8)}`,
      });
      expect(result.ledger).toMatchObject({ hits: 0, misses: 20 });
      expect(result.evidence?.link).toBe(`http://gateway/evidence/${result.promotion?.workflowId}`);
      const outcome = (await env.client.workflow
        .getHandle(result.promotion?.workflowId ?? '')
        .result()) as PromoteOutcome;
      expect(outcome).toMatchObject({ status: 'promoted', version: 2, alias: 'production' });
    });
    const once = [
      'resolveConfig',
      'readDocuments',
      'assembleDataset',
      'prepareTraining',
      'keepTrained',
      'freezeSuites',
      'compareArms',
      'decideGate',
      'writeEvidence',
      'registerCandidate',
      'writeEvidence',
      'openPromotion',
      'promoteVersion',
    ];
    expect(calls.filter((name) => once.includes(name))).toEqual(once);
    // 5 chunks in shards of 2, and base, tuned, echo and lookup answering one suite.
    expect(calls.filter((name) => name === 'makeExamples')).toHaveLength(3);
    expect(calls.filter((name) => name === 'answerSuite')).toHaveLength(4);
  });

  it('goes on without an evidence page where none can be written, and says so', async () => {
    const { activities, calls } = fakeActivities({
      writeEvidence: () => Promise.reject(ApplicationFailure.nonRetryable('no room on the disk')),
    });
    await withWorkers(env, activities, async () => {
      const handle = await startImprove(env);
      const result = (await handle.result()) as ImproveResult;
      expect(result.promotion).toMatchObject({ version: 2 });
      expect(result.evidence).toBeUndefined();
      const { warnings } = await handle.query<RunProgress>('progress');
      expect(warnings).toContain('there is no evidence page: no room on the disk');
    });
    expect(calls).toContain('registerCandidate');
  });

  it('tells where it stands by query and search attributes, in words and counts', async () => {
    await withWorkers(env, fakeActivities().activities, async () => {
      const handle = await startImprove(env);
      await handle.result();
      const progress = await handle.query<RunProgress>('progress');
      expect(progress.stages.map((s) => s.status)).toEqual(Array.from({ length: 9 }, () => 'done'));
      expect(progress.generation).toEqual({
        tasks: 5,
        tasksDone: 5,
        questions: 20,
        corrected: 0,
        kept: 15,
        rejected: { grounded: 5 },
      });
      const { typedSearchAttributes: attributes } = await handle.describe();
      expect([attributes.get(MODEL), attributes.get(STAGE), attributes.get(DECISION)]).toEqual([
        'demo',
        'promotion',
        'promote',
      ]);
    });
  });

  it('registers the candidate whatever the gate says, and promotes nothing when it holds (N7)', async () => {
    const registered: RegisterInput[] = [];
    const evidence = { uri: 'file:///e', sha256: 'e', rows: 1 };
    const { activities, calls } = fakeActivities({
      compareArms: async () => ({ evaluation: fakeEvaluation(0), evidence, table: '', sample: null }),
      registerCandidate: async (input) => ({ version: registered.push(input) + 1, baseVersion: 1 }),
    });
    await withWorkers(env, activities, async () => {
      const result = (await (await startImprove(env)).result()) as ImproveResult;
      expect(result.gate.decision).toBe('hold');
      expect(result.promotion).toBeNull();
      expect(result.candidates).toMatchObject([{ name: 'tuned', version: 2 }]);
    });
    expect(registered).toMatchObject([{ gate: { decision: 'hold', candidate: 'tuned' }, evidence }]);
    expect(registered[0]?.gate.reasons.join()).toContain('correctness');
    expect(calls).not.toContain('openPromotion');
  });

  it('compares with the incumbent where one serves, and asks the base again only when its weights differ', async () => {
    const answered: string[] = [];
    const run = async (incumbentSha: string, servedAs: Partial<ServedAs> = {}) => {
      answered.length = 0;
      const fake = fakeActivities();
      const { activities } = fakeActivities({
        findIncumbent: async () => ({
          version: 7,
          model: { uri: 'file:///models/serving', sha256: incumbentSha },
          servedAs: { ...fakeConfig().serving, ...servedAs },
        }),
        answerSuite: (input) => {
          answered.push(input.arm.name);
          return fake.activities.answerSuite(input);
        },
        openPromotion: async (input) => {
          expect(input.incumbentVersion).toBe(7);
          return { approvalsNeeded: 0 };
        },
      });
      await withWorkers(env, activities, async () => (await startImprove(env)).result());
      return answered.toSorted();
    };
    expect(await run('another')).toEqual(['base', 'echo', 'incumbent', 'lookup', 'tuned']);
    expect(await run('base')).toEqual(['base', 'echo', 'lookup', 'tuned']);
    // The base under another prompt is another version (F32).
    expect(await run('base', { systemPrompt: 'Be brief.' })).toContain('incumbent');
  });

  it('compares the documents with those of what serves, and lets the comparison go when another serves by then (N7)', async () => {
    const fake = fakeActivities();
    const made = { chunks: { uri: 'file:///chunks', sha256: 'chunks-of-7', rows: 5 } };
    const changes: DocumentChanges = {
      status: 'known',
      since: 7,
      statements: { uri: 'file:///changes', sha256: 'changes', rows: 1 },
      changed: 1,
      added: 0,
      removed: 2,
      reworded: 0,
      same: 40,
    };
    const seen = async (servesThen: number) => {
      const served = [7, servesThen];
      const asked: Record<string, unknown> = {};
      const { activities } = fakeActivities({
        findIncumbent: async () => ({
          version: served.shift()!,
          model: { uri: 'file:///models/serving', sha256: 'serving' },
          made,
        }),
        readDocuments: async (input) => {
          asked.since = input.since?.made;
          return { ...(await fake.activities.readDocuments(input)), changes };
        },
        freezeSuites: (input) => {
          asked.frozen = input.changes;
          return fake.activities.freezeSuites(input);
        },
        compareArms: (input) => {
          asked.compared = input.changes;
          return fake.activities.compareArms(input);
        },
      });
      await withWorkers(env, activities, async () => {
        const handle = await startImprove(env);
        await handle.result();
        const { stages } = await handle.query<RunProgress>('progress');
        asked.told = stages.find(({ name }) => name === 'documents')?.summary;
      });
      return asked;
    };
    expect(await seen(7)).toEqual({
      since: made,
      frozen: changes,
      compared: changes,
      told: expect.stringContaining('since version 7: 1 statement changed, 0 added, 2 removed') as string,
    });
    expect((await seen(8)).compared).toEqual({ status: 'unknown', since: 7, why: 'version 8 serves since' });
  });

  it('asks what serves as it serves, and the others as the config says (F32)', async () => {
    const asked: AnswerInput['arm'][] = [];
    const fake = fakeActivities();
    const servedAs = { systemPrompt: 'Speak as last year.', temperature: 0.3, maxTokens: 40 };
    const { activities } = fakeActivities({
      findIncumbent: async () => ({
        version: 7,
        model: { uri: 'file:///models/serving', sha256: 'serving' },
        servedAs,
      }),
      answerSuite: (input) => {
        asked.push(input.arm);
        return fake.activities.answerSuite(input);
      },
    });
    await withWorkers(env, activities, async () => (await startImprove(env)).result());
    const { serving } = fakeConfig();
    expect(Object.fromEntries(asked.map((arm) => [arm.name, arm.kind === 'model' && arm.servedAs]))).toEqual({
      base: serving,
      tuned: serving,
      incumbent: servedAs,
      echo: false,
      lookup: false,
    });
  });

  it('compares each candidate with its own base, and registers that base as what came before (F30)', async () => {
    const candidates = ['small', 'large'].map((size) =>
      CandidateSchema.parse({ name: `of-${size}`, base: `demo/${size}` }),
    );
    const config = fakeConfig({ candidates });
    const compared: CompareInput[] = [];
    const registered: RegisterInput[] = [];
    const fake = fakeActivities();
    const { activities } = fakeActivities({
      resolveConfig: async () => ({ ...(await fake.activities.resolveConfig({ config: 'demo' })), config }),
      pollJob: async ({ job }) => ({
        status: 'completed',
        trained: { model: { uri: `file:///${job.key}`, sha256: job.key }, trainSeconds: 0, steps: 0 },
      }),
      compareArms: (input) => {
        compared.push(input);
        return fake.activities.compareArms(input);
      },
      decideGate: async () => ({
        decision: 'promote',
        suite: 'test',
        candidate: 'of-large',
        reasons: ['better'],
        others: [{ decision: 'reject', suite: 'test', candidate: 'of-small', reasons: ['worse'] }],
      }),
      registerCandidate: async (input) => {
        registered.push(input);
        return { version: 2, baseVersion: 1 };
      },
    });
    await withWorkers(env, activities, async () => (await startImprove(env)).result());
    expect(compared[0]).toMatchObject({
      against: 'base',
      bases: { 'of-small': 'base:demo/small', 'of-large': 'base:demo/large' },
      models: { 'base:demo/small': 'demo/small', 'base:demo/large': 'demo/large' },
    });
    expect(registered.map(({ base, gate }) => [base, gate.decision])).toMatchObject([
      [{ sha256: 'demo/large' }, 'promote'],
      [{ sha256: 'demo/small' }, 'reject'],
    ]);
  });

  it('makes no base that a provider hosts, and asks it there', async () => {
    const config = fakeConfig({ candidates: [CandidateSchema.parse({ name: 'tuned', base: 'hosted://acme/small' })] });
    const registered: RegisterInput[] = [];
    const fake = fakeActivities();
    const { activities, calls } = fakeActivities({
      resolveConfig: async () => ({ ...(await fake.activities.resolveConfig({ config: 'demo' })), config }),
      registerCandidate: async (input) => {
        registered.push(input);
        return { version: 2, baseVersion: 1 };
      },
    });
    await withWorkers(env, activities, async () => (await startImprove(env)).result());
    expect(calls).not.toContain('prepareBase');
    expect(calls.filter((name) => name === 'launchJob')).toHaveLength(1);
    expect(registered[0]?.base).toEqual({ kind: 'hosted', provider: 'acme', id: 'small' });
  });

  it.each([
    ['nothing', []],
    ['a wrong field', [{ confg: 'quickstart' }]],
    ['a bare string', ['quickstart']],
  ])('fails at once and shows an input that works, given %s', async (_what, args) => {
    await withWorkers(env, fakeActivities().activities, async () => {
      const failure = await failureOf(await startImprove(env, args));
      expect(failure.type).toBe('whetstone.input');
      expect(failure.message).toContain('{"config": "quickstart"}');
    });
  });

  it('fails with the words of a config that is wrong, without retrying', async () => {
    const wrong = ApplicationFailure.create({
      type: 'whetstone.config',
      nonRetryable: true,
      message: 'configs/x.yaml:3: judges[0]: unknown judge',
    });
    const { activities, calls } = fakeActivities({ resolveConfig: () => Promise.reject(wrong) });
    await withWorkers(env, activities, async () => {
      expect(await failureOf(await startImprove(env))).toMatchObject({
        type: 'whetstone.config',
        message: wrong.message,
      });
    });
    // A promotion that an earlier test began may come to its end here.
    expect(calls.filter((name) => name !== 'promoteVersion')).toEqual(['resolveConfig']);
  });

  describe('whose judges leave fewer examples than the target', () => {
    /** A teacher behind a network; each round accepts so many. */
    const rounds = (accepted: number[]) => {
      const fake = fakeActivities();
      const asked: { from: number; to: number; tasks: string }[] = [];
      const bounds: (number | null)[] = [];
      const before: (string[] | undefined)[] = [];
      const teacher = TeacherSchema.parse({ provider: 'openai', model: 'small' });
      const generation = GenerationSchema.parse({ target: 20, phrasings: 2, shardChunks: 3, maxRounds: 3 });
      const activities: Activities = {
        ...fake.activities,
        resolveConfig: async () => ({
          config: fakeConfig({ teacher, generation }),
          configHash: 'c'.repeat(64),
          source: 'configs/demo.yaml',
          batched: false,
        }),
        makeExamples: async (input) => {
          asked.push({ from: input.from, to: input.to, tasks: input.tasks.sha256 });
          return fake.activities.makeExamples(input);
        },
        assembleDataset: async ({ nextRound }) => {
          bounds.push(nextRound?.above ?? null);
          before.push(nextRound?.asked?.map(({ sha256 }) => sha256));
          const now = accepted[bounds.length - 1] ?? 20;
          if (nextRound === null || now <= nextRound.above || now >= 20) {
            return { status: 'built', dataset: { ...fakeDataset, kept: now } };
          }
          const tasks = { uri: 'file:///more', sha256: `round-${nextRound.sample}`, rows: 2 };
          return { status: 'short', accepted: now, missing: 20 - now, tasks };
        },
      };
      return { activities, asked, bounds, before };
    };

    const run = async (accepted: number[]) => {
      const { activities, asked, bounds, before } = rounds(accepted);
      return withWorkers(env, activities, async () => {
        const handle = await startImprove(env);
        await handle.result();
        const { stages } = await handle.query<RunProgress>('progress');
        const said = (stage: string) => stages.find(({ name }) => name === stage)?.summary;
        return { asked, bounds, before, summary: said('dataset'), gate: said('gate') };
      });
    };

    it('asks chunks again until the target is met', async () => {
      const { asked, bounds, before, summary, gate } = await run([12, 20]);
      expect(asked.toSorted((a, b) => (a.tasks === b.tasks ? a.from - b.from : a.tasks === 'tasks' ? -1 : 1))).toEqual([
        { from: 0, to: 3, tasks: 'tasks' },
        { from: 3, to: 5, tasks: 'tasks' },
        { from: 0, to: 2, tasks: 'round-1' },
      ]);
      expect(bounds).toEqual([0, 12]);
      // So that the next round goes on with passages that were not asked yet.
      expect(before).toEqual([['tasks'], ['tasks', 'round-1']]);
      expect(summary).toBe('version abcdefabcdef: 20 generated, 20 kept');
      // One line; the reasons are told once, elsewhere.
      expect(gate).toMatch(/^(?:promote|hold|reject) [\w-]+$/);
    });

    it('ends when a round adds nothing, and says how many are missing', async () => {
      const { asked, bounds, summary } = await run([12, 12]);
      expect(asked).toHaveLength(3);
      expect(bounds).toEqual([0, 12]);
      expect(summary).toBe('version abcdefabcdef: 20 generated, 12 kept, 8 fewer than the target after round 2');
    });

    it('ends after the last round that the config allows', async () => {
      const { bounds, summary } = await run([12, 14, 17]);
      expect(bounds).toEqual([0, 12, null]);
      expect(summary).toMatch(/17 kept, 3 fewer than the target after round 3/);
    });
  });

  describe('at the cap of its budget', () => {
    /** Generation costs 3 shards of 100 tokens; an activity knows only the budget that it is given. */
    const priced = () => {
      const spent = new Set<number>();
      const budgets: (number | undefined)[] = [];
      const fake = fakeActivities();
      const told: BudgetReached[] = [];
      const activities = {
        ...fake.activities,
        tellBudgetReached: async (reached: BudgetReached) => void told.push(reached),
        resolveConfig: async () => ({
          config: fakeConfig({ budget: { tokens: 150 } }),
          configHash: 'c'.repeat(64),
          source: 'configs/demo.yaml',
          batched: false,
        }),
        makeExamples: async (input: ShardInput) => {
          budgets.push(input.budget.tokens);
          if (!spent.has(input.from) && (spent.size + 1) * 100 > (input.budget.tokens ?? Infinity)) {
            throw ApplicationFailure.create({
              type: BUDGET_FAILURE,
              message: 'the budget is used up: 100 tokens are spent',
              nonRetryable: true,
            });
          }
          spent.add(input.from);
          return fake.activities.makeExamples(input);
        },
      };
      return { activities, budgets, told, calls: fake.calls };
    };
    const waiting = async (handle: WorkflowHandle) => {
      for (let tries = 0; tries < 100; tries++) {
        const { typedSearchAttributes } = await handle.describe();
        if (typedSearchAttributes.get(WAITING_FOR) === 'budget') return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect.fail('the run never waited for its budget');
    };
    const raise = (handle: WorkflowHandle, input: object) => handle.executeUpdate('raiseBudget', { args: [input] });

    it('waits, says so, and goes on where it was once somebody raises it', async () => {
      const { activities, budgets, told, calls } = priced();
      await withWorkers(env, activities, async () => {
        const handle = await startImprove(env);
        await waiting(handle);
        expect((await handle.query<RunProgress>('progress')).waitingFor).toEqual({
          what: 'budget',
          reason: 'the budget is used up: 100 tokens are spent',
          caps: ['tokens'],
        });
        await raise(handle, { tokens: 1000, by: 'Ada', why: 'worth it' });
        const result = (await handle.result()) as ImproveResult;
        expect(result.gate.decision).toBe('promote');
        const progress = await handle.query<RunProgress>('progress');
        expect(progress.waitingFor).toBeUndefined();
        expect(progress.raises).toEqual([{ tokens: 1000, by: 'Ada', why: 'worth it' }]);
        expect((await handle.describe()).typedSearchAttributes.get(WAITING_FOR)).toBe('');
      });
      expect(budgets.toSorted((a = 0, b = 0) => b - a)).toEqual([1000, 1000, 150, 150, 150]);
      expect(calls.filter((name) => name === 'makeExamples')).toHaveLength(3);
      const why = 'the budget is used up: 100 tokens are spent';
      expect(told).toMatchObject([{ model: 'demo', raises: 0, why, caps: ['tokens'] }]);
    });

    it('waits also where nobody can be told, and says so', async () => {
      const { activities } = priced();
      const refuse = () => Promise.reject(ApplicationFailure.nonRetryable('the registry is broken'));
      await withWorkers(env, { ...activities, tellBudgetReached: refuse }, async () => {
        const handle = await startImprove(env);
        await waiting(handle);
        await raise(handle, { tokens: 1000, by: 'Ada', why: 'worth it' });
        await handle.result();
        const { warnings } = await handle.query<RunProgress>('progress');
        expect(warnings).toContainEqual(expect.stringContaining('the registry is broken'));
      });
    });

    it('refuses a raise that raises nothing, in words that show a right one', async () => {
      await withWorkers(env, priced().activities, async () => {
        const handle = await startImprove(env);
        await waiting(handle);
        const refusal = (input: object) => raise(handle, input).catch((error: Error) => String(error.cause));
        expect(await refusal({ tokens: 150, by: 'Ada', why: 'x' })).toMatch(
          /tokens: found 150, expected more than the budget now, 150.*send: \{"tokens": 2000000/,
        );
        expect(await refusal({ by: 'Ada', why: 'x' })).toMatch(/expected usd or tokens/);
        expect(await refusal({ tokens: 900, by: '', why: 'x' })).toMatch(/by: /);
        await raise(handle, { tokens: 900, by: 'Ada', why: 'worth it' });
        await handle.result();
      });
    });
  });
});
