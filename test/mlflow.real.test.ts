import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArtifacts } from '../artifacts/open.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { openRegistry, type OpenRegistry } from '../registry/open.ts';
import { mirrorSource } from '../sinks/mlflow/source.ts';
import { createMirror, MLFLOW_SINK } from '../sinks/mlflow/mirror.ts';
import { mlflowSettings } from '../sinks/mlflow/settings.ts';
import { runSinks } from '../sinks/run.ts';
import { fakeEvaluation } from './support/fake-activities.ts';
import { findMlflow, startMlflow, type MlflowServer } from './support/mlflow-server.ts';
import { freePorts } from './support/system.ts';

/** The mirror against MLflow's own server. */

const python = await findMlflow();
const why = python === undefined ? ' (skipped: no package index can be reached, to have MLflow from)' : '';
const AT = '2026-11-26T10:00:00.000Z';
const MODEL = 'womens-health';
const about = { model: MODEL, alias: 'production', at: AT };
const said = { by: 'ann', why: 'better', at: AT };
const LOOP = { pollMs: 20, leaseMs: 30_000 };
const GATEWAY = 'https://gateway.example.com';

describe.skipIf(python === undefined)(`MLflow${why}`, () => {
  let folder: string;
  let artifacts: ArtifactStore;
  let open: OpenRegistry;
  let server: MlflowServer;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whetstone-mirror-'));
    artifacts = await openArtifacts({ location: join(folder, 'artifacts'), cacheDir: join(folder, 'cache'), env: {} });
    const policies = { production: { description: '', approvals: 0, evidence: [] } };
    open = await openRegistry({ url: join(folder, 'registry.db'), policies });
    const [port = 0] = await freePorts(1);
    server = await startMlflow(python!, port);
  });
  afterAll(async () => {
    await stop?.();
    await server?.close();
    await open?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const mirror = () => {
    const settings = mlflowSettings({ MLFLOW_TRACKING_URI: server.url })!;
    const source = mirrorSource({ registry: open.registry, artifacts: async () => artifacts, gateway: GATEWAY });
    const sinks = [createMirror(settings, source, { firstRetryMs: 50, mostRetryMs: 200 })];
    ({ stop } = runSinks({ outbox: open.registry.outbox, sinks, say: () => {}, timing: LOOP }));
  };
  const register = async (run: number, difference = 0.25) => {
    const common = {
      model: MODEL,
      base: 'tiny-llama',
      systemPrompt: '',
      sampling: { temperature: 0, maxTokens: 96 },
      at: AT,
    };
    const ref = { uri: `file:///models/${run}`, sha256: `w${run}` };
    if (run === 0) return open.registry.registerVersion({ ...common, candidate: 'base', runId: 'base', ref });
    const bytes = Buffer.from(JSON.stringify(fakeEvaluation(difference)));
    const { uri, sha256 } = await artifacts.addBytes({ kind: 'evaluations', bytes, ending: '.json' });
    return open.registry.registerVersion({
      ...common,
      candidate: 'tuned',
      runId: `run-${run}`,
      ref,
      datasetVersion: 'd1',
      evidence: { uri, sha256 },
      gate: { decision: 'promote', suite: 'test', candidate: 'tuned', reasons: ['better'] },
      made: {
        configHash: 'c'.repeat(64),
        dataset: { uri: 'file:///datasets/d1', sha256: 'd1' },
        incumbentVersion: null,
        candidate: { name: 'tuned', provider: 'trl', lora: { rank: 16 } },
      },
    });
  };
  const promote = async (version: number, expectedVersion: number | null) => {
    const id = `promote/${version}`;
    if (expectedVersion !== null)
      await open.registry.openPromotion({ ...about, id, version, expectedVersion, reasons: [], approvalsNeeded: 0 });
    const kind = expectedVersion === null ? 'bootstrap' : 'promote';
    const moved = await open.registry.moveAlias({
      ...about,
      ...said,
      toVersion: version,
      expectedVersion,
      kind,
      promotionId: id,
    });
    expect(moved).toMatchObject({ status: 'moved' });
  };
  const mirrored = async () => {
    await expect
      .poll(async () => (await open.registry.outbox.standings(MLFLOW_SINK))[0]?.behind, {
        timeout: 60_000,
        interval: 50,
      })
      .toBe(0);
    expect(await open.registry.outbox.letters()).toEqual([]);
  };

  interface Seen {
    aliases: Record<string, string>;
    versions: Record<string, string>;
    runs: string[];
  }
  /** What MLflow shows: our version that each alias points at, and each number of its own with ours. */
  const seen = async (): Promise<Seen> => {
    const { registered_model } = (await server.ask('GET', 'registered-models/get', { name: MODEL })) as {
      registered_model: { aliases?: { alias: string; version: string }[] };
    };
    const { model_versions } = (await server.ask('GET', 'model-versions/search', {
      filter: `name = '${MODEL}'`,
      max_results: 100,
    })) as {
      model_versions: { version: string; tags: { key: string; value: string }[] }[];
    };
    const ours = Object.fromEntries(
      model_versions.map(({ version, tags }) => [
        version,
        tags.find(({ key }) => key === 'whetstone.version')?.value ?? '',
      ]),
    );
    const { runs = [] } = await runsOf();
    return {
      versions: ours,
      aliases: Object.fromEntries(
        (registered_model.aliases ?? []).map(({ alias, version }) => [alias, ours[version] ?? '']),
      ),
      runs: runs.map(({ info }) => info.run_name).toSorted(),
    };
  };
  const runsOf = async () => {
    const { experiment } = (await server.ask('GET', 'experiments/get-by-name', { experiment_name: MODEL })) as {
      experiment: { experiment_id: string };
    };
    return (await server.ask('POST', 'runs/search', {
      experiment_ids: [experiment.experiment_id],
      max_results: 100,
    })) as {
      runs?: {
        info: { run_id: string; run_name: string; status: string };
        data: Record<string, { key: string; value: unknown }[]>;
      }[];
    };
  };

  it('shows versions with their figures and what made them, and what an alias points at, after a promotion', async () => {
    await register(0);
    await register(1);
    await promote(1, null);
    await promote(2, 1);
    // What happened before there was a mirror is shown as well.
    mirror();
    await mirrored();
    expect(await seen()).toEqual({ versions: { 1: '1', 2: '2' }, aliases: { production: '2' }, runs: [`${MODEL} v2`] });
    const [run] = (await runsOf()).runs ?? [];
    expect(run?.info.status).toBe('FINISHED');
    const values = (what: string) => Object.fromEntries((run?.data[what] ?? []).map(({ key, value }) => [key, value]));
    expect(values('params')).toMatchObject({
      base: 'tiny-llama',
      config_hash: 'c'.repeat(64),
      dataset_version: 'd1',
      gate: 'promote',
      'recipe.lora.rank': '16',
    });
    expect(values('metrics')).toMatchObject({
      'test/correctness/candidate': 0.45,
      'test/correctness/base': 0.2,
      'test/correctness/echo': 0,
      'test/correctness/lookup': 0.5,
      'test/correctness/difference': 0.25,
      'test/correctness/difference_low': 0.2,
      'test/correctness/difference_high': 0.3,
      'test/questions': 100,
    });
    const { model_version } = (await server.ask('GET', 'model-versions/get', { name: MODEL, version: '2' })) as {
      model_version: { run_id: string; tags: { key: string; value: string }[] };
    };
    expect(model_version.run_id).toBe(run?.info.run_id);
    expect(Object.fromEntries(model_version.tags.map(({ key, value }) => [key, value]))).toMatchObject({
      'whetstone.version': '2',
      'whetstone.evidence': expect.stringMatching(/^https:\/\/gateway\.example\.com\/evidence\/[0-9a-f]{64}$/),
      'whetstone.promotion.production': 'promote/2',
      'whetstone.status.production': expect.stringContaining('promoted'),
    });
  });

  it('misses nothing that happens while it is away, doubles nothing, and keeps nobody waiting', async () => {
    await server.stop();
    const began = Date.now();
    await register(2, 0.3);
    await promote(3, 2);
    await open.registry.rollback({ ...about, ...said });
    await register(3, 0.4);
    expect(Date.now() - began).toBeLessThan(5_000);
    await expect
      .poll(async () => (await open.registry.outbox.standings(MLFLOW_SINK))[0])
      .toMatchObject({ lastError: expect.stringContaining('ECONNREFUSED') });
    await server.start();
    await mirrored();
    const now = {
      versions: { 1: '1', 2: '2', 3: '3', 4: '4' },
      runs: [2, 3, 4].map((version) => `${MODEL} v${version}`),
    };
    expect(await seen()).toEqual({ ...now, aliases: { production: '2' } });

    await open.registry.takeDown({ ...about, ...said });
    await mirrored();
    expect(await seen()).toEqual({ ...now, aliases: {} });
    // All of it again, as after a crash that forgot everything; figures that could not be read then are there now.
    await stop();
    const [lacking] = (await runsOf()).runs ?? [];
    const tag = { run_id: lacking?.info.run_id, key: 'whetstone.figures_missing', value: 'gone' };
    await server.ask('POST', 'runs/set-tag', tag);
    expect(await open.registry.outbox.rewind(MLFLOW_SINK)).toBe(true);
    mirror();
    await mirrored();
    expect(await seen()).toEqual({ ...now, aliases: {} });
    expect(JSON.stringify(await runsOf())).not.toContain('figures_missing');
  });

  it("leaves somebody else's model of the same name alone, and says so", async () => {
    await server.ask('POST', 'registered-models/create', { name: 'theirs' });
    await open.registry.registerVersion({
      model: 'theirs',
      base: 'b',
      systemPrompt: '',
      sampling: { temperature: 0, maxTokens: 96 },
      candidate: 'base',
      runId: 'base',
      ref: { uri: 'file:///x', sha256: 'x' },
      at: AT,
    });
    await expect
      .poll(async () => (await open.registry.outbox.letters()).map(({ error }) => error))
      .toEqual([expect.stringContaining('without the tag whetstone.model')]);
    expect(await server.ask('GET', 'model-versions/search', { filter: "name = 'theirs'" })).toEqual({});
  });
});
