import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isAlive, signalGroup } from '../common/process-identity.ts';
import type { RunConfigInput } from '../configs/schema.ts';
import type { FakeServer } from './fakes/openai-server.ts';
import {
  copyArticles,
  kill9,
  outcomeOf,
  startConfig,
  startSlowTeacher,
  startTestSystem,
  startsOf,
  trainerOf,
  trainerShare,
  trainingShare,
  untilMidway,
  type Run,
  type TestSystem,
} from './support/system.ts';

/**
 * Nothing lost, nothing paid twice: a run whose worker or server is killed with -9 in the middle of a stage ends like one that
 * nobody disturbed. Each test has a system of its own, real processes throughout; only the teacher is a fake, for it must be slow.
 */

/** As in the loop's test: both share one base model, made by whoever comes first. */
const ARTICLES = ['menstrual-cycle-basics', 'copper-coil'];
const TEACHER_CONCURRENCY = 1;
const TEACHER_LATENCY_MS = 600;
/** As workflows/stage-evaluation.ts has it. */
const SUITES_AT_ONCE = 2;

let teacher: FakeServer;
let system: TestSystem | undefined;
beforeAll(async () => void (teacher = await startSlowTeacher(TEACHER_LATENCY_MS)));
afterEach(async () => {
  await system?.close();
  system = undefined;
});
afterAll(() => teacher?.close());

/** Small, but each stage lasts long enough to be met in its middle, and tuning is surely better than the base. */
const config = (documents: string): RunConfigInput => ({
  name: 'crash',
  documents,
  teacher: {
    provider: 'openai',
    model: 'slow',
    baseUrl: teacher.url,
    temperature: 0,
    concurrency: TEACHER_CONCURRENCY,
  },
  // The teacher follows rules: it can't correct.
  generation: { target: 80, corrections: 0 },
  candidates: [{ name: 'tuned', maxSteps: 80, saveSteps: 20 }],
  evaluation: { concurrency: 1, resamples: 500 },
  gate: { minClusters: 5, withoutPeoplesQuestions: 'allow' },
});

interface Begun {
  system: TestSystem;
  run: Run;
  /** Requests that the teacher has had from this run. */
  asked: () => number;
}

async function begin(): Promise<Begun> {
  system = await startTestSystem();
  copyArticles(system, ARTICLES);
  const before = teacher.requests.length;
  return {
    system,
    run: await startConfig(system, config(system.documents)),
    asked: () => teacher.requests.length - before,
  };
}

interface Reference {
  outcome: Awaited<ReturnType<typeof outcomeOf>>;
  /** Calls of the teacher, and questions put to models, when nobody disturbs. */
  generationCalls: number;
  answers: number;
}
let undisturbed: Promise<Reference> | undefined;

/** The run that nobody disturbs, once for all tests. */
function reference(): Promise<Reference> {
  return (undisturbed ??= (async () => {
    const { system, run, asked } = await begin();
    const outcome = await outcomeOf(system, run);
    const reference = { outcome, generationCalls: asked(), answers: answersPaid(system) };
    await system.close();
    return reference;
  })());
}

/** Answers of our own models that stand in the ledger. */
function answersPaid({ paths }: TestSystem): number {
  const ledger = new DatabaseSync(paths.ledger, { readOnly: true });
  try {
    const row = ledger.prepare("select count(*) as count from call where provider = 'local'").get() as {
      count: number;
    };
    return row.count;
  } finally {
    ledger.close();
  }
}

/** Questions that the model server was asked, as its own log tells. */
const answersServed = ({ paths }: TestSystem) =>
  readFileSync(join(paths.logs, 'model-server.log'), 'utf8').split('POST /v1/chat/completions').length - 1;

describe('cancelling or terminating a run', () => {
  it('in the middle of training ends the whole training process group', async () => {
    const { system, run } = await begin();
    await untilMidway(() => trainingShare(system, run));
    const trainer = trainerOf(system, run);
    expect(await isAlive(trainer)).toBe(true);
    await system.client.workflow.getHandle(run.workflowId, run.runId).cancel();
    await expect(run.ended).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    // A cancelled run ends once its training has; what is left of the group is reaped within moments.
    for (let tries = 0; (await signalGroup(trainer, 0)) && tries < 300; tries++) await sleep(100);
    expect(await signalGroup(trainer, 0)).toBe(false);

    // One that is terminated can't wait: its worker finds out with the next heartbeat.
    const again = await startConfig(system, config(system.documents));
    await untilMidway(() => trainingShare(system, again));
    const orphan = trainerOf(system, again);
    expect(await isAlive(orphan)).toBe(true);
    await system.client.workflow.getHandle(again.workflowId, again.runId).terminate('a test');
    await expect(again.ended).rejects.toMatchObject({ cause: { name: 'TerminatedFailure' } });
    for (let tries = 0; (await signalGroup(orphan, 0)) && tries < 300; tries++) await sleep(100);
    expect(await signalGroup(orphan, 0)).toBe(false);
  });
});

describe('kill -9', () => {
  it('is measured against an undisturbed run: promoted, one training, one version of its own', async () => {
    expect((await reference()).outcome).toMatchObject({
      decision: 'promote',
      promotion: 'promoted',
      versions: ['1 base', '2 tuned'],
      moves: ['bootstrap 1', 'promote 2'],
      trainings: 1,
    });
  });

  it('of the worker and of the trainer in the middle of training resumes from a checkpoint, to the very same weights', async () => {
    const { outcome } = await reference();
    const { system, run } = await begin();
    await untilMidway(async () => {
      const share = await trainingShare(system, run);
      // Past the first checkpoint, or there would be nothing to resume from.
      return share !== undefined && share > 0.3 ? share : undefined;
    });
    process.kill(-trainerOf(system, run).pid, 'SIGKILL');
    kill9(system, 'worker');
    expect(await outcomeOf(system, run)).toEqual({ ...outcome, trainings: 2 });
    const starts = startsOf(system, run);
    expect(starts.map(({ startStep }) => startStep > 0)).toEqual([false, true]);
  });
});

/** One run bears them all: each test kills in the middle of its stage, and the last one looks at what the run came to. */
describe('kill -9, again and again in one run,', () => {
  let shared: Begun;
  let before: Reference;
  beforeAll(async () => {
    before = await reference();
    shared = await begin();
    system = undefined; // Outlives a single test.
  });
  afterAll(() => shared?.system.close());

  it('of the worker in the middle of generation pays again only what was in flight', async () => {
    await untilMidway(async () => shared.asked() / before.generationCalls);
    kill9(shared.system, 'worker');
    // In training, nobody asks the teacher any more.
    await untilMidway(() => trainingShare(shared.system, shared.run));
    expect(shared.asked() - before.generationCalls).toBeLessThanOrEqual(TEACHER_CONCURRENCY);
  });

  it('of the Temporal server in the middle of training lets the training go on', async () => {
    await untilMidway(() => trainerShare(shared.system, shared.run));
    kill9(shared.system, 'temporal');
    expect(await isAlive(trainerOf(shared.system, shared.run))).toBe(true);
  });

  it('of the worker in the middle of training leaves one training job, which the next attempt adopts', async () => {
    await untilMidway(() => trainerShare(shared.system, shared.run));
    kill9(shared.system, 'worker');
    expect(await isAlive(trainerOf(shared.system, shared.run))).toBe(true);
  });

  it('of the worker in the middle of evaluation asks again only what was in flight, and the run ends the same', async () => {
    await untilMidway(async () => answersPaid(shared.system) / before.answers);
    kill9(shared.system, 'worker');
    // The outcome counts trainings: the one job was adopted.
    expect(await outcomeOf(shared.system, shared.run)).toEqual(before.outcome);
    expect(answersPaid(shared.system)).toBe(before.answers);
    expect(answersServed(shared.system) - before.answers).toBeLessThanOrEqual(SUITES_AT_ONCE);
  });
});
