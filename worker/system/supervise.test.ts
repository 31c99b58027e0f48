import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processStartTime } from '../../common/process-identity.ts';
import { Supervisor, type ProcessSpec } from './supervise.ts';

let folder: string;
let supervisor: Supervisor;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whetstone-supervise-'));
  said = [];
  supervisor = create();
});
afterEach(async () => {
  await supervisor.stop();
  rmSync(folder, { recursive: true, force: true });
});

const create = () =>
  new Supervisor({
    recordsDir: join(folder, 'processes'),
    logsDir: join(folder, 'logs'),
    say: (message) => said.push(message),
    restartDelayMs: 5,
  });

/** A process that runs a shell script; ready once the script has made the file `ready`, unless told otherwise. */
const shell = (name: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
  env: { FOLDER: folder },
  ready: async () => existsSync(join(folder, 'ready')),
  readyTimeoutMs: 10_000,
  graceMs: 200,
  ...more,
});

/** Of lines that are whole: a file that was just opened has none, and 0 would mean the group of the tests themselves. */
const pidsIn = (file: string) =>
  existsSync(join(folder, file))
    ? [...readFileSync(join(folder, file), 'utf8').matchAll(/^(\d+)\n/gm)].map(([, pid]) => Number(pid))
    : [];
const isRunning = async (pid: number) => (await processStartTime(pid)) !== undefined;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(10)) if (await condition()) return;
  throw new Error(`never came: ${condition.toString()}`);
}

describe('start', () => {
  it('returns once the process answers', async () => {
    await supervisor.start(shell('slow', 'sleep 0.2; touch $FOLDER/ready; exec sleep 60'));
    expect(existsSync(join(folder, 'ready'))).toBe(true);
  });

  it('fails at once with the end of the log when the process ends before it is ready', async () => {
    const started = Date.now();
    await expect(supervisor.start(shell('broken', 'echo first; echo no such thing >&2; exit 3'))).rejects.toThrow(
      /^broken stopped at once \(exit code 3\):\n {2}\| first\n {2}\| no such thing\n {2}\(whole log: .*broken\.log\)$/,
    );
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it.each([
    ['exits with 0', 'exit 0', 'exit code 0'],
    ['is killed', 'kill -9 $$', 'SIGKILL'],
  ])('fails at once when it %s', async (_how, script, shown) => {
    await expect(supervisor.start(shell('brief', script))).rejects.toThrow(`brief stopped at once (${shown})`);
  });

  it('does not take a stranger on its port for it', async () => {
    const ready = async () => {
      await until(async () => pidsIn('pid').length > 0 && !(await isRunning(pidsIn('pid')[0]!)));
      await sleep(50);
      return true;
    };
    await expect(supervisor.start(shell('dead', 'echo $$ > $FOLDER/pid; exit 1', { ready }))).rejects.toThrow(
      'dead stopped at once',
    );
  });

  it('fails at once when the command is missing', async () => {
    await expect(supervisor.start(shell('absent', '', { command: join(folder, 'nowhere') }))).rejects.toThrow(
      /^absent could not be started: spawn .*nowhere ENOENT$/,
    );
  });

  it('gives up on a process that never answers', async () => {
    await expect(
      supervisor.start(shell('mute', 'echo waiting; exec sleep 60', { readyTimeoutMs: 300 })),
    ).rejects.toThrow(/^mute was not ready after 0\.3 s:\n {2}\| waiting/);
  });

  it('starts nothing once everything is being stopped', async () => {
    await supervisor.stop();
    await expect(supervisor.start(shell('late', 'touch $FOLDER/ran; exec sleep 60'))).rejects.toThrow(
      'late was not started',
    );
    await sleep(50);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('shows the last lines of a long log only', async () => {
    const failing = supervisor.start(
      shell('wordy', 'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo "line $i"; done; exit 1'),
    );
    await expect(failing).rejects.toThrow(/\(exit code 1\):\n {2}\| line 3986\n(.*\n){13} {2}\| line 4000\n/);
  });
});

describe('a process that dies', () => {
  const counted = 'echo $$ >> $FOLDER/pids; touch $FOLDER/ready;';

  it('is started again, and its children do not outlive it', async () => {
    await supervisor.start(shell('mortal', `${counted} sleep 60 & echo $! >> $FOLDER/children; exec sleep 60`));
    await until(() => pidsIn('children').length === 1);
    process.kill(pidsIn('pids')[0]!, 'SIGKILL');
    await until(() => pidsIn('children').length === 2);
    expect(said).toEqual(['mortal ended (SIGKILL); starting it again']);
    expect(await isRunning(pidsIn('children')[0]!)).toBe(false);
    expect(await isRunning(pidsIn('children')[1]!)).toBe(true);
  });

  it('again and again makes `failure` reject with the end of its log', async () => {
    const ready = async () => true;
    await supervisor.start(shell('doomed', `${counted} echo "out of luck"; sleep 0.05; exit 7`, { ready }));
    await expect(supervisor.failure).rejects.toThrow(
      /^doomed died 5 times within a minute:\n( {2}\| out of luck\n){5}/,
    );
    expect(pidsIn('pids')).toHaveLength(5);
    expect(said[0]).toBe('doomed ended (exit code 7); starting it again');
  });

  it('and can not be started again makes `failure` reject', async () => {
    const command = join(folder, 'program');
    writeFileSync(command, `#!/bin/sh\n${counted} sleep 0.2\n`, { mode: 0o755 });
    await supervisor.start(shell('fragile', '', { command }));
    rmSync(command);
    await expect(supervisor.failure).rejects.toThrow(/^fragile could not be started: .*ENOENT/);
  });
});

describe('stop', () => {
  it('ends every process, in the reverse order, and their records', async () => {
    const script = (name: string) =>
      `trap 'echo ${name} >> $FOLDER/order; exit 0' TERM; touch $FOLDER/ready; while :; do sleep 0.02; done`;
    await supervisor.start(shell('first', script('first'), { graceMs: 5_000 }));
    // Else the first one's mark would stand for the second's trap.
    rmSync(join(folder, 'ready'));
    await supervisor.start(shell('second', script('second'), { graceMs: 5_000 }));
    expect(readdirSync(join(folder, 'processes')).sort()).toEqual(['first.json', 'second.json']);
    await supervisor.stop();
    expect(readFileSync(join(folder, 'order'), 'utf8')).toBe('second\nfirst\n');
    expect(readdirSync(join(folder, 'processes'))).toEqual([]);
    expect(said).toEqual([]);
  });

  it('ends grandchildren that ignore being asked', async () => {
    const stubborn = join(folder, 'stubborn');
    writeFileSync(stubborn, `#!/bin/sh\ntrap '' TERM\necho $$ >> $FOLDER/pids\nwhile :; do sleep 0.05; done\n`, {
      mode: 0o755,
    });
    await supervisor.start(shell('parent', `${stubborn} & sh -c '${stubborn} & wait' & touch $FOLDER/ready; wait`));
    await until(() => pidsIn('pids').length === 2);
    await supervisor.stop();
    for (const pid of pidsIn('pids')) expect(await isRunning(pid)).toBe(false);
  });

  it('leaves nothing behind when it comes while a process is being started', async () => {
    const starting = supervisor.start(shell('early', 'echo $$ >> $FOLDER/pids; exec sleep 60'));
    starting.catch(() => {});
    // Turns enough for the child to exist, and too few for its start time to be known.
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    await supervisor.stop();
    await expect(starting).rejects.toThrow(/^early (was not started|stopped at once)/);
    await sleep(200);
    for (const pid of pidsIn('pids')) expect(await isRunning(pid)).toBe(false);
    expect(readdirSync(join(folder, 'processes'))).toEqual([]);
  });

  it('leaves nothing behind when it comes while a process is being restarted', async () => {
    for (const waitMs of [1, 4, 8]) {
      rmSync(join(folder, 'pids'), { force: true });
      const restless = create();
      await restless.start(shell('restless', 'echo $$ >> $FOLDER/pids; touch $FOLDER/ready; exec sleep 60'));
      await until(() => pidsIn('pids').length > 0);
      process.kill(pidsIn('pids')[0]!, 'SIGKILL');
      await sleep(waitMs);
      await restless.stop();
      await sleep(30);
      for (const pid of pidsIn('pids')) expect(await isRunning(pid)).toBe(false);
    }
  });
});

describe('reap', () => {
  it('ends what a killed start left behind, children of dead leaders too', async () => {
    const program = fileURLToPath(new URL('../../test/fakes/supervisor-process.ts', import.meta.url));
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
    const orphans = `sh -c 'echo $$ >> ${folder}/pids; exec sleep 60' &`;
    const start = spawn(
      process.execPath,
      [
        program,
        folder,
        'one',
        `echo $$ >> ${folder}/pids; exec sleep 60`,
        'two',
        `${orphans} echo $$ > ${folder}/leader; wait`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(start.stdout, 'data');
    await until(() => pidsIn('pids').length === 2 && pidsIn('leader').length === 1);
    start.kill('SIGKILL');
    await once(start, 'exit');
    process.kill(pidsIn('leader')[0]!, 'SIGKILL');
    for (const pid of pidsIn('pids')) expect(await isRunning(pid)).toBe(true);

    expect(await supervisor.reap()).toEqual(['one', 'two']);
    for (const pid of pidsIn('pids')) expect(await isRunning(pid)).toBe(false);
    expect(await isRunning(bystander.pid!)).toBe(true);
    expect(readdirSync(join(folder, 'processes'))).toEqual([]);
    bystander.kill('SIGKILL');
  }, 20_000);

  it('spares a stranger that got a recorded number, and survives records that say nothing', async () => {
    const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const records = join(folder, 'processes');
    mkdirSync(records, { recursive: true });
    writeFileSync(join(records, 'recycled.json'), JSON.stringify({ pid: stranger.pid, startTime: 'another boot:1' }));
    writeFileSync(join(records, 'half.json'), '{"pid": 1');
    writeFileSync(join(records, 'zero.json'), JSON.stringify({ pid: 0, startTime: '' }));
    writeFileSync(join(records, 'text.json'), JSON.stringify({ pid: 'self', startTime: '' }));
    expect(await supervisor.reap()).toEqual([]);
    expect(await isRunning(stranger.pid!)).toBe(true);
    expect(readdirSync(records)).toEqual([]);
    stranger.kill('SIGKILL');
  });

  it('finds nothing after a stop', async () => {
    await supervisor.start(shell('tidy', 'touch $FOLDER/ready; exec sleep 60'));
    await supervisor.stop();
    expect(await create().reap()).toEqual([]);
  });
});
