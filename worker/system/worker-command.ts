import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Paths } from '../../configs/paths.ts';
import type { QueueName } from '../../contract/queues.ts';

/**
 * A worker's memory stays flat: rows and replies are garbage soon, and V8 would let it pile up to gigabytes before it looks. Compiled
 * code stays while a worker waits for its next run: making it again took a tenth of the CPU time of a run of 5,000 calls.
 */
const WORKER_FLAGS = ['--max-semi-space-size=16', '--heap-growing-percent=25', '--no-flush-bytecode'];
/** What a worker's process needs besides its addresses. */
const workerEnv = ({ home }: Pick<Paths, 'home'>) => ({
  // glibc keeps what was freed, in each of many arenas, and more the larger the blocks were: replies and files come and go.
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
  // With it, no thread loads what strips types: twenty megabytes in each.
  NODE_COMPILE_CACHE: join(home, 'compile-cache'),
});

/** A TypeScript entry point, run by the Node that runs this. */
export const nodeArgs = (file: string) => [
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL(file, import.meta.url)),
];

/** What starts a worker of some queues: `worker.ts`, in a process of its own. */
export const workerCommand = (options: {
  env: NodeJS.ProcessEnv;
  paths: Pick<Paths, 'home'>;
  queues: readonly QueueName[];
}): { command: string; args: string[]; env: NodeJS.ProcessEnv } => ({
  command: process.execPath,
  args: [...WORKER_FLAGS, ...nodeArgs('../worker.ts'), ...options.queues.flatMap((queue) => ['--queue', queue])],
  env: { ...workerEnv(options.paths), ...options.env },
});
