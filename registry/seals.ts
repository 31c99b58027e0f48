import type { Kysely } from 'kysely';
import { canonicalJson } from '../common/canonical-json.ts';
import { sha256Of } from '../common/hash.ts';
import { tellRow } from './outbox/append.ts';
import type { RegistryTables, SealedTable } from './schema.ts';

/**
 * A model's history as a chain of hashes: each row that is written gets a seal over its content and the seal before. What is changed,
 * taken out or put in without the registry no longer fits its seal.
 */

type Db = Kysely<RegistryTables>;

/** What names a row within its table; of a promotion the state is left out, which moves on. */
const KEYS: { [Table in SealedTable]: (row: RegistryTables[Table]) => (string | number)[] } = {
  versions: ({ version }) => [version],
  versionBlocks: ({ version, seq }) => [version, seq],
  aliasMoves: ({ alias, seq }) => [alias, seq],
  promotions: ({ id }) => [id],
  decisions: ({ promotionId, seq }) => [promotionId, seq],
  marks: ({ subject, seq }) => [subject, seq],
  evaluations: ({ version, seq }) => [version, seq],
  gradings: ({ promotionId, seq }) => [promotionId, seq],
};

const subjectOf = <Table extends SealedTable>(table: Table, row: RegistryTables[Table]): string =>
  [table, ...KEYS[table](row)].join(' ');

/** The hash of a row, as its seal holds it. Of what is there: a column that came later, and is empty, changes no hash. */
export function hashOf(row: object): string {
  const { state: _movesOn, ...content } = row as { state?: unknown };
  const json = canonicalJson(Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null)));
  // Postgres keeps no character NUL, and puts the sign for what can't be shown in its place.
  return sha256Of(json.replaceAll('\\u0000', '\uFFFD'));
}

const linkOf = (before: string, subject: string, sha256: string) => sha256Of(`${before}\n${subject}\n${sha256}`);

/** The newest seal of a model. */
export function lastSeal(db: Db, model: string): Promise<{ seq: number; link: string } | undefined> {
  return db
    .selectFrom('seals')
    .select(['seq', 'link'])
    .where('model', '=', model)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Seals a row that was written in this transaction, which holds the model's lock, and has others told of it. */
export async function seal<Table extends SealedTable>(
  trx: Db,
  { model, table, row }: { model: string; table: Table; row: RegistryTables[Table] },
): Promise<void> {
  const last = await lastSeal(trx, model);
  const subject = subjectOf(table, row);
  const sha256 = hashOf(row);
  const link = linkOf(last?.link ?? '', subject, sha256);
  await trx
    .insertInto('seals')
    .values({ model, seq: (last?.seq ?? 0) + 1, subject, sha256, link })
    .execute();
  await tellRow(trx, { table, row, subject } as Parameters<typeof tellRow>[1]);
}

/** Seals rows that were written before there were seals, in their order. */
export async function sealAll(trx: Db, model: string, rows: ReadonlyMap<string, object>): Promise<void> {
  let link = '';
  let seq = 0;
  for (const [subject, row] of rows) {
    const sha256 = hashOf(row);
    link = linkOf(link, subject, sha256);
    seq += 1;
    await trx.insertInto('seals').values({ model, seq, subject, sha256, link }).execute();
  }
}

/** A model's rows by their subjects, table by table. @param without tables that are not there yet, for a migration */
export async function rowsOf(
  db: Db,
  model: string,
  without: readonly SealedTable[] = [],
): Promise<Map<string, object>> {
  const found = new Map<string, object>();
  const add = <Table extends SealedTable>(table: Table, rows: readonly RegistryTables[Table][]) => {
    for (const row of rows) found.set(subjectOf(table, row), row);
  };
  add('versions', await db.selectFrom('versions').selectAll().where('model', '=', model).orderBy('version').execute());
  add('versionBlocks', await db.selectFrom('versionBlocks').selectAll().where('model', '=', model).execute());
  add('promotions', await db.selectFrom('promotions').selectAll().where('model', '=', model).execute());
  const decisions = db.selectFrom('decisions').innerJoin('promotions', 'promotions.id', 'decisions.promotionId');
  add('decisions', await decisions.selectAll('decisions').where('promotions.model', '=', model).execute());
  add('aliasMoves', await db.selectFrom('aliasMoves').selectAll().where('model', '=', model).execute());
  add('marks', await db.selectFrom('marks').selectAll().where('model', '=', model).execute());
  if (!without.includes('evaluations'))
    add('evaluations', await db.selectFrom('evaluations').selectAll().where('model', '=', model).execute());
  if (!without.includes('gradings')) {
    const gradings = db.selectFrom('gradings').innerJoin('promotions', 'promotions.id', 'gradings.promotionId');
    add('gradings', await gradings.selectAll('gradings').where('promotions.model', '=', model).execute());
  }
  return found;
}

export interface SealCheck {
  rows: number;
  /** The last link: who noted it can tell later that nothing before it has changed. */
  link: string;
  /** What does not fit, in words: the first of it. */
  broken?: string;
}

/** Recomputes a model's chain of seals. */
export async function checkSeals(db: Db, model: string): Promise<SealCheck> {
  const rows = await rowsOf(db, model);
  const seals = await db.selectFrom('seals').selectAll().where('model', '=', model).orderBy('seq').execute();
  let link = '';
  const broken = (why: string): SealCheck => ({ rows: rows.size, link, broken: why });
  for (const [i, { seq, subject, sha256, link: written }] of seals.entries()) {
    if (seq !== i + 1) return broken(`seal ${i + 1} is missing`);
    const row = rows.get(subject);
    if (!row) return broken(`${subject}: the row is missing that seal ${seq} is of`);
    const found = hashOf(row);
    if (found !== sha256) return broken(`${subject}: the row was changed: found ${found}, expected ${sha256}`);
    link = linkOf(link, subject, sha256);
    if (link !== written) return broken(`seal ${seq} (${subject}) does not follow the one before`);
    rows.delete(subject);
  }
  const [extra] = rows.keys();
  return extra === undefined ? { rows: seals.length, link } : broken(`${extra}: the row has no seal`);
}
