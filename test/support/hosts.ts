import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, globSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARK } from './leftovers.ts';

/**
 * Hosts for a test of several machines. Each has folders of its own, and reaches others only by their addresses. With root and `ip netns` each is a
 * network namespace, the first one this machine itself, and what runs on the others sees processes of its own alone; elsewhere
 * hosts are processes that share loopback (and with WHETSTONE_TEST_HOSTS=processes).
 */
export interface Hosts {
  kind: 'network namespaces' | 'processes that share loopback';
  /** Adds one. */
  add(name: string): Host;
  /** Lets others reach what listens on loopback of the first host. @returns where */
  forward(first: Host, port: number): Promise<string>;
  close(): Promise<void>;
}

export interface Host {
  name: string;
  /** Where the others reach what listens here. */
  address: string;
  /** Folders of this host lie below it. */
  folder: string;
  run(program: HostProgram): HostProcess;
}

export interface HostProgram {
  name: string;
  command: string;
  args: string[];
  /** Nothing else is set there but PATH, HOME and TMPDIR. */
  env: NodeJS.ProcessEnv;
  /** Where it records the groups of processes that outlive it: `*\/run.json` below it. */
  jobs?: string;
}

export interface HostProcess {
  /** What it wrote so far. */
  log(): string;
  /** Ends it and all that it started, as a machine that is switched off would. */
  kill9(): Promise<void>;
  /** Lets it end by itself. */
  stop(): Promise<void>;
}

export function createHosts(): Hosts {
  const root = mkdtempSync(join(tmpdir(), 'hosts-'));
  const network = openNetwork();
  const running = new Set<HostProcess>();
  const forwarders: Server[] = [];

  const add = (name: string): Host => {
    const folder = join(root, name);
    const place = network ? network.add() : { address: '127.0.0.1', wrap: [], apart: false };
    mkdirSync(join(folder, 'tmp'), { recursive: true });
    return {
      name,
      address: place.address,
      folder,
      run: ({ name: program, command, args, env, jobs }) => {
        const logFile = join(folder, `${program}.log`);
        const log = openSync(logFile, 'a');
        const [first = command, ...rest] = [...place.wrap, command, ...args];
        const child = spawn(first, rest, {
          cwd: folder,
          detached: true,
          stdio: ['ignore', log, log],
          env: { PATH: process.env.PATH, [MARK]: process.env[MARK], HOME: folder, TMPDIR: join(folder, 'tmp'), ...env },
        });
        closeSync(log);
        const ended = once(child, 'exit');
        const process_: HostProcess = {
          log: () => readFileSync(logFile, 'utf8'),
          kill9: async () => {
            running.delete(process_);
            killGroup(child.pid, 'SIGKILL');
            // Where it has processes of its own, they are gone with its first one.
            if (!place.apart && jobs) for (const pid of groupsOf(jobs)) killGroup(pid, 'SIGKILL');
            await ended;
          },
          stop: async () => {
            if (place.apart) return process_.kill9();
            child.kill('SIGTERM');
            await ended;
            await process_.kill9();
          },
        };
        running.add(process_);
        return process_;
      },
    };
  };

  return {
    kind: network ? 'network namespaces' : 'processes that share loopback',
    add,
    forward: async ({ address }, port) => {
      if (address === '127.0.0.1') return `${address}:${port}`;
      const server = createServer((from) => {
        const to = connect(port, '127.0.0.1');
        for (const [one, other] of [
          [from, to],
          [to, from],
        ] as const)
          one.on('error', () => other.destroy()).pipe(other);
      }).listen(0, address);
      await once(server, 'listening');
      forwarders.push(server);
      return `${address}:${(server.address() as AddressInfo).port}`;
    },
    close: async () => {
      // The last ones first: what they need is there until they have ended.
      for (const one of [...running].toReversed()) await one.stop();
      for (const server of forwarders) server.close();
      network?.close();
      rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

interface Place {
  address: string;
  /** What a command line begins with to run there. */
  wrap: string[];
  /** Processes there are gone with their first one. */
  apart: boolean;
}

/** A bridge on this machine, with a network namespace for each host but the first; undefined where this can't be had. */
function openNetwork(): { add: () => Place; close: () => void } | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || process.env.WHETSTONE_TEST_HOSTS === 'processes')
    return undefined;
  const id = `wt${process.pid % 100_000}`;
  const bridge = `${id}br`;
  const subnet = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 250}`;
  const names: string[] = [];
  const ip = (...args: string[]) => void execFileSync('ip', args, { stdio: 'pipe' });
  const close = () => {
    for (const name of names.splice(0)) attempt(() => ip('netns', 'del', name));
    attempt(() => ip('link', 'del', bridge));
  };
  const own: Place = { address: `${subnet}.1`, wrap: [], apart: false };
  const makeHost = (number: number): Place => {
    const address = `${subnet}.${number}`;
    const [name, link] = [`${id}-${number}`, `${id}v${number}`];
    ip('netns', 'add', name);
    names.push(name);
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('link', 'set', link, 'master', bridge, 'up');
    ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    for (const device of ['eth0', 'lo']) ip('-n', name, 'link', 'set', device, 'up');
    const processesApart = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
    return { address, wrap: ['ip', 'netns', 'exec', name, ...processesApart], apart: true };
  };
  try {
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('address', 'add', `${subnet}.1/24`, 'dev', bridge);
    ip('link', 'set', bridge, 'up');
    tryOut(makeHost(PROBE), own.address);
    let hosts = 0;
    return { add: () => (++hosts === 1 ? own : makeHost(hosts)), close };
  } catch (error) {
    console.warn(`hosts are processes that share loopback: ${String(error)}`);
    close();
    return undefined;
  }
}

const PROBE = 250;

/** @throws where what runs on a host does not reach another one */
function tryOut(probe: Place, address: string): void {
  // Nothing listens there: that it is refused tells that it is reached.
  const reach = `require('net').connect(9, '${address}').on('error', ({ code }) => process.exit(code === 'ECONNREFUSED' ? 0 : 1))`;
  const [command, ...args] = [...probe.wrap, process.execPath, '-e', reach];
  execFileSync(command, args, { stdio: 'pipe', timeout: 10_000 });
}

function groupsOf(jobs: string): number[] {
  return globSync('*/run.json', { cwd: jobs }).flatMap((file) => {
    const { pid } = JSON.parse(readFileSync(join(jobs, file), 'utf8')) as { pid: number };
    return [pid];
  });
}

function killGroup(pid: ChildProcess['pid'], signal: NodeJS.Signals): void {
  if (pid !== undefined) attempt(() => process.kill(-pid, signal));
}

/** What is gone already need not be ended. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // It is gone, or was never there.
  }
}

/** Ports that are free at an address of this machine. */
export async function freePortsAt(address: string, count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, address));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
