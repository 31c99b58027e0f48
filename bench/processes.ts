import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FakeOptions } from '../test/fakes/openai-server.ts';
import type { ServerCounts } from './fake-server.ts';

export const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const QUIET = ['--disable-warning=ExperimentalWarning'];

export interface ModelServer {
  url: string;
  counts: () => Promise<ServerCounts>;
  close: () => void;
}

export async function startModelServer(options: FakeOptions): Promise<ModelServer> {
  const child = fork(path('./fake-server.ts'), [JSON.stringify(options)], { execArgv: QUIET });
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    counts: async () => {
      child.send('counts');
      const [counts] = (await once(child, 'message')) as [ServerCounts];
      return counts;
    },
    close: () => child.kill(),
  };
}

/** Runs a module of this folder in a process of its own, and gives what it sends. */
export async function runModule<T>(file: string, input: unknown): Promise<T> {
  const child = fork(path(file), [JSON.stringify(input)], { execArgv: QUIET });
  return said<T>(child, file).finally(() => child.kill());
}

/** Runs a module in several processes, which begin together once each has said that it is ready. */
export async function runTogether<T>(file: string, inputs: readonly unknown[]): Promise<T[]> {
  const children = inputs.map((input) => fork(path(file), [JSON.stringify(input)], { execArgv: QUIET }));
  try {
    await Promise.all(children.map((child) => said(child, file)));
    const results = Promise.all(children.map((child) => said<T>(child, file)));
    for (const child of children) child.send('begin');
    return await results;
  } finally {
    for (const child of children) child.kill();
  }
}

/** What a process sends next. */
function said<T>(child: ChildProcess, file: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
}

/** CPU time that a process has used, in seconds. Linux: fields 14 and 15 of /proc/PID/stat, in hundredths. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The most memory that a process has held, in megabytes, since it began or since `resetPeak`. */
export function peakMegabytes(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
