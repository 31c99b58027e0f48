import { randomUUID } from 'node:crypto';
import { mkdir, statfs } from 'node:fs/promises';
import { openArtifacts } from '../../artifacts/open.ts';
import { documentRoots } from '../../configs/document-roots.ts';
import { loadKeyPolicy } from '../../configs/load.ts';
import type { Paths } from '../../configs/paths.ts';
import { QUEUE_NAMES, type QueueName } from '../../contract/queues.ts';
import { connectClient } from '../../operations/connection.ts';
import { detectAccelerator, mayHaveGpu } from '../../providers/training/accelerator.ts';
import { openDatabase } from '../../sql/database.ts';
import { isPostgresUrl, postgresName } from '../../sql/postgres.ts';
import { answers, modelServerUrl } from './model-server-process.ts';
import { readPorts } from './ports.ts';
import { lookForPython, missingPackages } from './python.ts';
import { needsPython, withRunning } from './run-worker.ts';

/** Of one thing that a worker needs; what is only worth knowing is a note. */
export interface Finding {
  status: 'ok' | 'missing' | 'note';
  what: string;
  /** What was found, and how to mend what is missing. */
  said: string;
}

interface WorkerHere {
  env: NodeJS.ProcessEnv;
  paths: Paths;
  queues: readonly QueueName[];
}

/** Free space without which a worker soon stops: what training writes are weights of gigabytes, several times. */
const NEEDED_GB = { training: 10, other: 1 };

/** What a worker of these queues would find on this machine, each thing by itself; nothing is started, and nothing stays. */
export async function checkWorker(here: WorkerHere): Promise<Finding[]> {
  const env = reachable(here);
  const { paths, queues } = here;
  const needs = (...some: QueueName[]) => queues.some((queue) => some.includes(queue));
  const all = { ...here, env };
  const checks: (Promise<Finding | Finding[]> | false)[] = [
    check('Temporal', () => temporal(env)),
    needs('control', 'generation', 'evaluation') && check('database', () => database(all)),
    needs('generation', 'training', 'evaluation') && check('artifacts', () => artifacts(all)),
    needs('generation', 'training') && check('documents', () => documents(all)),
    needs('generation', 'evaluation') && check('keys', () => keys(all)),
    needsPython(env, queues) && check('Python', () => python(all)),
    needs('evaluation') && check('model server', () => modelServer(env)),
    needs('training') && check('GPU', () => gpu(all)),
    check('disk', () => disk(paths, needs('training') ? NEEDED_GB.training : NEEDED_GB.other)),
  ];
  return [...(await Promise.all(checks.filter((one) => one !== false))).flat(), ...unshared(all)];
}

type Said = Omit<Finding, 'what'>;

const ok = (said: string): Said => ({ status: 'ok', said });
const note = (said: string): Said => ({ status: 'note', said });
const missing = (said: string): Said => ({ status: 'missing', said });

/** What a check throws says what is missing. */
async function check(what: string, look: () => Promise<Said>): Promise<Finding> {
  const said = await look().catch((error: unknown) => missing(error instanceof Error ? error.message : String(error)));
  // One line each.
  return { ...said, what, said: said.said.replace(/\s*\n\s*/g, ' ') };
}

/** The environment that the worker would have; without a Temporal server it lacks its address, which is told. */
function reachable({ env, paths, queues }: WorkerHere): NodeJS.ProcessEnv {
  try {
    return withRunning(env, paths, queues);
  } catch {
    return env;
  }
}

async function temporal(env: NodeJS.ProcessEnv): Promise<Said> {
  const address = env.TEMPORAL_ADDRESS;
  if (!address) return missing('TEMPORAL_ADDRESS is not set; set it to the server, such as temporal.example.com:7233');
  const { client, connection } = await connectClient(env).catch((cause: unknown) => {
    throw new Error(`no server answers at ${address}; start one, or correct TEMPORAL_ADDRESS`, { cause });
  });
  const { namespace } = client.options;
  try {
    await client.workflowService.describeNamespace({ namespace });
    return ok(`${address}, namespace ${namespace}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return missing(
      `${address}: namespace '${namespace}': ${why}; make it (temporal operator namespace create --namespace ${namespace}), or correct TEMPORAL_NAMESPACE or TEMPORAL_API_KEY`,
    );
  } finally {
    await connection.close();
  }
}

async function database({ paths: { registry, state } }: WorkerHere): Promise<Said> {
  if (!isPostgresUrl(registry)) {
    await mkdir(state, { recursive: true });
    return ok(`SQLite files in ${state}`);
  }
  await (await openDatabase(registry)).destroy();
  return ok(postgresName(registry));
}

/** A small object is written, read and deleted. */
async function artifacts({ env, paths }: WorkerHere): Promise<Said> {
  const store = await openArtifacts({ location: paths.artifacts, cacheDir: paths.artifactCache, env });
  const text = randomUUID();
  const { uri } = await store.addBytes({ kind: 'probes', bytes: Buffer.from(text), ending: '.txt' });
  const read = await store.readText(uri);
  await store.delete(uri);
  if (read !== text) return missing(`${paths.artifacts}: an object that was written reads otherwise; check the store`);
  return ok(`${paths.artifacts}: written, read and deleted`);
}

async function documents({ env, paths }: WorkerHere): Promise<Said> {
  return ok(documentRoots(env, paths).join(', '));
}

/** Whether a run needs them is for its config to say. */
async function keys({ env, paths }: WorkerHere): Promise<Said> {
  const unset = Object.keys(await loadKeyPolicy(paths.projectRoot)).filter((name) => !env[name]?.trim());
  if (unset.length === 0) return ok('all that configs/keys.yaml names are set');
  return note(`not set: ${unset.join(', ')}; only runs whose models need them do`);
}

async function python({ env, paths }: WorkerHere): Promise<Said> {
  const { projectRoot, home } = paths;
  const found = await lookForPython({ env, projectRoot, home });
  if (found.status === 'to-be-made')
    return note(`the environment is made at the first start, with ${found.python}: 1 to 5 GB, some minutes`);
  const lacks = await missingPackages({ projectRoot, python: found.python });
  if (lacks.length === 0) return ok(found.python);
  return missing(
    `${found.python} lacks ${lacks.join(', ')}; install them: ${found.python} -m pip install -r providers/python/requirements.txt -c providers/python/constraints.txt`,
  );
}

async function modelServer(env: NodeJS.ProcessEnv): Promise<Said> {
  const url = env.WHETSTONE_MODEL_SERVER;
  if (!url) return note(`the worker starts one at ${modelServerUrl(readPorts(env).modelServer)}`);
  const health = `${url.replace(/\/+$/, '').replace(/\/v1$/, '')}/health`;
  if (await answers(health).catch(() => false)) return ok(url);
  return missing(
    `${health} does not answer; start the server, correct WHETSTONE_MODEL_SERVER, or unset it: the worker then starts one`,
  );
}

async function gpu({ env, paths }: WorkerHere): Promise<Said> {
  const none = note('none: training computes on the processor');
  if (!mayHaveGpu()) return none;
  const found = await lookForPython({ env, projectRoot: paths.projectRoot, home: paths.home });
  if (found.status === 'to-be-made')
    return note('there may be one; torch is asked once the Python environment is made');
  const { device, bf16 } = await detectAccelerator(found.python);
  return device === 'cpu' ? none : ok(`${device}${bf16 ? ', bfloat16' : ''}`);
}

async function disk({ state }: Paths, neededGb: number): Promise<Said> {
  await mkdir(state, { recursive: true });
  const { bavail, bsize } = await statfs(state);
  const freeGb = (bavail * bsize) / 1e9;
  const said = `${freeGb.toFixed(1)} GB free in ${state}`;
  return freeGb >= neededGb
    ? ok(said)
    : missing(`${said}, ${neededGb} GB are needed; free some, or move it: WHETSTONE_STATE`);
}

/** What other machines can't reach, where there are others: only a worker of all queues may work alone for a server elsewhere. */
function unshared({ env, paths, queues }: WorkerHere): Finding[] {
  if (!env.TEMPORAL_ADDRESS || isLocal(env.TEMPORAL_ADDRESS)) return [];
  const status = queues.length === QUEUE_NAMES.length ? 'note' : 'missing';
  const found: Finding[] = [];
  if (!isPostgresUrl(paths.registry) && queues.some((queue) => queue !== 'training'))
    found.push({
      status,
      what: 'database',
      said: `SQLite files in ${paths.state} can't be shared by machines; set DATABASE_URL to a Postgres database`,
    });
  if (!paths.artifacts.startsWith('s3://') && queues.some((queue) => queue !== 'control'))
    found.push(
      env.WHETSTONE_ARTIFACTS
        ? { status: 'note', what: 'artifacts', said: `every machine must see ${paths.artifacts} as the same folder` }
        : {
            status,
            what: 'artifacts',
            said: `${paths.artifacts} can't be shared by machines; set WHETSTONE_ARTIFACTS to s3://BUCKET/PREFIX, or to a folder that all of them mount`,
          },
    );
  return found;
}

/** Whether a server's address, `host:port`, is of this machine. */
function isLocal(address: string): boolean {
  const host = address.replace(/:\d+$/, '');
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}
