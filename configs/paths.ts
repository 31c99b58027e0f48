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
  registry: string;
  ledger: string;
  training: string;
  logs: string;
  processes: string;
  temporalDatabase: string;
  /** Who runs this checkout's system. */
  supervisor: string;
  /** Addresses of the running system, for the CLI. */
  running: string;
}

/**
 * Reads WHETSTONE_HOME, WHETSTONE_STATE and WHETSTONE_ARTIFACTS; defaults are the user's cache folder, `.whetstone/` of the checkout and
 * `artifacts/` below that.
 * @throws Error for artifacts at a place that is neither a folder nor S3
 */
export function resolvePaths(env: NodeJS.ProcessEnv): Paths {
  const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const state = resolve(env.WHETSTONE_STATE ?? join(projectRoot, '.whetstone'));
  const home = resolve(env.WHETSTONE_HOME ?? join(userCache(env), 'whetstone'));
  return {
    projectRoot,
    home,
    state,
    artifacts: artifactsPlace(env.WHETSTONE_ARTIFACTS) ?? join(state, 'artifacts'),
    artifactCache: join(home, 'artifacts'),
    registry: join(state, 'registry.db'),
    ledger: join(state, 'ledger.db'),
    training: join(state, 'training'),
    logs: join(state, 'logs'),
    processes: join(state, 'processes'),
    temporalDatabase: join(state, 'temporal.db'),
    supervisor: join(state, 'supervisor.json'),
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

function userCache(env: NodeJS.ProcessEnv): string {
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches');
  return env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
}
