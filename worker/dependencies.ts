import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DependenciesOf, TrainingDependencies } from '../activities/dependencies.ts';
import { openArtifacts } from '../artifacts/open.ts';
import { documentRoots } from '../configs/document-roots.ts';
import { loadHosted, loadKeyPolicy, loadStages } from '../configs/load.ts';
import type { Paths } from '../configs/paths.ts';
import type { JobMachine } from '../contract/jobs.ts';
import { machineQueue, type QueueName } from '../contract/queues.ts';
import { linkBase } from '../evidence/link.ts';
import { HeldExamples } from '../generation/held-examples.ts';
import { createBaseModelMaker } from '../providers/training/bases.ts';
import { createMachine } from '../providers/training/machine.ts';
import { createTrlTrainer } from '../providers/training/trl.ts';
import { notingAsks } from '../providers/training/noting-asks.ts';
import { BATCH_TIMING, type BatchTiming } from '../providers/ledger/batch-queue.ts';
import { openLedger, type Ledger } from '../providers/ledger/ledger.ts';
import { createHosted } from '../providers/hosted.ts';
import { createModelServer } from '../providers/inference/transformers.ts';
import { openRegistry } from '../registry/open.ts';
import type { Registry } from '../registry/store.ts';
import { openRetrievalHere } from '../retrieval/open-here.ts';
import type { Retrieval } from '../retrieval/open.ts';
import { createCheckpointStore } from '../training/checkpoints.ts';
import { machineId } from './system/machine-id.ts';
import { ensurePython, lookForPython } from './system/python.ts';

interface Place {
  env: NodeJS.ProcessEnv;
  paths: Paths;
  say: (message: string) => void;
}

/**
 * The composition root of the worker: real adapters for the ports of its queues. What no queue of them needs is neither opened nor
 * asked for: training needs no database and no key, generation no Python.
 */
export class Composition {
  readonly #place: Place;
  readonly #closing: (() => Promise<void>)[] = [];
  #ledger: Promise<Ledger> | undefined;
  #registry: Promise<Registry> | undefined;
  #opened: Retrieval | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** What a queue needs; what several need is opened once. @throws Error that names the variable and says what to do */
  async open<Queue extends QueueName>(queue: Queue): Promise<DependenciesOf[Queue]> {
    await mkdir(this.#place.paths.state, { recursive: true });
    return this.#open[queue]();
  }

  /** For when no activity runs any more. */
  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) await close();
  }

  readonly #open: { [Queue in QueueName]: () => Promise<DependenciesOf[Queue]> } = {
    control: async () => ({
      registry: await this.#openRegistry(),
      artifacts: await this.#artifacts(),
      ledger: await this.#openLedger(),
      stages: this.#stages,
      now: () => new Date().toISOString(),
    }),
    generation: async () => ({
      ...this.#documents(),
      keys: await this.#keys(),
      artifacts: await this.#artifacts(),
      held: new HeldExamples(),
      ledger: await this.#openLedger(),
      stages: this.#stages,
      indexer: (await this.#retrieval()).indexer,
    }),
    training: () => this.#training(),
    evaluation: async () => ({
      keys: await this.#keys(),
      artifacts: await this.#artifacts(),
      ledger: await this.#openLedger(),
      modelServer: createModelServer({ baseUrl: modelServerOf(this.#place.env) }),
      hosted: createHosted(await loadHosted(this.#place.paths.projectRoot), await this.#keys()),
      gateway: linkBase(this.#place.env),
      retriever: (await this.#retrieval()).retriever,
    }),
  };

  async #training(): Promise<TrainingDependencies> {
    const { env, paths, say } = this.#place;
    const { projectRoot, home, training: workDir } = paths;
    const python = await ensurePython({ env, projectRoot, home, say });
    const cacheDir = join(home, 'bases');
    const artifacts = await this.#artifacts();
    // Those of one machine lie in its jobs' folders already.
    const shared = artifacts.local ? {} : { checkpoints: createCheckpointStore({ artifacts, say }) };
    const turns = createMachine({ lock: workDir, folders: [workDir, cacheDir] });
    return {
      ...this.#documents(),
      artifacts,
      trainers: { trl: notingAsks(createTrlTrainer({ python, workDir, machine: turns, say, ...shared }), workDir) },
      ...shared,
      bases: createBaseModelMaker({ python, cacheDir, machine: turns }),
      machine: await thisMachine(this.#place),
      retriever: (await this.#retrieval()).retriever,
    };
  }

  readonly #stages = () => loadStages(this.#place.paths.projectRoot);

  #documents() {
    const { env, paths } = this.#place;
    return { projectRoot: paths.projectRoot, allowedRoots: documentRoots(env, paths) };
  }

  async #keys() {
    const { env, paths } = this.#place;
    return { env, servers: await loadKeyPolicy(paths.projectRoot) };
  }

  #artifacts() {
    const { env, paths } = this.#place;
    return openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env });
  }

  #openLedger(): Promise<Ledger> {
    const { env, paths } = this.#place;
    return (this.#ledger ??= openLedger(paths.ledger, { journals: paths.journals, timing: batchTiming(env) }).then(
      (ledger) => {
        this.#closing.push(() => ledger.close());
        return ledger;
      },
    ));
  }

  /** Nothing is opened until an index is filled or asked. */
  async #retrieval(): Promise<Retrieval> {
    const { env, paths, say } = this.#place;
    if (this.#opened) return this.#opened;
    const opened = openRetrievalHere({
      env,
      paths,
      say,
      keys: await this.#keys(),
      // Only its pip is in use, so that no environment is made for it.
      python: async () => (await lookForPython({ ...paths, env })).python,
    });
    this.#closing.push(() => opened.close());
    return (this.#opened = opened);
  }

  #openRegistry(): Promise<Registry> {
    const { paths } = this.#place;
    return (this.#registry ??= this.#stages()
      // Read once now, so that a worker does not start on rules that can't be read.
      .then(() => openRegistry({ url: paths.registry, policies: async () => (await this.#stages()).aliases }))
      .then(({ registry, close }) => {
        this.#closing.push(close);
        return registry;
      }));
  }
}

/** A worker that is restarted is back within seconds; one that is not is not waited for. */
const LOST_AFTER_MS = 60_000;

async function thisMachine({ env, paths }: Place): Promise<JobMachine> {
  const lostAfterMs = milliseconds(env, 'WHETSTONE_MACHINE_LOST_MS', LOST_AFTER_MS);
  return { queue: machineQueue(await machineId(paths.state)), lostAfterMs };
}

/** How long calls gather into one batch, and how often a batch is looked at. */
function batchTiming(env: NodeJS.ProcessEnv): BatchTiming {
  return {
    gatherMs: milliseconds(env, 'WHETSTONE_BATCH_GATHER_MS', BATCH_TIMING.gatherMs),
    pollMs: milliseconds(env, 'WHETSTONE_BATCH_POLL_MS', BATCH_TIMING.pollMs),
  };
}

function milliseconds(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name];
  const value = text === undefined || text === '' ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${name}: found '${text}', expected a whole number of milliseconds above 0`);
  return value;
}

function modelServerOf(env: NodeJS.ProcessEnv): string {
  const url = env['WHETSTONE_MODEL_SERVER'];
  if (url) return url;
  throw new Error(
    'WHETSTONE_MODEL_SERVER is not set: the address of the model server, such as http://127.0.0.1:8090. ' +
      "'npm start' and 'npx whetstone worker' start one and set it",
  );
}
