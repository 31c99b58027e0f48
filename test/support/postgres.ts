import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { appendFile, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

/** A Postgres server of the tests' own, in a temporary folder, reached by a socket in it or at an address. */
export interface PostgresServer {
  /** The URL of a new, empty schema, which is made in a hundredth of the time of a database. */
  create: () => Promise<string>;
  /** Drops what was created. */
  clear: () => Promise<void>;
  /** Stops it, as a lost server would, and starts it again. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
}

const USER = 'whetstone';

/** The folder of Postgres's programs; undefined where this machine has none. */
export function findPostgres(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter);
  const usual = ['/usr/lib/postgresql/*/bin', '/opt/homebrew/opt/postgresql*/bin', '/usr/local/opt/postgresql*/bin'];
  const folders = [...onPath, ...usual.flatMap((pattern) => globSync(pattern).toSorted().toReversed())];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
}

/**
 * @param options.programs the folder of its programs; by default where this machine has them
 * @param options.durable a commit waits for the disk, as on a server that keeps what counts; tests do without
 * @param options.at an address for other hosts of its network
 * @throws Error where this machine has no Postgres
 */
export async function startPostgres({
  programs = findPostgres(),
  durable = false,
  at,
}: {
  programs?: string | undefined;
  durable?: boolean;
  at?: { address: string; port: number };
} = {}): Promise<PostgresServer> {
  if (!programs) throw new Error('no Postgres server on this machine');
  const folder = await mkdtemp(join(tmpdir(), 'pg-'));
  const data = join(folder, 'data');
  const user = unprivileged();
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  await promisify(execFile)(
    join(programs, 'initdb'),
    ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale', 'C', '--no-sync'],
    { cwd: folder, ...user },
  );
  if (at) await appendFile(join(data, 'pg_hba.conf'), 'host all all samenet trust\n');
  const start = async () => {
    const settings = [
      ...(at ? [`listen_addresses=${at.address}`, `port=${at.port}`] : ['listen_addresses=']),
      `fsync=${durable ? 'on' : 'off'}`,
      'max_connections=60',
      `unix_socket_directories=${folder}`,
    ];
    const child = spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...user,
    });
    const kill = () => void child.kill('SIGQUIT');
    process.once('exit', kill);
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (text: Buffer) => {
        log += String(text);
        if (log.includes('ready to accept connections')) resolve();
      });
      child.once('exit', () => reject(new Error(`Postgres did not start: ${log}`)));
    });
    return async () => {
      process.removeListener('exit', kill);
      const ended = once(child, 'exit');
      // Does not wait for those who are connected.
      child.kill('SIGINT');
      await ended;
    };
  };
  let stop = await start();
  const url = at
    ? `postgres://${USER}@${at.address}:${at.port}/postgres?`
    : `postgres://${USER}@localhost/postgres?host=${encodeURIComponent(folder)}&`;
  const created: string[] = [];
  const tell = async (statement: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  return {
    create: async () => {
      const schema = `t${randomUUID().replaceAll('-', '')}`;
      await tell(`create schema ${schema}`);
      created.push(schema);
      return `${url}options=${encodeURIComponent(`-c search_path=${schema},public`)}`;
    },
    clear: () => tell(`drop schema if exists ${['nothing', ...created.splice(0)].join(', ')} cascade`),
    restart: async () => {
      await stop();
      stop = await start();
    },
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The server refuses to run as root. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const number = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: number('-u'), gid: number('-g') };
    } catch {
      // There is no such user: the next one.
    }
  }
  return {};
}
