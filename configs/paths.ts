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
  artifacts: string;
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

/** Reads WHETSTONE_HOME and WHETSTONE_STATE; defaults are the user's cache folder and `.whetstone/` of the checkout. */
export function resolvePaths(env: NodeJS.ProcessEnv): Paths {
  const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const state = resolve(env.WHETSTONE_STATE ?? join(projectRoot, '.whetstone'));
  return {
    projectRoot,
    home: resolve(env.WHETSTONE_HOME ?? join(userCache(env), 'whetstone')),
    state,
    artifacts: join(state, 'artifacts'),
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

function userCache(env: NodeJS.ProcessEnv): string {
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches');
  return env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
}
