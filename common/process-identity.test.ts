import { execFileSync } from 'node:child_process';
import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { hostIdentity } from './process-identity.ts';

/** What a process of its own takes its host for. */
const askedBy = (...wrap: string[]) => {
  const module = new URL('./process-identity.ts', import.meta.url).href;
  const ask = `import { hostIdentity } from ${JSON.stringify(module)}; process.stdout.write(await hostIdentity())`;
  const args = ['--no-warnings', '--input-type=module', '-e', ask];
  const [command = '', ...rest] = [...wrap, process.execPath, ...args];
  return execFileSync(command, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
};

/** Whether this machine lets us stand in for another one. */
function mayUnshare(): boolean {
  try {
    execFileSync('unshare', ['--uts', '--pid', '--fork', 'true'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

it('a host is the same for all of its processes', async () => {
  expect(await hostIdentity()).toBe(askedBy());
  expect(await hostIdentity()).toContain(hostname());
});

it.skipIf(!mayUnshare())('a host is another one in a container of its own, and on a clone of the machine', async () => {
  const container = askedBy('unshare', '--pid', '--fork', '--mount-proc');
  const clone = askedBy('unshare', '--uts', 'sh', '-c', 'hostname clone && exec "$@"', 'sh');
  expect(new Set([await hostIdentity(), container, clone]).size).toBe(3);
});
