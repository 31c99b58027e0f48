import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { WorkflowHandle } from '@temporalio/client';
import pg from 'pg';
import { createS3Store } from '../artifacts/s3/s3-store.ts';
import { WAITING_FOR } from '../contract/messages.ts';
import { openDataset } from '../datasets/assembly/build.ts';
import { streamExamples } from '../datasets/files/example-rows.ts';
import { raiseBudget } from '../operations/raise-budget.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { findS3Server, KEYS, startS3Server } from '../test/support/s3-server.ts';
import { PAIRS_PER_CHUNK, questionsOn } from './corpus.ts';
import { missingPostgres, missingS3 } from './missing.ts';
import { startModelServer, type ModelServer } from './processes.ts';
import { benchConfig, CALLS_PER_CHUNK, PROBES, startSystem, type BenchSystem } from './system.ts';
import { percent, tableOf } from './tables.ts';

/**
 * Four workers with nothing in common but one Postgres and one S3, each with folders of its own as on a machine of its own. One is killed
 * half-way, shortly before the run reaches its cap; the cap is raised, and the run goes on to its end.
 */
const WORKERS = 4;
const WARM_CHUNKS = 100;
/** Of what all pairs cost. */
const CAP = 0.55;
const PRICES = { inputPerMillion: 1, outputPerMillion: 4 };
const LOCATION = 's3://whetstone-bench/many-workers';
const REGION = 'us-east-1';

export async function manyWorkers(options: { pairs: number }): Promise<string> {
  const missing = missingPostgres() ?? missingS3();
  if (missing !== undefined) return missing;
  const postgres = await startPostgres({ durable: true });
  const s3 = await startS3Server(findS3Server() ?? '');
  try {
    const client = new S3Client({ endpoint: s3.url, region: REGION, credentials: KEYS, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: new URL(LOCATION).host }));
    const database = await postgres.create();
    const system = await startSystem({
      workers: WORKERS,
      env: {
        DATABASE_URL: database,
        WHETSTONE_ARTIFACTS: LOCATION,
        AWS_ENDPOINT_URL: s3.url,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      },
      envOf: ({ name, root }) => ({
        WHETSTONE_STATE: join(root, name, 'state'),
        WHETSTONE_HOME: join(root, name, 'home'),
      }),
    });
    const server = await startModelServer({ latencyMs: 0, jitterMs: 5 });
    try {
      const done = await runToTheEnd({ pairs: options.pairs, system, server, database });
      const store = createS3Store({
        client,
        location: LOCATION,
        cacheDir: join(system.root, 'seen'),
        cacheBytes: 1e10,
      });
      return tell({ ...options, ...done, ...(await countPairs(store, { uri: done.uri, pairs: options.pairs })) });
    } finally {
      server.close();
      await system.close();
    }
  } finally {
    await s3.close();
    await postgres.close();
  }
}

interface Done {
  uri: string;
  generated: number;
  /** At the first cap, and at the end. */
  standings: Standing[];
  seconds: number;
  /** Of the worker that was killed, and how many calls were made that had been made before. */
  inFlight: number;
  paidAgain: number;
  peaks: { worker: string; megabytes: number }[];
}

interface Standing {
  cap: number;
  /** By the ledger, and by the model server, which counts what it answered to a worker that was dead by then too. */
  spent: number;
  billed: number;
}

async function runToTheEnd(options: {
  pairs: number;
  system: BenchSystem;
  server: ModelServer;
  database: string;
}): Promise<Done> {
  const { pairs, system, server, database } = options;
  const chunks = pairs / PAIRS_PER_CHUNK;
  const calls = chunks * CALLS_PER_CHUNK + PROBES;
  const config = (name: string, chunks: number, usd: number) =>
    benchConfig({
      system,
      name,
      chunks,
      url: server.url,
      model: { model: name, prices: PRICES, timeoutMs: 30_000 },
      budget: { usd },
    });
  const warm = await (await system.build(config('warm', WARM_CHUNKS, 1000))).result();
  const needed = (warm.ledger.costUsd / WARM_CHUNKS) * chunks;
  const before = await server.counts();
  const db = new pg.Client({ connectionString: database });
  await db.connect();
  const standing = async (cap: number): Promise<Standing> => {
    const { used } = await server.counts();
    const { rows } = await db.query<{ nano: string }>(
      `select sum(cost_nano_usd) as nano from spend where run not in (select run from call where model = 'warm')`,
    );
    const [input, output] = [used.input - before.used.input, used.output - before.used.output];
    const billed = (input * PRICES.inputPerMillion + output * PRICES.outputPerMillion) / 1e6;
    return { cap, spent: Number(rows[0]?.nano ?? 0) / 1e9, billed };
  };
  const peaks = new Map<string, number>();
  const lookAtMemory = () => {
    for (const name of system.workers) peaks.set(name, Math.max(peaks.get(name) ?? 0, system.peakMegabytes(name)));
  };
  const startedMs = performance.now();
  const caps = [needed * CAP, needed * 1.5] as const;
  const run = await system.build(config('many-workers', chunks, caps[0]));
  const handle = system.client.workflow.getHandle(run.workflowId);
  while ((await server.counts()).received - before.received < calls / 2) await sleep(10);
  // The one with the most calls in flight. What it had set aside for them is all that is left of them.
  const { rows } = await db.query<{ pid: string; id: string }>(
    `select pid, owner.id from reservation join owner on owner.id = reservation.owner
     group by pid, owner.id order by count(*) desc limit 1`,
  );
  lookAtMemory();
  const victim = system.workers.find((name) => system.pidOf(name) === Number(rows[0]?.pid));
  if (victim === undefined) throw new Error('no worker had a call in flight half-way');
  system.kill(victim);
  await untilWaiting(handle);
  const standings = [await settled(() => standing(caps[0]))];
  const input = { usd: caps[1], by: 'bench', why: 'the benchmark goes on' };
  await raiseBudget({ client: system.client, workflowId: run.workflowId, input });
  const built = await run.result();
  const seconds = (performance.now() - startedMs) / 1000;
  lookAtMemory();
  standings.push(await standing(caps[1]));
  const { received } = await server.counts();
  const lost = await db.query<{ calls: string }>('select count(*) as calls from reservation where owner = $1', [
    rows[0]?.id,
  ]);
  await db.end();
  return {
    uri: built.dataset.uri,
    generated: built.dataset.generated,
    standings,
    seconds,
    inFlight: Number(lost.rows[0]?.calls),
    paidAgain: received - before.received - calls,
    peaks: [...peaks].map(([worker, megabytes]) => ({ worker, megabytes })),
  };
}

/** @throws Error where the run ends first */
async function untilWaiting(handle: WorkflowHandle): Promise<void> {
  for (;;) {
    const { status, typedSearchAttributes } = await handle.describe();
    if (typedSearchAttributes.get(WAITING_FOR) === 'budget') return;
    if (status.name !== 'RUNNING') throw new Error(`the run is ${status.name}, and did not wait at its cap`);
    await sleep(200);
  }
}

/** What is in flight when a run begins to wait still settles. */
async function settled(look: () => Promise<Standing>): Promise<Standing> {
  for (let last = await look(); ;) {
    await sleep(5_000);
    const now = await look();
    if (now.spent === last.spent && now.billed === last.billed) return now;
    last = now;
  }
}

/** Every question that there is to ask, and how often it is in the dataset, kept or rejected. */
async function countPairs(store: ReturnType<typeof createS3Store>, { uri, pairs }: { uri: string; pairs: number }) {
  const { manifest } = await openDataset({ uri, store });
  const seen = new Map<string, number>();
  for (const ref of Object.values(manifest.splits))
    for await (const { question } of streamExamples({ ref, store })) seen.set(question, (seen.get(question) ?? 0) + 1);
  const wanted = Array.from({ length: pairs / PAIRS_PER_CHUNK }, (_, chunk) => questionsOn(chunk)).flat();
  const doubled = [...seen.values()].reduce((sum, times) => sum + times - 1, 0);
  return { rows: seen.size + doubled, doubled, lost: wanted.filter((question) => !seen.has(question)).length };
}

function tell(done: Done & { pairs: number; rows: number; doubled: number; lost: number }): string {
  const { pairs, generated, rows, doubled, lost, standings, seconds, inFlight, paidAgain, peaks } = done;
  const counts = tableOf(
    [
      'workers',
      'killed',
      'pairs',
      'generated',
      'rows',
      'doubled',
      'lost',
      'in flight',
      'paid again',
      'seconds',
      'pairs/s',
    ],
    [
      [
        WORKERS,
        1,
        pairs,
        generated,
        rows,
        doubled,
        lost,
        inFlight,
        paidAgain,
        seconds.toFixed(1),
        (pairs / seconds).toFixed(0),
      ],
    ],
  );
  const caps = tableOf(
    ['cap', 'spent by the ledger', 'of the cap', 'billed by the server', 'of the cap', 'passed'],
    standings.map(({ cap, spent, billed }) => [
      `${cap.toFixed(6)} USD`,
      spent.toFixed(6),
      percent(spent / cap),
      billed.toFixed(6),
      percent(billed / cap),
      Math.max(spent, billed) > cap ? 'YES' : 'no',
    ]),
  );
  const memory = tableOf(
    ['worker', 'peak MB'],
    peaks.map(({ worker, megabytes }) => [worker, megabytes.toFixed(0)]),
  );
  return [counts, caps, memory].join('\n');
}
