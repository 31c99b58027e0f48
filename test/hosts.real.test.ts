import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../artifacts/store.ts';
import { resolvePaths } from '../configs/paths.ts';
import type { RunConfigInput } from '../configs/schema.ts';
import type { ImproveResult, PromoteOutcome, RunProgress } from '../contract/messages.ts';
import { connectClient, hasWorker } from '../operations/connection.ts';
import { withRegistry } from '../registry/open.ts';
import { makeBucket, s3StoreAt } from './support/artifact-stores.ts';
import { SERVER_ARGS } from '../worker/system/temporal.ts';
import { createHosts, freePortsAt, type Host, type HostProcess, type Hosts } from './support/hosts.ts';
import { findPostgres, startPostgres, type PostgresServer } from './support/postgres.ts';
import { findS3Server, KEYS, startS3Server, type S3Server } from './support/s3-server.ts';
import { copyArticles, startConfig, type Run, type TestSystem } from './support/system.ts';

/**
 * One run on several hosts that share Temporal, Postgres and S3, and no folder: documents, control and state on the first, training and
 * serving on the second; and the second's training is lost in its middle.
 */

const missing = [
  ...(findPostgres() ? [] : ['no Postgres server on this machine']),
  ...(findS3Server() ? [] : ['no versitygw, and no Go to build it']),
];
const BUCKET = 'artifacts';
const { projectRoot, home } = resolvePaths(process.env);
const bases = join(home, 'bases');

/** Small, and tuning is surely better than the base. */
const config = (documents: string): RunConfigInput => ({
  name: 'hosts',
  documents,
  teacher: { provider: 'builtin' },
  generation: { target: 80, corrections: 0 },
  // Long enough to be met after its first checkpoints.
  candidates: [{ name: 'tuned', maxSteps: 80, saveSteps: 10 }],
  evaluation: { resamples: 500 },
  gate: { minClusters: 5, withoutPeoplesQuestions: 'allow' },
});

const why = missing.length > 0 ? ` (skipped: ${missing.join('; ')})` : '';

describe.skipIf(missing.length > 0)(`several hosts${why}`, () => {
  let hosts: Hosts;
  let first: Host;
  let postgres: PostgresServer;
  let s3: S3Server;
  let database: string;
  let temporalAddress: string;
  let connection: Connection;
  let system: Pick<TestSystem, 'client' | 'pending' | 'documents'> & { paths: { projectRoot: string } };
  /** As the first host sees them, with no copy of its own. */
  let artifacts: ArtifactStore;

  beforeAll(async () => {
    hosts = createHosts();
    console.log(`hosts are ${hosts.kind}`);
    first = hosts.add('first');
    const [[temporalPort = 0], [postgresPort = 0]] = await Promise.all([
      freePortsAt('127.0.0.1', 1),
      freePortsAt(first.address, 1),
    ]);
    first.run({
      name: 'temporal',
      command: process.env.WHETSTONE_TEST_TEMPORAL ?? '',
      args: [
        'server',
        'start-dev',
        '--headless',
        '--log-level',
        'error',
        '--port',
        String(temporalPort),
        ...SERVER_ARGS,
      ],
      env: {},
    });
    // The development server finds its own parts on loopback alone, or on all addresses.
    temporalAddress = await hosts.forward(first, temporalPort);
    [postgres, s3] = await Promise.all([
      startPostgres({ at: { address: first.address, port: postgresPort } }),
      startS3Server(findS3Server() ?? '', first.address),
    ]);
    database = await postgres.create();
    await makeBucket(s3.url, BUCKET);
    artifacts = s3StoreAt({ url: s3.url, bucket: BUCKET, cacheDir: join(first.folder, 'looked-at') });
    await until('Temporal answers', () =>
      connectClient({ TEMPORAL_ADDRESS: temporalAddress }).then(
        async ({ connection: one }) => (await one.close(), true),
        () => false,
      ),
    );
    const connected = await connectClient({ TEMPORAL_ADDRESS: temporalAddress });
    ({ connection } = connected);
    const documents = join(first.folder, 'documents');
    mkdirSync(documents);
    system = { client: connected.client, pending: new Set(), documents, paths: { projectRoot } };
    copyArticles(system, ['menstrual-cycle-basics', 'copper-coil']);
  });
  afterAll(async () => {
    if (system?.pending.size === 0) await connection.close();
    await hosts?.close();
    await Promise.all([s3?.close(), postgres?.close()]);
  });

  /** `whetstone worker` on a host, with what its queues need and nothing else. */
  function work(host: Host, queues: string[], env: NodeJS.ProcessEnv = {}): HostProcess {
    const state = join(host.folder, 'state');
    return host.run({
      name: queues.join('-'),
      command: process.execPath,
      args: [join(projectRoot, 'bin/whetstone.mjs'), 'worker', ...queues.flatMap((queue) => ['--queue', queue])],
      jobs: join(state, 'training'),
      env: {
        TEMPORAL_ADDRESS: temporalAddress,
        WHETSTONE_STATE: state,
        WHETSTONE_HOME: join(host.folder, 'home'),
        WHETSTONE_ARTIFACTS: `s3://${BUCKET}/team`,
        AWS_ENDPOINT_URL: s3.url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        ...env,
      },
    });
  }

  // A training machine has Python, and neither documents nor a database: the one that is named here answers nobody.
  const train = (host: Host) =>
    work(host, ['training'], {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      WHETSTONE_PYTHON: process.env.WHETSTONE_PYTHON,
      WHETSTONE_MACHINE_LOST_MS: '5000',
    });

  it('run to a promotion, though the one that trains is lost after its first checkpoint', async () => {
    const control = work(first, ['control', 'generation'], {
      DATABASE_URL: database,
      WHETSTONE_DOCUMENT_ROOTS: first.folder,
    });
    const second = hosts.add('second');
    keepBases(second);
    const lost = train(second);
    const [modelPort = 0] = await freePortsAt('127.0.0.1', 1);
    const serving = work(second, ['evaluation'], {
      DATABASE_URL: database,
      WHETSTONE_PYTHON: process.env.WHETSTONE_PYTHON,
      WHETSTONE_MODEL_PORT: String(modelPort),
    });
    try {
      await until('a worker takes workflows', () =>
        // The server's parts come up one after the other.
        hasWorker({ TEMPORAL_ADDRESS: temporalAddress }).catch(() => false),
      );
      const run = await startConfig(system, config(system.documents));

      const kept = await untilCheckpoint(run);
      await lost.kill9();
      const training = join(second.folder, 'state', 'training');
      expect(startSteps(second, run)).toEqual([0]);
      renameSync(training, `${training}-of-a-lost-host`);

      const third = hosts.add('third');
      train(third);
      const { result, promotion } = await run.ended;
      // It went on from what lay in S3: there is nothing else that hosts share.
      const [from = 0, ...more] = startSteps(third, run);
      expect(more).toEqual([]);
      expect(from).toBeGreaterThanOrEqual(kept);
      expect(existsSync(training)).toBe(false);
      await look(run, result, promotion);
    } catch (error) {
      for (const one of [control, lost, serving]) console.error(one.log().slice(-4_000));
      throw error;
    }
  });

  /** What a person on the first host finds. */
  async function look(run: Run, result: ImproveResult, promotion: PromoteOutcome | null): Promise<void> {
    expect([result.gate.decision, promotion?.status]).toEqual(['promote', 'promoted']);
    const progress = await system.client.workflow.getHandle(run.workflowId).query<RunProgress>('progress');
    expect((progress.warnings ?? []).join('\n')).toMatch(/no worker of whetstone-training@\S+ has answered/);
    await withRegistry({ url: database }, async (registry) => {
      const versions = await registry.listVersions('hosts');
      expect(versions.map(({ version, candidate }) => `${version} ${candidate}`)).toEqual(['1 base', '2 tuned']);
      expect((await registry.history('hosts')).map(({ kind, toVersion }) => `${kind} ${toVersion}`)).toEqual([
        'bootstrap 1',
        'promote 2',
      ]);
      for (const { ref } of versions) {
        const { uri } = ref as { uri: string };
        expect(uri).toMatch(`s3://${BUCKET}/`);
        expect(existsSync(join(await artifacts.localFolder(uri), 'model.safetensors'))).toBe(true);
      }
    });
    // The model is kept: nothing goes on from its checkpoints any more.
    expect(await checkpointSteps(run)).toEqual([]);
  }

  async function checkpointSteps(run: Run): Promise<number[]> {
    const steps = [];
    for await (const { kind, state } of artifacts.list(`checkpoints/${run.runId}-tuned`))
      if (state === 'whole') steps.push(Number(/\d+$/.exec(kind)?.[0]));
    return steps;
  }

  /** The first step whose checkpoint is in S3, as soon as it is. @throws what the run failed with, where it is over */
  async function untilCheckpoint(run: Run): Promise<number> {
    let steps: number[] = [];
    await until('a checkpoint is in S3', async () => {
      const { status } = await system.client.workflow.getHandle(run.workflowId).describe();
      if (status.name !== 'RUNNING') await run.ended;
      steps = await checkpointSteps(run);
      return steps.length > 0;
    });
    return Math.max(...steps);
  }

  /** Where each start of the candidate's training on a host went on from. */
  const startSteps = (host: Host, run: Run): number[] =>
    readFileSync(join(host.folder, 'state', 'training', `${run.runId}-tuned`, 'starts.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { startStep: number }).startStep);
});

/** What earlier tests left on this machine, as a training machine has it: a base of the same documents takes half a minute. */
function keepBases(host: Host): void {
  for (const made of globSync('tiny-llama-*/result.json', { cwd: bases }).map(dirname))
    cpSync(join(bases, made), join(host.folder, 'home/bases', made), { recursive: true });
}

async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 420_000; !(await is()); await sleep(100))
    if (Date.now() > deadline) throw new Error(`${what}: waited in vain for 7 minutes`);
}
