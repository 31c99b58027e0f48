import { PostgresDialect, type Dialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';

/** Of each store that a process opens: most of the time one is in use. */
const MOST_CONNECTIONS = 5;
const CONNECT_TIMEOUT_MS = 10_000;

export const isPostgresUrl = (url: string): boolean => /^postgres(?:ql)?:/i.test(url);

/**
 * A Postgres database, which must exist; a first connection is made, so that what keeps it from being used is told now.
 * @param url `postgres://user:password@host:5432/database`, with options of libpq behind it, such as `?sslmode=require`
 * @throws Error that names the server without the password, and says what to do
 */
export async function postgresDialect(url: string): Promise<Dialect> {
  const connectionString = checked(url);
  const pool = new pg.Pool({
    connectionString,
    application_name: 'whetstone',
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: numbers(),
  });
  // An idle connection that breaks is no failure: the next query makes another.
  pool.on('error', () => {});
  try {
    const { rows } = await pool.query<{ encoding: string; schema: string | null }>(
      `select current_setting('server_encoding') as encoding, current_schema() as schema`,
    );
    const [found] = rows;
    if (found?.encoding !== 'UTF8')
      throw new Error(`its encoding is ${found?.encoding}, expected UTF8; make a database with "encoding 'UTF8'"`);
    if (found.schema === null)
      throw new Error('no schema of its search_path exists; make one, or correct the search_path of the user');
  } catch (error) {
    await pool.end();
    throw new Error(`${postgresName(url)}: ${reason(error)}`, { cause: error });
  }
  return new PostgresDialect({ pool: adaptPool(pool) });
}

/** @throws Error where the URL can't be read; it may hold a password, and is not shown */
function checked(url: string): string {
  if (!/^postgres(?:ql)?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new Error(
      'the Postgres URL cannot be read; expected postgres://user:password@host:5432/database, ' +
        'with @ : / # and % of the password as %40 %3A %2F %23 and %25',
    );
  }
  return url;
}

/** A server, its database and the user, in words, without the password. */
export function postgresName(url: string): string {
  const { username, hostname, port, pathname, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? hostname;
  return `Postgres at ${username ? `${username}@` : ''}${host || 'localhost'}${port ? `:${port}` : ''}${pathname} (DATABASE_URL)`;
}

/** What to do, by the codes of Node and of Postgres. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no host has this name; correct the URL',
  EAI_AGAIN: 'the name of the host could not be looked up; correct the URL, or see whether the network is there',
  ECONNREFUSED: 'nothing listens there; start the server, or correct host and port',
  ENOENT: 'there is no such socket; start the server, or correct the URL',
  ETIMEDOUT: 'the server does not answer; see whether a firewall is between, or correct host and port',
  '28P01': 'the password is wrong; correct it in the URL',
  '28000': 'the server does not let this user in; correct the user, or try ?sslmode=require behind the URL',
  '3D000': 'there is no such database; make it with createdb, or correct the URL',
  '42501': 'the user may not do this; grant it "create" on the schema',
  '53300': 'the server has no free connection; raise its max_connections',
  '57P03': 'the server is starting or stopping; try again in a moment',
};

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  const timedOut = /timeout/i.test(message) ? 'ETIMEDOUT' : undefined;
  const advice = ADVICE[code ?? timedOut ?? ''];
  return [message || code, advice].filter(Boolean).join(': ');
}

/** Counts and sums are numbers here, where the driver gives texts. */
function numbers(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  for (const type of [pg.types.builtins.INT8, pg.types.builtins.NUMERIC]) types.setTypeParser(type, Number);
  return types;
}

function adaptPool(pool: pg.Pool): PostgresPool {
  return {
    connect: async () => {
      const client = await pool.connect();
      const query = (text: string, values: readonly unknown[]) => client.query(text, values.map(storable));
      return { query, release: () => client.release() } as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}

/** Postgres has no character NUL in a text: a model's answer that holds one is kept with the sign for what can't be shown. */
function storable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storable);
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}
