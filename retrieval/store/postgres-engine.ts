import { sql, type RawBuilder } from 'kysely';
import { listOf } from '../../sql/words.ts';
import { idsOf } from './ids.ts';
import type { Engine, Ranked, Scope } from './engine.ts';
import { wordsOf } from './text.ts';

const K1 = 1.2;
const B = 0.75;

/**
 * Words by Postgres' full text (English stems and stop words), ranked by BM25, which it has not itself: `ts_rank` knows nothing of how rare a word
 * is. Vectors by pgvector, all of them compared: an index of neighbours filters what it found, and finds fewer than were asked for.
 */
export const postgresEngine: Engine = {
  prepare: () => Promise.resolve(),

  async add(trx, _collection, rows) {
    const ids = rows.map(({ id }) => id);
    const texts = rows.map(({ text }) => text);
    await sql`
      update passage set lexemes = to_tsvector('english', fresh.text)
      from unnest(${ids}::bigint[], ${texts}::text[]) as fresh(id, text) where passage.id = fresh.id`.execute(trx);
  },

  end: () => Promise.resolve(),
  relabel: () => Promise.resolve(),
  erase: () => Promise.resolve(),

  async keepVectors(db, model, vectors) {
    const hashes = vectors.map(({ textSha256 }) => textSha256);
    const values = vectors.map(({ vector }) => literal(vector));
    await sql`
      insert into embedding (model, text_sha256, vector)
      select ${model}, hash, value::vector
      from unnest(${hashes}::text[], ${values}::text[]) as fresh(hash, value)
      on conflict do nothing`.execute(db);
  },

  async vectors(db, model, textHashes) {
    const { rows } = await sql<{ textSha256: string; vector: string }>`
      select text_sha256 as "textSha256", vector::text as vector from embedding
      where model = ${model} and text_sha256 in ${listOf(db, textHashes)}`.execute(db);
    return new Map(
      rows.map(({ textSha256, vector }) => [textSha256, Float32Array.from(JSON.parse(vector) as number[])]),
    );
  },

  async byWords(db, scope, question, most) {
    const { passages, words } = scope;
    const asked = wordsOf(question).join(' ');
    const { rows: lexemes } = await sql<{ lexeme: string }>`
      select lexeme from unnest(to_tsvector('english', ${asked}))`.execute(db);
    if (lexemes.length === 0) return [];
    const terms = lexemes.map(({ lexeme }) => lexeme);
    const average = Math.max(words / Math.max(passages, 1), 1);
    const { rows } = await sql<Ranked>`
      with found as materialized (
        select passage.id, word.lexeme, passage.words, cardinality(word.positions) as times
        from passage, unnest(passage.lexemes) as word
        where passage.lexemes @@ ${queryOf(terms)}::tsquery and ${within(scope)} and word.lexeme = any(${terms}::text[])
      ), weight as (
        select lexeme, ln(1 + (greatest(${passages}::bigint, count(*)) - count(*) + 0.5) / (count(*) + 0.5))::float8 as weight
        from found group by lexeme
      )
      select id, sum(weight * times * ${K1 + 1}::float8
        / (times + ${K1}::float8 * (${1 - B}::float8 + ${B}::float8 * words / ${average}::float8))) as score
      from found join weight using (lexeme) group by id order by score desc, id limit ${most}`.execute(db);
    return rows;
  },

  async byVectors(db, scope, vector, most) {
    const { rows } = await sql<Ranked>`
      select passage.id, 1 - (embedding.vector <=> ${literal(vector)}::vector) as score
      from passage join embedding on embedding.id = passage.embedding
      where ${within(scope)} order by score desc, passage.id limit ${most}`.execute(db);
    return rows;
  },

  async cosines(db, vector, ids) {
    const { rows } = await sql<Ranked>`
      select passage.id, 1 - (embedding.vector <=> ${literal(vector)}::vector) as score
      from passage join embedding on embedding.id = passage.embedding
      where passage.id in ${idsOf(db, ids)}`.execute(db);
    return new Map(rows.map(({ id, score }) => [id, score]));
  },
};

/** Each lexeme in quotes, so that none has a meaning as a query. */
const queryOf = (terms: readonly string[]) =>
  terms.map((term) => `'${term.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`).join(' | ');

const literal = (vector: Float32Array) => `[${vector.join(',')}]`;

const within = ({ collection, generation, audiences, today }: Scope): RawBuilder<boolean> => sql`
  passage.collection = ${collection} and passage.added <= ${generation} and passage.removed > ${generation}
  and passage.valid_until >= ${today} and passage.audience = any(${audiences}::bigint[])`;
