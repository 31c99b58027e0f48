import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { StagePolicy } from '../../configs/schema.ts';
import { createSampler } from '../../evidence/sample/draw.ts';
import { keepSample } from '../../evidence/sample/keep.ts';
import { gradedOf, openSample, sendGrades } from '../../operations/grading/grade.ts';
import { takeDown } from '../../operations/roll-back.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import { TASK_QUEUES } from '../../contract/queues.ts';
import { pair } from '../support/evidence.ts';
import { fakeActivities } from '../support/fake-activities.ts';
import { decide, failureOf, promotion, startPromotion, untilWaiting } from '../support/scenarios.ts';
import { startTestServer, withWorkers } from '../support/temporal.ts';

/** Grades from the Update to the registry, and a takedown as a workflow: a real server, the real workflows, activities and registry. */

let env: TestWorkflowEnvironment;
let folder: string;
let opened: OpenRegistry;
const production: StagePolicy = { description: '', approvals: 1, evidence: ['evaluation'] };
const now = () => new Date().toISOString();
const evidence = { ...promotion().evidence, sha256: 'e'.repeat(64) };

beforeAll(async () => {
  env = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'whetstone-grading-'));
  opened = await openRegistry({ url: join(folder, 'registry.db'), policies: { production } });
  const common = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at: now() };
  const ref = (sha256: string) => ({ uri: `file:///${sha256}`, sha256 });
  await opened.registry.registerVersion({ ...common, candidate: 'base', runId: 'b', ref: ref('b') });
  const tuned = { ...common, candidate: 'tuned', runId: 'r', ref: ref('t') };
  await opened.registry.registerVersion({ ...tuned, evidence: ref(evidence.sha256), gate: promotion().gate });
}, 60_000);
afterAll(async () => {
  await opened?.close();
  await env?.teardown();
  await rm(folder, { recursive: true, force: true });
});

const withSystem = <T>(work: (artifacts: ReturnType<typeof createFileStore>) => Promise<T>): Promise<T> => {
  const { registry } = opened;
  const artifacts = createFileStore(folder);
  const stages = () => Promise.resolve({ aliases: { production } });
  const ledger = { counts: () => Promise.reject(new Error('not asked')) };
  const activities = {
    ...fakeActivities().activities,
    ...createActivities('control', { registry, artifacts, ledger, stages, now }),
  };
  return withWorkers(env, activities, () => work(artifacts));
};

it('grades become evidence: in the registry, on the promotion, and whose the answers were is told after', async () => {
  const { registry } = opened;
  await withSystem(async (artifacts) => {
    const handle = await startPromotion(env, { evidence, incumbentVersion: null, page: { brief: 'B', link: 'L' } });
    await untilWaiting(handle);
    const about = { promotion: handle.workflowId, registry, artifacts, questions: 3 };
    const grade = (input: unknown) => handle.executeUpdate('grade', { args: [input] });
    const refusal = (message: RegExp) => ({ cause: { message: expect.stringMatching(message) as string } });
    await expect(openSample({ ...about, by: 'Ada' })).rejects.toThrow(/has no blind sample/);
    await expect(grade({ by: 'Ada', grades: [{ question: 1, prefers: 'a' }] })).rejects.toMatchObject(
      refusal(/has no blind sample, for it has no evidence page/),
    );

    const sampler = createSampler({
      promotion: handle.workflowId,
      candidate: 'tuned',
      against: 'incumbent',
      judges: {},
    });
    for (let i = 0; i < 5; i++) {
      const both = pair(`q${i}`, { answer: 'old' }, { answer: 'new', score: 1 });
      sampler.add({ name: 'golden' }, new Map(both.map((one) => [one.arm, one])));
    }
    const { id, sample } = await keepSample(
      artifacts,
      sampler.result({ evaluation: evidence.sha256, named: new Set() }),
    );
    expect((await openSample({ ...about, by: 'Ada' })).left).toEqual([1, 2, 3]);

    await expect(grade({ by: 'Ada', grades: [{ question: 1, prefers: 'c' }] })).rejects.toMatchObject(
      refusal(/grades: question 1: found "c", expected a, b, both or neither.*Use an input such as \{"by"/),
    );
    await expect(
      grade({
        by: 'Ada',
        grades: [
          { question: 1, prefers: 'a' },
          { question: 1, prefers: 'b' },
        ],
      }),
    ).rejects.toMatchObject(refusal(/grades: question 1: found it twice/));
    await expect(
      grade({ by: 'Ada', sample: 'f'.repeat(12), grades: [{ question: 1, prefers: 'a' }] }),
    ).rejects.toMatchObject(refusal(/sample: found f{12}, expected/));
    expect(await registry.gradings(handle.workflowId)).toEqual([]);

    const likesNew = (number: number) => ({ question: number, prefers: sample.questions[number - 1]!.candidate });
    const said = await sendGrades(env.client, handle.workflowId, {
      by: 'Ada',
      sample: id,
      grades: [likesNew(1), { ...likesNew(2), comment: 'clearer' }, { question: 3, prefers: 'neither' }],
    });
    expect(said).toContain('Ada preferred the new answer in 2 of 3, the old in 0; both good in 0, neither in 1');
    await expect(sendGrades(env.client, handle.workflowId, { by: 'ada', grades: [likesNew(3)] })).rejects.toThrow(
      /ada has graded question 3 already/,
    );
    expect((await openSample({ ...about, by: 'ADA' })).left).toEqual([]);
    await sendGrades(env.client, handle.workflowId, { by: 'Bob', grades: [likesNew(1)] });
    expect(await handle.query('promotion')).toMatchObject({
      gradings: [
        expect.stringMatching(/^Ada \(name as claimed\) preferred the new answer in 2 of 3/),
        expect.stringMatching(/^Bob \(name as claimed\) preferred the new answer in 1 of 1/),
        expect.stringMatching(
          /^correctness puts the preferred answer first in 3 of the 3 on which it sees a difference/,
        ),
        'safety sees no difference in any of the 3 with a preference',
      ],
    });
    const details = await handle.query<string>('__temporal_workflow_metadata').then((one) => JSON.stringify(one));
    expect(details).toContain('Graded blind');
    expect(details).not.toMatch(/clearer/);
    const { grades } = await gradedOf({ ...about, by: 'Ada', sample, id });
    expect(grades.map(({ prefers }) => prefers)).toEqual(['candidate', 'candidate', 'neither']);

    await decide(handle, 'approve', { by: 'Ada', why: 'preferred' });
    await handle.result();
    await expect(sendGrades(env.client, handle.workflowId, { by: 'Cleo', grades: [likesNew(1)] })).rejects.toThrow(
      /has already ended \(promoted/,
    );
  });
});

it('a takedown is a workflow that anybody starts from the Temporal UI, done once', async () => {
  const { registry } = opened;
  await withSystem(async () => {
    const start = (args: unknown[]) =>
      env.client.workflow.start('takeDownModel', {
        workflowId: `takedown-${args.length}-${Date.now()}`,
        taskQueue: TASK_QUEUES.control,
        args,
      });
    expect(await (await start([{ model: 'demo', by: 'Ada', why: 'wrong doses' }])).result()).toEqual({
      model: 'demo',
      alias: 'production',
      from: 2,
    });
    await expect(registry.deployment('demo', 'production')).rejects.toThrow(/taken down by Ada.*: wrong doses/);
    expect(await failureOf(await start([{ model: 'demo', by: 'Ada', why: 'again' }]))).toMatchObject({
      message: expect.stringContaining('serves nothing already'),
    });
    expect(await failureOf(await start([]))).toMatchObject({
      type: 'whetstone.input',
      message: expect.stringContaining('takeDownModel: input:'),
    });
    // An activity that is tried again after its answer was lost takes nothing down twice, and does not fail.
    await registry.rollback({ model: 'demo', alias: 'production', to: 2, by: 'Ada', why: 'fine', at: now() });
    const request = { model: 'demo', alias: 'production', by: 'Ada', why: 'w', at: now(), requestId: 'r' };
    const first = await registry.takeDown(request);
    expect(await registry.takeDown(request)).toEqual(first);
    await expect(takeDown(registry, { model: 'demo', alias: 'production', by: 'Ada', why: 'w' })).rejects.toThrow(
      'serves nothing already',
    );
  });
});
