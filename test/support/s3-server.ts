import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolvePaths } from '../../configs/paths.ts';

/** A real S3 server, versitygw: its objects are files of a folder. */

const VERSION = 'v1.8.0';
export const KEYS = { accessKeyId: 'whetstone', secretAccessKey: 'whetstone-secret' };

/** The server's program, built once with Go and kept; undefined where there is no Go, or nowhere to get it from. */
export function findS3Server(): string | undefined {
  const folder = join(resolvePaths(process.env).home, `versitygw-${VERSION}`);
  const program = join(folder, 'versitygw');
  if (existsSync(program)) return program;
  mkdirSync(dirname(folder), { recursive: true });
  const building = mkdtempSync(`${folder}-`);
  try {
    const env = { ...process.env, GOBIN: building };
    execFileSync('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`], { env, stdio: 'inherit' });
    renameSync(building, folder);
  } catch (error) {
    // Another test file may have been first.
    if (!existsSync(program)) console.warn(`no S3 server to test against: ${String(error)}`);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return existsSync(program) ? program : undefined;
}

export interface S3Server {
  url: string;
  /** Where objects lie as files: `<bucket>/<key>`. */
  folder: string;
  close: () => Promise<void>;
}

/** @param address where it listens: for this machine alone without one */
export async function startS3Server(program: string, address = '127.0.0.1'): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 's3-'));
  const port = await freePort(address);
  const env = { ...process.env, ROOT_ACCESS_KEY: KEYS.accessKeyId, ROOT_SECRET_KEY: KEYS.secretAccessKey };
  const args = ['--quiet', '--port', `${address}:${port}`, 'posix', folder];
  const server = spawn(program, args, { env, stdio: 'ignore' });
  const gone = once(server, 'exit');
  while (!(await listens(port, address)))
    await Promise.race([sleep(50), gone.then(() => Promise.reject(new Error(`${program} ended`)))]);
  return {
    url: `http://${address}:${port}`,
    folder,
    close: async () => {
      server.kill();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const listens = (port: number, address: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, address);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });

/** What a bad line does to a request: nothing, an error instead of the server's answer, or the connection's end. */
export type Fault = 'none' | 500 | 'cut' | 'cut-answer';

/** A line to the server on which `fault` decides what happens to each request. */
export async function startBadLine(
  server: S3Server,
  fault: (asked: { method: string; url: string; range: string | undefined }) => Fault,
): Promise<S3Server> {
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = '', url = '', headers } = incoming;
    const what = fault({ method, url, range: headers.range });
    if (what === 'cut') return void incoming.socket.destroy();
    if (what === 500) {
      incoming.resume();
      return void outgoing.writeHead(500).end('<Error><Code>InternalError</Code><Message>a bad day</Message></Error>');
    }
    const onward = request(`${server.url}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (what === 'none') return void answer.pipe(outgoing);
      answer.once('data', (chunk: Buffer) => {
        outgoing.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => incoming.socket.destroy());
        answer.destroy();
      });
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  };
  const line = createServer(handle).listen(0, '127.0.0.1');
  await once(line, 'listening');
  return {
    url: `http://127.0.0.1:${(line.address() as AddressInfo).port}`,
    folder: server.folder,
    close: async () => {
      line.closeAllConnections();
      line.close();
      await once(line, 'close');
    },
  };
}
