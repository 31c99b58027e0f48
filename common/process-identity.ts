import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/** When the process with this number started, in the system's own words; undefined when there is none, or only its zombie. */
export async function processStartTime(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

async function startTimeFromProc(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticksSinceBoot] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || ticksSinceBoot === undefined) return undefined;
    const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    return `${bootId.trim()}:${ticksSinceBoot}`;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function startTimeFromPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    const [, state, startTime] = stdout.trim().match(/^(\S+)\s+(.+)$/) ?? [];
    return state?.startsWith('Z') ? undefined : startTime;
  } catch (error) {
    // ps exits with 1 when no process has this number.
    if ((error as { code?: unknown }).code === 1) return undefined;
    throw error;
  }
}

/**
 * Where a process's number means this process: a machine since it was booted, and on it the container whose numbers these are. Another one's
 * processes can't be looked for. Machines that were cloned while they ran have all of that in common but their name.
 */
export async function hostIdentity(): Promise<string> {
  if (process.platform !== 'linux') return hostname();
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(hostname);
  return `${bootId.trim()}/${await readlink('/proc/self/ns/pid').catch(() => '')}/${hostname()}`;
}

export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await processStartTime(pid)) === startTime;
}

/**
 * Sends a signal to all processes of the group that `leader` leads or led. False when none is left, or when its number has
 * gone to another process, which is then spared.
 */
export async function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals | 0): Promise<boolean> {
  const startTime = await processStartTime(leader.pid);
  if (startTime !== undefined && startTime !== leader.startTime) return false;
  try {
    process.kill(-leader.pid, signal);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** SIGTERM to the whole group, SIGKILL to what is left of it after `graceMs`. Returns when the group is gone. */
export async function stopGroup(leader: ProcessIdentity, graceMs: number): Promise<void> {
  if (!(await signalGroup(leader, 'SIGTERM'))) return;
  if (await groupGone(leader, graceMs)) return;
  await signalGroup(leader, 'SIGKILL');
  // Bounded: what the system itself can't end does not hold up the rest.
  await groupGone(leader, 2_000);
}

async function groupGone(leader: ProcessIdentity, withinMs: number): Promise<boolean> {
  for (const until = Date.now() + withinMs; ;) {
    if (!(await signalGroup(leader, 0)) || (await hasOnlyZombies(leader.pid))) return true;
    if (Date.now() >= until) return false;
    await sleep(50);
  }
}

/** Whether all that is left of a group waits to be collected: in a container nobody may ever do so. Linux only. */
async function hasOnlyZombies(group: number): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const members = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [state, , groupOfPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(groupOfPid) === group ? state : undefined;
    }),
  );
  return members.every((state) => state === undefined || state === 'Z' || state === 'X');
}

function isGone(error: unknown): boolean {
  // EPERM: on macOS, signalling a group of zombies.
  return ['ENOENT', 'ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
}
