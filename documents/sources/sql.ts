import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { SourceError, type Fetched } from './fetched.ts';
import { writeRows } from './rows.ts';
import { sourceKey, type Source } from './source.ts';

const LONGEST_MS = 5 * 60 * 1000;
const ROWS_AT_ONCE = 500;
/** Days as they are written: a date has no time, and no zone that would move it. */
const AS_TEXT = new Set<number>([pg.types.builtins.DATE, pg.types.builtins.TIMESTAMP, pg.types.builtins.TIMESTAMPTZ]);

/** The rows of a query, a document each, in a transaction that may only read. */
export async function fetchSql(
  source: Source & { kind: 'sql' },
  { folder, env }: { folder: string; env: NodeJS.ProcessEnv },
): Promise<Fetched> {
  const { sql, variable } = source;
  const url = env[variable];
  if (!url)
    throw new SourceError(`no environment variable ${variable}`, {
      expected: 'the address of a database in it: postgres://..., or a SQLite file',
      fix: 'set it where the worker starts',
    });
  if (hasMore(sql))
    throw new SourceError('more than one statement', { expected: 'one query', fix: 'take what follows the ; out' });
  const path = join(folder, `${variable.toLowerCase()}.jsonl`);
  try {
    const rows = /^postgres(?:ql)?:/.test(url) ? postgresRows(url, sql) : sqliteRows(url, sql);
    const count = await writeRows(path, checked(rows));
    if (count === 0)
      throw new SourceError('no rows', { expected: 'a row for each document', fix: 'correct the query' });
  } catch (error) {
    if (error instanceof SourceError) throw error;
    // What a driver says may hold the address, and the address a password.
    const said = (error instanceof Error ? error.message || error.name : String(error)).replaceAll(url, variable);
    throw new SourceError(`an error of the database (${said.replace(/\/\/[^/@\s]*@/g, '//...@')})`, {
      expected: 'rows with id, text and title',
      fix: `correct the query, or the address in ${variable}`,
    });
  }
  return {
    folder,
    files: [path],
    uriOf: () => `env:${variable}`,
    // Another query is another place: what it leaves out is not gone.
    locationOf: () => sourceKey(source),
    unread: [],
    isWhole: true,
    refused: [],
    notes: [],
  };
}

/** An id by which a document stays the same, whatever order the rows come in. */
async function* checked(rows: AsyncIterable<Record<string, unknown>>) {
  for await (const row of rows) {
    const missing = ['id', 'text'].filter((name) => !(name in row));
    if (missing.length > 0)
      throw new SourceError(`the columns ${Object.keys(row).join(', ')}, without ${missing.join(' and ')}`, {
        expected: 'id and text, and title, licence, language, groups and validUntil where there are any',
        fix: 'name them in the query: select number as id, body as text',
      });
    yield row;
  }
}

async function* postgresRows(url: string, query: string): AsyncGenerator<Record<string, unknown>> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 20_000,
    statement_timeout: LONGEST_MS,
    options: '-c default_transaction_read_only=on',
    types: {
      getTypeParser: ((id: number, format?: 'text') =>
        AS_TEXT.has(id) ? (text: string) => text : (pg.types.getTypeParser(id, format) as unknown)) as never,
    },
  });
  // A server that goes away ends the query, and not this process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin transaction read only');
    // Of this kind, a server takes one statement and no second one behind it.
    const declared = { text: `declare documents no scroll cursor for ${withoutEnd(query)}`, queryMode: 'extended' };
    await client.query(declared);
    for (;;) {
      const { rows } = await client.query<Record<string, unknown>>(`fetch ${ROWS_AT_ONCE} from documents`);
      yield* rows;
      if (rows.length < ROWS_AT_ONCE) return;
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function* sqliteRows(url: string, query: string): AsyncGenerator<Record<string, unknown>> {
  const db = new DatabaseSync(url.startsWith('file://') ? fileURLToPath(url) : url, {
    readOnly: true,
    timeout: 20_000,
  });
  try {
    const statement = db.prepare(withoutEnd(query));
    statement.setReadBigInts(true);
    yield* statement.iterate() as Iterable<Record<string, unknown>>;
  } finally {
    db.close();
  }
}

/** Whether anything but a comment follows a `;`, which one driver would refuse and another pass over. */
function hasMore(query: string): boolean {
  const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[^]*?\$\1\$|--[^\n]*|\/\*[^]*?\*\//g;
  return /;\s*[^\s;]/.test(query.replace(quoted, (found) => (/^[-/]/.test(found) ? ' ' : '_')));
}

const withoutEnd = (query: string): string => query.trim().replace(/;+\s*$/, '');
