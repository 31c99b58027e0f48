import { homedir, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where things live: two places, one that can be made again and one that cannot (docs/decisions/0003). */
export interface Paths {
  /** The checkout. Relative paths of a config start here. */
  projectRoot: string;
  /** WHETSTONE_HOME: Python environment, Temporal binary, base models, compiled code. Shared by clones; can be deleted. */
  home: string;
  /** WHETSTONE_STATE: Temporal's database, registry, ledger, artifacts. Cannot be made again. */
  state: string;
  /** A folder's path, or s3://bucket/prefix. */
  artifacts: string;
  /** Copies of artifacts that lie elsewhere. */
  artifactCache: string;
  /** Databases, as file paths or as `postgres://` URLs. */
  registry: string;
  ledger: string;
  /** Of the documents' passages. */
  index: string;
  /** What the names of files begin with that hold answers on their way into the ledger. */
  journals: string;
  training: string;
  logs: string;
  /** What the gateway writes of each answer: who gave it, out of what. */
  answers: string;
  processes: string;
  temporalDatabase: string;
  /** Who runs this checkout's system. */
  supervisor: string;
  /** The same for a worker that was started alone. */
  workerProcesses: string;
  workerSupervisor: string;
  /** Addresses of the running system, for the CLI. */
  running: string;
}

/**
 * Reads WHETSTONE_HOME, WHETSTONE_STATE and WHETSTONE_ARTIFACTS; defaults are the user's cache folder, `.whetstone/` of the checkout and
 * `artifacts/` below that. DATABASE_URL takes the place of the files of registry, ledger and indexes.
 * @throws Error for artifacts at a place that is neither a folder nor S3, and for a database that is not Postgres
 */
export function resolvePaths(env: NodeJS.ProcessEnv): Paths {
  const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const state = resolve(env.WHETSTONE_STATE ?? join(projectRoot, '.whetstone'));
  const home = resolve(env.WHETSTONE_HOME ?? join(userCache(env), 'whetstone'));
  const database = databaseUrl(env);
  const ledgerFile = join(state, 'ledger.db');
  return {
    projectRoot,
    home,
    state,
    artifacts: artifactsPlace(env.WHETSTONE_ARTIFACTS) ?? join(state, 'artifacts'),
    artifactCache: join(home, 'artifacts'),
    registry: database ?? join(state, 'registry.db'),
    ledger: database ?? ledgerFile,
    index: database ?? join(state, 'index.sqlite'),
    journals: ledgerFile,
    training: join(state, 'training'),
    logs: join(state, 'logs'),
    answers: join(state, 'answers.jsonl'),
    processes: join(state, 'processes'),
    temporalDatabase: join(state, 'temporal.db'),
    supervisor: join(state, 'supervisor.json'),
    workerProcesses: join(state, 'worker-processes'),
    workerSupervisor: join(state, 'worker-supervisor.json'),
    running: join(state, 'running.json'),
  };
}

function artifactsPlace(place: string | undefined): string | undefined {
  if (!place) return undefined;
  if (place.startsWith('s3://')) return place;
  if (place.startsWith('file://')) return fileURLToPath(place);
  if (!/^[a-z][a-z0-9+.-]+:/i.test(place)) return resolve(place);
  throw new Error(`WHETSTONE_ARTIFACTS: found '${place}'; expected a folder, file:///FOLDER or s3://BUCKET/PREFIX`);
}

function databaseUrl({ DATABASE_URL: url }: NodeJS.ProcessEnv): string | undefined {
  if (!url) return undefined;
  if (/^postgres(?:ql)?:\/\//i.test(url)) return url;
  // It may hold a password, and it may be meant for another program.
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? 'no scheme';
  throw new Error(
    `DATABASE_URL: found ${scheme}…, expected postgres://user:password@host:5432/database. ` +
      `Correct it, or unset it: registry and ledger are then SQLite files of the state folder`,
  );
}

function userCache(env: NodeJS.ProcessEnv): string {
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches');
  return env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
}
