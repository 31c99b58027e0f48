import { createServer } from 'node:http';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { resolvePaths } from '../../configs/paths.ts';
import { QUEUE_NAMES, type QueueName } from '../../contract/queues.ts';
import { startTestServer } from '../../test/support/temporal.ts';
import { checkWorker } from './check-worker.ts';

let temporal: TestWorkflowEnvironment;
beforeAll(async () => void (temporal = await startTestServer()), 60_000);
afterAll(() => temporal?.teardown());

/** What is said of a machine with its own folders and these settings: `status what` each, and the words. */
async function check(queues: readonly QueueName[], settings: NodeJS.ProcessEnv = {}) {
  const root = mkdtempSync(join(tmpdir(), 'whetstone-check-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const env = {
    PATH: process.env.PATH,
    TEMPORAL_ADDRESS: temporal.address,
    WHETSTONE_STATE: join(root, 'state'),
    WHETSTONE_HOME: join(root, 'home'),
    ...settings,
  };
  const paths = resolvePaths(env);
  const findings = await checkWorker({ env, paths, queues });
  const said = (what: string) => findings.filter((one) => one.what === what).map((one) => one.said);
  return { all: findings.map(({ status, what }) => `${status} ${what}`), said, paths };
}

describe('what a worker needs', () => {
  it('is looked at for its own queues alone', async () => {
    expect((await check(['control'])).all).toEqual(['ok Temporal', 'ok database', 'ok disk']);
    const { all, said } = await check(['generation']);
    expect(all).toEqual(['ok Temporal', 'ok database', 'ok artifacts', 'ok documents', 'note keys', 'ok disk']);
    expect(said('keys')).toEqual(['not set: OPENAI_API_KEY, HF_TOKEN; only runs whose models need them do']);
    const keys = { OPENAI_API_KEY: 'secret', HF_TOKEN: 'secret' };
    expect((await check(['generation'], keys)).said('keys')).toEqual(['all that configs/keys.yaml names are set']);
  });

  it('leaves nothing behind in the artifact store', async () => {
    const { paths } = await check(['generation']);
    expect(readdirSync(join(paths.artifacts, 'probes'))).toEqual([]);
  });

  it('is named with the fix where it is missing', async () => {
    const { all, said } = await check(QUEUE_NAMES, {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      DATABASE_URL: 'postgres://nobody:word@127.0.0.1:1/none',
      WHETSTONE_ARTIFACTS: import.meta.filename,
      WHETSTONE_DOCUMENT_ROOTS: '/no/documents',
      WHETSTONE_PYTHON: '/no/python',
      WHETSTONE_MODEL_SERVER: 'http://127.0.0.1:1',
    });
    expect(all.filter((line) => line.startsWith('missing'))).toEqual(
      ['Temporal', 'database', 'artifacts', 'documents', 'Python', 'model server'].map((what) => `missing ${what}`),
    );
    expect(said('Temporal')).toEqual(['no server answers at 127.0.0.1:1; start one, or correct TEMPORAL_ADDRESS']);
    expect(said('database')[0]).toContain('127.0.0.1:1');
    expect(said('database')[0]).not.toContain('word');
    expect(said('documents')[0]).toContain('WHETSTONE_DOCUMENT_ROOTS: /no/documents');
    expect(said('Python')[0]).toContain("WHETSTONE_PYTHON: found '/no/python'");
    expect(said('model server')[0]).toContain('correct WHETSTONE_MODEL_SERVER, or unset it');
  });

  it('names a namespace that is not there, and packages that a Python lacks', async () => {
    const { said } = await check(['training'], { TEMPORAL_NAMESPACE: 'nowhere', WHETSTONE_PYTHON: 'python3' });
    expect(said('Temporal')[0]).toContain("namespace 'nowhere'");
    expect(said('Temporal')[0]).toContain('temporal operator namespace create --namespace nowhere');
    expect(said('Python')[0]).toMatch(/^python3 lacks .*trl 1\.16\.0 \(found none\).*; install them: python3 -m pip/);
  });

  it('may be what the worker brings itself', async () => {
    const { all, said } = await check(['evaluation']);
    expect(all).toContain('note model server');
    expect(said('model server')).toEqual(['the worker starts one at http://127.0.0.1:8090']);
    expect(said('Python')[0]).toContain('is made at the first start');
    expect(all.filter((line) => line.startsWith('missing'))).toEqual([]);
  });

  it('is a model server that answers, where one is named; then it needs no Python', async () => {
    const server = createServer((_, reply) => void reply.end('{}')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { all, said } = await check(['evaluation'], { WHETSTONE_MODEL_SERVER: `${url}/v1` });
    expect(said('model server')).toEqual([`${url}/v1`]);
    expect(all.some((line) => line.endsWith('Python'))).toBe(false);
  });
});

describe('state of one machine', () => {
  const elsewhere = { TEMPORAL_ADDRESS: 'temporal.invalid:7233' };
  const of = async (queues: readonly QueueName[], settings: NodeJS.ProcessEnv = {}) => {
    const { all } = await check(queues, { ...elsewhere, ...settings });
    // What is said after the disk is about what machines share.
    return all.slice(all.indexOf('ok disk') + 1);
  };

  it('is told by name where the Temporal server is elsewhere', async () => {
    // Side by side: each waits for a server that never answers.
    expect(await Promise.all([of(['generation']), of(['control']), of(['training'])])).toEqual([
      ['missing database', 'missing artifacts'],
      ['missing database'],
      ['missing artifacts'],
    ]);
  });

  it('does where one worker has all queues, which is told, and where it is shared', async () => {
    const WHETSTONE_ARTIFACTS = mkdtempSync(join(tmpdir(), 'whetstone-mounted-'));
    onTestFinished(() => rmSync(WHETSTONE_ARTIFACTS, { recursive: true, force: true }));
    expect(await Promise.all([of(QUEUE_NAMES), of(['training'], { WHETSTONE_ARTIFACTS })])).toEqual([
      ['note database', 'note artifacts'],
      ['note artifacts'],
    ]);
  });
});
