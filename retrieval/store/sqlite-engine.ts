import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import { listOf } from '../../sql/words.ts';
import { cosine } from '../../common/vectors.ts';
import { idsOf } from './ids.ts';
import { Block, blockOf, searchBlock } from './blocks.ts';
import { blocksOf } from './kept-blocks.ts';
import type { Engine, Ranked, Scope } from './engine.ts';
import { Nearest, signsOf } from './signs.ts';
import type { IndexTables } from './tables.ts';
import { wordsOf } from './text.ts';

const TOKENIZER = `tokenize = "porter unicode61 remove_diacritics 2"`;
/** So many are compared by their vectors, of those that are nearest by signs. */
const RESCORED = 500;
/** The words of a question that are in the fewest passages, until they are in so many together: others say little, and cost much. */
const MOST_POSTINGS = 15_000;
/** A word in more passages than this is counted once: how often it is hardly changes, and counting takes as long as it is often. */
const OFTEN = 500;
const K1 = 1.2;
const B = 0.75;

const wordsTable = (collection: number) => sql.raw(`words_${collection}`);
/** Where each word is, and how many passages have it. */
const placesTable = (collection: number) => sql.raw(`word_places_${collection}`);
const countsTable = (collection: number) => sql.raw(`word_counts_${collection}`);

/** FTS5 tells where words are; BM25 is computed over the snapshot alone. Vectors: all by signs, the best by cosine. */
export const sqliteEngine: Engine = {
  async prepare(trx, collection) {
    const words = wordsTable(collection);
    // Of the text itself nothing is kept twice; what is taken out leaves no words behind.
    await sql`create virtual table ${words} using fts5(words, content = '', ${sql.raw(TOKENIZER)})`.execute(trx);
    await sql`insert into ${words} (${words}, rank) values ('secure-delete', 1)`.execute(trx);
    await sql`create virtual table ${placesTable(collection)} using fts5vocab(${words}, 'instance')`.execute(trx);
    await sql`create virtual table ${countsTable(collection)} using fts5vocab(${words}, 'row')`.execute(trx);
  },

  async add(trx, { id: collection, dimensions }, rows) {
    const kept = await vectorsOf(trx, [...new Set(rows.map(({ embedding }) => embedding))]);
    for (const { id, text } of rows)
      await sql`insert into ${wordsTable(collection)} (rowid, words) values (${id}, ${text})`.execute(trx);
    await changeBlocks(trx, { collection, dimensions }, rows, (block, row) =>
      block.set(row.id, row, kept.get(row.embedding)!),
    );
  },

  async end(trx, { id: collection, dimensions }, ids, generation) {
    const rows = ids.map((id) => ({ id }));
    await changeBlocks(trx, { collection, dimensions }, rows, (block, { id }) => block.end(id, generation));
  },

  async relabel(trx, { id: collection, dimensions }, rows) {
    await changeBlocks(trx, { collection, dimensions }, rows, (block, row) => block.relabel(row.id, row));
  },

  async erase(trx, { id: collection, dimensions }, rows) {
    const words = wordsTable(collection);
    for (const { id, text } of rows)
      await sql`insert into ${words} (${words}, rowid, words) values ('delete', ${id}, ${text})`.execute(trx);
    await changeBlocks(trx, { collection, dimensions }, rows, (block, { id }) => block.erase(id));
  },

  async keepVectors(db, model, vectors) {
    const values = vectors.map(({ textSha256, vector }) => ({ model, textSha256, vector: bytesOf(vector) }));
    await db
      .insertInto('embedding')
      .values(values as never)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },

  async vectors(db, model, textHashes) {
    const { rows } = await sql<{ textSha256: string; vector: Uint8Array }>`
      select text_sha256 as "textSha256", vector from embedding
      where model = ${model} and text_sha256 in ${listOf(db, textHashes)}`.execute(db);
    return new Map(rows.map(({ textSha256, vector }) => [textSha256, vectorOf(vector)]));
  },

  async byWords(db, scope, question, most) {
    const { collection, passages, words } = scope;
    const terms = await termsOf(db, collection, wordsOf(question));
    if (terms.length === 0) return [];
    const average = Math.max(words / Math.max(passages, 1), 1);
    const { rows } = await sql<Ranked>`
      with found as materialized (
        select place.term, place.doc, count(*) as times, passage.words
        from ${placesTable(collection)} as place join passage on passage.id = place.doc
        where place.term in (${sql.join(terms)}) and ${within(scope)}
        group by place.term, place.doc
      ), weight as (
        select term, ln(1 + (max(${passages}, count(*)) - count(*) + 0.5) / (count(*) + 0.5)) as weight
        from found group by term
      )
      select found.doc as id,
        sum(weight * times * ${K1 + 1} / (times + ${K1} * (${1 - B} + ${B} * words / ${average}))) as score
      from found join weight on weight.term = found.term
      group by found.doc order by score desc, found.doc limit ${most}`.execute(db);
    return rows;
  },

  async byVectors(db, scope, vector, most) {
    const { collection, dimensions, generation, audiences, today } = scope;
    const mine = new Uint8Array(Math.max(...audiences) + 1);
    for (const id of audiences) mine[id] = 1;
    const search = { generation, audiences: mine, today, asked: signsOf(vector) };
    const nearest = new Nearest(Math.max(RESCORED, most), dimensions);
    for (const [number, block] of await blocksOf(db, collection, dimensions))
      searchBlock(number, block, search, nearest);
    const cosines = await sqliteEngine.cosines(db, vector, nearest.ids());
    return [...cosines]
      .map(([id, score]) => ({ id, score }))
      .sort((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, most);
  },

  async cosines(db, vector, ids) {
    const { rows } = await sql<{ id: number; vector: Uint8Array }>`
      select passage.id, vector from passage join embedding on embedding.id = passage.embedding
      where passage.id in ${idsOf(db, ids)}`.execute(db);
    return new Map(rows.map(({ id, vector: bytes }) => [id, cosine(vector, vectorOf(bytes))]));
  },
};

/** What may be found, as a condition. */
const within = ({ collection, generation, audiences, today }: Scope): RawBuilder<boolean> => sql`
  passage.collection = ${collection} and passage.added <= ${generation} and passage.removed > ${generation}
  and passage.valid_until >= ${today} and passage.audience in (${sql.join(audiences)})`;

/**
 * The words as the index has them, the rarest first, as far as they may cost. The index's own tokenizer reads them, so that no
 * question has a meaning as a query.
 */
async function termsOf(db: Kysely<IndexTables>, collection: number, words: readonly string[]): Promise<string[]> {
  const terms = await db.connection().execute(async (connection) => {
    await sql`create virtual table if not exists temp.asked using fts5(words, ${sql.raw(TOKENIZER)})`.execute(
      connection,
    );
    await sql`create virtual table if not exists temp.asked_words using fts5vocab(temp, asked, 'row')`.execute(
      connection,
    );
    await sql`delete from temp.asked`.execute(connection);
    await sql`insert into temp.asked (words) values (${words.join(' ')})`.execute(connection);
    const { rows } = await sql<{ term: string }>`select term from temp.asked_words`.execute(connection);
    return rows.map(({ term }) => term);
  });
  const counted: { term: string; passages: number }[] = [];
  for (const term of terms) {
    const passages = await countOf(db, collection, term);
    if (passages > 0) counted.push({ term, passages });
  }
  counted.sort((a, b) => a.passages - b.passages || (a.term < b.term ? -1 : 1));
  let postings = 0;
  return counted.filter(({ passages }) => (postings += passages) <= MOST_POSTINGS).map(({ term }) => term);
}

/** How often words are that are often. */
const frequent = new WeakMap<object, Map<string, number>>();

async function countOf(db: Kysely<IndexTables>, collection: number, term: string): Promise<number> {
  const known = frequent.get(db) ?? new Map<string, number>();
  frequent.set(db, known);
  const key = `${collection} ${term}`;
  const kept = known.get(key);
  if (kept !== undefined) return kept;
  const { rows } = await sql<{ doc: number }>`
    select doc from ${countsTable(collection)} where term = ${term}`.execute(db);
  const passages = rows[0]?.doc ?? 0;
  if (passages > OFTEN) known.set(key, passages);
  return passages;
}

/** Reads each block once, changes it, and writes it back. */
async function changeBlocks<Row extends { id: number }>(
  trx: Transaction<IndexTables>,
  { collection, dimensions }: { collection: number; dimensions: number },
  rows: readonly Row[],
  change: (block: Block, row: Row) => void,
): Promise<void> {
  for (const [number, changed] of Map.groupBy(rows, ({ id }) => blockOf(id))) {
    const kept = await trx
      .selectFrom('block')
      .select(['filters', 'signs', 'written'])
      .where('collection', '=', collection)
      .where('block', '=', number)
      .executeTakeFirst();
    const block = new Block(dimensions, kept);
    for (const row of changed) change(block, row);
    const fresh = { written: (kept?.written ?? 0) + 1, ...block.bytes() };
    await trx
      .insertInto('block')
      .values({ collection, block: number, ...fresh })
      .onConflict((conflict) => conflict.columns(['collection', 'block']).doUpdateSet(fresh))
      .execute();
  }
}

async function vectorsOf(db: Kysely<IndexTables>, ids: readonly number[]): Promise<Map<number, Float32Array>> {
  const { rows } = await sql<{ id: number; vector: Uint8Array }>`
    select id, vector from embedding where id in ${idsOf(db, ids)}`.execute(db);
  return new Map(rows.map(({ id, vector }) => [id, vectorOf(vector)]));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);
const vectorOf = (bytes: Uint8Array) => new Float32Array(new Uint8Array(bytes).buffer);
