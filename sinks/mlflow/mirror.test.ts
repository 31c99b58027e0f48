import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactError } from '../../common/errors.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import type { RegistryEvent } from '../../schema/event.ts';
import { fakeEvaluation } from '../../test/support/fake-activities.ts';
import { createMlflow } from './client.ts';
import { metricsOf, paramsOf, registeredWith, sourceOf } from './describe.ts';
import { createMirror, type MirrorSource } from './mirror.ts';

/** What MLflow does when all is well is tried on a real one (test/mlflow.real.test.ts); here it misbehaves. */

const AT = '2026-11-26T10:00:00.000Z';
const event: RegistryEvent = {
  seq: 1,
  id: 'evt_1',
  type: 'version.registered',
  model: 'demo',
  alias: null,
  at: AT,
  data: { version: 2 },
};
const version: ModelVersion = {
  model: 'demo',
  version: 2,
  candidate: 'tuned',
  runId: 'run',
  base: 'tiny-llama',
  ref: { uri: 'file:///models/2', sha256: 'w2' },
  systemPrompt: '',
  sampling: { temperature: 0, maxTokens: 96 },
  evidence: { uri: 'file:///e', sha256: 'e2' },
  createdAt: AT,
};

let server: Server;
let asked: string[];
let answer: (request: IncomingMessage, reply: ServerResponse) => void;
beforeEach(async () => {
  asked = [];
  server = createServer((request, reply) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]?.replace('/api/2.0/mlflow/', '')}`);
    reply.on('error', () => {});
    answer(request, reply);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const source: MirrorSource = {
  getVersion: async () => version,
  lastMove: async () => undefined,
  evaluations: async () => [],
  evaluation: async () => fakeEvaluation(0.25),
};
const deliver = (more: Partial<MirrorSource> = {}, signal = new AbortController().signal) =>
  createMirror({ url: url(), authorization: 'Bearer hunter2-token' }, { ...source, ...more }).deliver(event, signal);
const fail = (status: number, body: string, headers = {}) => {
  answer = (_request, reply) => void reply.writeHead(status, headers).end(body);
};
const code = (error_code: string) => JSON.stringify({ error_code, message: 'no' });

describe('MLflow', () => {
  it.each([
    ['is broken', 500, code('INTERNAL_ERROR'), /registered-models\/get: 500 INTERNAL_ERROR: no/],
    ['does not let us in', 401, 'You are not authenticated', /401 You are not authenticated/],
    ['is behind something else', 502, '<html>Bad gateway</html>', /502 <html>/],
    ['has another path', 404, '404 page not found', /404 404 page not found/],
    ['is another program', 200, '<html>Welcome</html>', /none of MLflow's: <html>Welcome.*MLFLOW_TRACKING_URI/],
    ['is another program that answers in JSON', 200, '{"hello": 1}', /none of MLflow's/],
    ['is busy', 429, '', /429/],
    ['redirects', 302, '', /302/],
  ])('that %s is asked again later', async (_what, status, body, message) => {
    fail(status, body, { location: 'http://127.0.0.1:9/' });
    await expect(deliver()).rejects.toThrow(message);
    await expect(deliver()).rejects.not.toThrow(/hunter2/);
  });

  it('that refuses a request for good is not asked again', async () => {
    fail(400, code('INVALID_PARAMETER_VALUE'));
    expect(await deliver()).toEqual({
      status: 'refused',
      why: 'MLflow registered-models/get: 400 INVALID_PARAMETER_VALUE: no',
    });
  });

  it('that hangs or never ends its answer is given up', async () => {
    const signal = new AbortController().signal;
    const find = () => createMlflow({ url: url(), authorization: undefined }, 100).findModel('demo', signal);
    answer = () => {};
    await expect(find()).rejects.toThrow(/timed out/);
    answer = (_request, reply) => {
      reply.writeHead(200);
      const timer = setInterval(() => reply.write(' '.repeat(100)), 5);
      reply.on('close', () => clearInterval(timer));
    };
    await expect(find()).rejects.toThrow(/timed out/);
    answer = (_request, reply) => {
      reply.writeHead(200);
      const more = () => void (reply.destroyed || reply.write(' '.repeat(1e6), more));
      more();
    };
    await expect(createMlflow({ url: url(), authorization: undefined }).findModel('demo', signal)).rejects.toThrow(
      /longer than 16 MB/,
    );
  });

  it('is left at once when the worker stops, and its absence is told in a word', async () => {
    const stopping = new AbortController();
    answer = () => stopping.abort(new Error('stopping'));
    await expect(deliver({}, stopping.signal)).rejects.toThrow('stopping');
    const nobody = createMirror({ url: 'http://127.0.0.1:9', authorization: undefined }, source);
    await expect(nobody.deliver(event, new AbortController().signal)).rejects.toThrow(
      /^MLflow can't be reached: bad port/,
    );
  });

  /** One that has nothing yet, and takes everything. */
  const empty = (bodies: string[] = []) => {
    const ANSWERS: [part: string, status: number, body: string][] = [
      ['registered-models/get', 404, code('RESOURCE_DOES_NOT_EXIST')],
      ['experiments/get-by-name', 404, code('RESOURCE_DOES_NOT_EXIST')],
      ['experiments/create', 200, JSON.stringify({ experiment_id: '7' })],
      ['runs/create', 200, JSON.stringify({ run: { info: { run_id: 'r' }, data: {} } })],
      ['model-versions/create', 200, JSON.stringify({ model_version: { version: 1 } })],
    ];
    answer = (request, reply) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        bodies.push(body);
        const [, status, said] = ANSWERS.find(([part]) => request.url?.includes(part)) ?? ['', 200, '{}'];
        reply.writeHead(status).end(said);
      });
    };
  };

  it('shows a version also where its figures are gone, and says that they are', async () => {
    const bodies: string[] = [];
    empty(bodies);
    const gone = () => Promise.reject(new ArtifactError('file:///e: missing'));
    expect(await deliver({ evaluation: gone })).toEqual({ status: 'delivered' });
    const told = bodies.join('\n');
    expect(told).toContain('{"key":"whetstone.figures_missing","value":"its evaluation can\'t be read: sha256 e2"}');
    expect(told).toContain('"whetstone.weights","value":"whetstone://');
    expect(told).not.toContain('file://');
    expect(asked.at(-1)).toBe('POST model-versions/create');
  });

  it.each([
    ['points an alias at what moved it last', 3, true],
    ['leaves an alias where it is that has moved on since', 4, false],
  ])('%s', async (_what, seq, moves) => {
    empty();
    const move = { model: 'demo', alias: 'production', fromVersion: 1, toVersion: 2, by: 'ann', why: 'w', at: AT };
    const lastMove = async () => ({ ...move, seq, kind: 'promote' as const, requestId: 'p' });
    const mirror = createMirror({ url: url(), authorization: undefined }, { ...source, lastMove });
    const promoted = {
      ...event,
      type: 'promotion.promoted' as const,
      alias: 'production',
      data: { version: 2, move: 3 },
    };
    expect(await mirror.deliver(promoted, new AbortController().signal)).toEqual({ status: 'delivered' });
    expect(asked.includes('POST registered-models/alias')).toBe(moves);
  });
});

describe('a version in the words of MLflow', () => {
  it('has names that MLflow takes, values that are not too long, and no figure that is none', () => {
    const judged = registeredWith({
      ...version,
      candidate: 'tuned',
      made: {
        configHash: 'c',
        dataset: { uri: 'u', sha256: 'd' },
        incumbentVersion: 1,
        candidate: { name: 'tuned', größe: 'x'.repeat(9000), lora: { rank: 16 }, list: [1, 2] },
      },
    })!;
    const made = {
      ...version,
      made: {
        configHash: 'c',
        dataset: { uri: 'u', sha256: 'd' },
        incumbentVersion: 1,
        candidate: { größe: 'x'.repeat(9000), lora: { rank: 16 }, list: [1, 2] },
      },
    };
    const params = Object.fromEntries(paramsOf(made, judged).map(({ key, value }) => [key, value]));
    expect(params).toMatchObject({ incumbent_version: '1', 'recipe.lora.rank': '16', 'recipe.list': '[1,2]' });
    expect(params['recipe.gr__e']).toHaveLength(500);
    const evaluation = fakeEvaluation(0.25);
    evaluation.suites[0]!.name = 'süß (new)';
    evaluation.suites[0]!.comparisons[0]!.means.lookup = Number.NaN;
    const metrics = metricsOf(evaluation, judged);
    expect(metrics.every(({ key }) => /^[\w\-. :/]+$/.test(key))).toBe(true);
    expect(metrics.map(({ key }) => key)).toContain('s__ _new_/correctness/candidate');
    expect(metrics.map(({ key }) => key)).not.toContain('s__ _new_/correctness/lookup');
  });

  it('lies where MLflow could fetch it, or is named by what it is', () => {
    expect(sourceOf(version)).toBe('whetstone://demo/versions/2');
    expect(sourceOf({ ...version, ref: { uri: 's3://bucket/models/2', sha256: 'w' } })).toBe('s3://bucket/models/2');
    expect(sourceOf({ ...version, ref: { kind: 'hosted', provider: 'acme', id: 'small' } })).toBe(
      'hosted://acme/small',
    );
  });
});
