import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isAlive, processStartTime } from '../common/process-identity.ts';

const LEFTOVERS = join(import.meta.dirname, 'support/leftovers.ts');
/** Starts what would outlive it, one that heeds no SIGTERM too, and tells their numbers. */
const TESTS = `
  const { spawn } = await import('node:child_process');
  const { endWhatIsLeft } = await import(${JSON.stringify(LEFTOVERS)});
  for (const _project of ['unit', 'real']) endWhatIsLeft();
  const start = (script) => spawn('sh', ['-c', script], { detached: true, stdio: 'ignore' }).pid;
  console.log(JSON.stringify([start('sleep 300'), start('trap "" TERM; while true; do sleep 1; done')]));
  setInterval(() => {}, 1000);
`;

it.each(['SIGINT', 'SIGKILL'] as const)('what tests started ends when the tests end by %s', async (signal) => {
  const tests = spawn(process.execPath, ['--input-type=module', '-e', TESTS], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(tests.stdout, 'data')) as [Buffer];
  const pids = JSON.parse(line.toString()) as number[];
  const started = await Promise.all(pids.map(async (pid) => ({ pid, startTime: (await processStartTime(pid)) ?? '' })));
  const alive = async () => (await Promise.all(started.map(isAlive))).filter(Boolean).length;
  expect(await alive()).toBe(2);
  tests.kill(signal);
  await expect.poll(alive, { timeout: 60_000 }).toBe(0);
});
