import { sql, type Kysely } from 'kysely';
import type { IndexRef } from '../../../schema/retrieval.ts';
import { findSnapshot } from '../snapshot.ts';
import type { IndexTables } from '../tables.ts';

/** What a snapshot does not say any more, though it has not changed. */
export interface Withheld {
  /** That it was made of. */
  passages: number;
  /** Of documents that are gone, which nobody is shown. */
  gone: number;
  /** Of documents whose labels became narrower: for fewer, or until an earlier day. */
  narrowed: number;
  /** That were taken out for good. */
  erased: number;
  documents: { gone: string[]; narrowed: string[] };
}

/** @throws RetrievalError where the snapshot is not there */
export async function withheldOf(db: Kysely<IndexTables>, index: IndexRef): Promise<Withheld> {
  const { collection, generation } = await findSnapshot(db, index);
  const isNarrowed = sql`(said_audience is not null or said_valid_until is not null)`;
  const { rows } = await sql<{ name: string | null; gone: number; narrowed: number | string; all: number | string }>`
    select document.name, coalesce(document.gone, 0) as gone, count(*) as "all",
      sum(case when ${isNarrowed} then 1 else 0 end) as narrowed
    from passage left join document on document.id = passage.document
    where passage.collection = ${collection} and passage.added <= ${generation} and passage.removed > ${generation}
    group by document.name, document.gone order by document.name`.execute(db);
  // Postgres gives counts as texts.
  const documents = rows.map((row) => ({ ...row, all: Number(row.all), narrowed: Number(row.narrowed) }));
  const gone = documents.filter((one) => Number(one.gone) === 1);
  const narrowed = documents.filter((one) => Number(one.gone) !== 1 && one.narrowed > 0);
  const sum = (list: number[]) => list.reduce((all, one) => all + one, 0);
  return {
    passages: index.passages,
    gone: sum(gone.map(({ all }) => all)),
    narrowed: sum(narrowed.map((one) => one.narrowed)),
    erased: Math.max(0, index.passages - sum(documents.map(({ all }) => all))),
    documents: { gone: namesOf(gone), narrowed: namesOf(narrowed) },
  };
}

const namesOf = (rows: readonly { name: string | null }[]) => rows.flatMap(({ name }) => name ?? []);
