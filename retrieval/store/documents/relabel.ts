import { sql, type Transaction } from 'kysely';
import { idsOf } from '../ids.ts';
import { meet, numbersOf } from './audiences.ts';
import type { Engine } from '../engine.ts';
import { partsOf } from '../parts.ts';
import type { Collection } from '../snapshot.ts';
import { NOBODY, type IndexTables } from '../tables.ts';

interface Row {
  id: number;
  audience: number;
  validUntil: number;
  saidAudience: number | null;
  saidValidUntil: number | null;
  documentAudience: number;
  documentValidUntil: number;
  gone: number;
}

/**
 * Lets what documents say now hold for their passages in all snapshots: a passage is for the groups that it and its document name, until
 * the earlier of their days, and for nobody where its document is gone. So labels only ever narrow what a snapshot says.
 */
export async function relabel(
  trx: Transaction<IndexTables>,
  engine: Engine,
  { id: collection, ref: { dimensions } }: Collection,
  documents: Iterable<number>,
): Promise<void> {
  for (const part of partsOf([...documents])) {
    const { rows } = await sql<Row>`
      select passage.id, passage.audience, passage.valid_until as "validUntil", said_audience as "saidAudience",
        said_valid_until as "saidValidUntil", document.audience as "documentAudience",
        document.valid_until as "documentValidUntil", gone
      from passage join document on document.id = passage.document
      where passage.collection = ${collection} and document.id in ${idsOf(trx, part)}`.execute(trx);
    const groups = new Map((await trx.selectFrom('audience').selectAll().execute()).map((one) => [one.id, one.groups]));
    const keyOf = (audience: number) => groups.get(audience) ?? '';
    const met = rows.map((row) => ({
      row,
      key: row.gone === 1 ? NOBODY : meet(keyOf(row.saidAudience ?? row.audience), keyOf(row.documentAudience)),
    }));
    const numbers = await numbersOf(
      trx,
      met.map(({ key }) => key),
    );
    const now = met.map(({ row, key }) => {
      const said = {
        audience: row.saidAudience ?? row.audience,
        validUntil: row.saidValidUntil ?? row.validUntil,
      };
      const audience = numbers.get(key)!;
      const validUntil = Math.min(said.validUntil, row.documentValidUntil);
      return {
        id: row.id,
        audience,
        validUntil,
        saidAudience: said.audience === audience ? null : said.audience,
        saidValidUntil: said.validUntil === validUntil ? null : said.validUntil,
        isSame: audience === row.audience && validUntil === row.validUntil,
      };
    });
    const others = now.filter(({ isSame }) => !isSame);
    const alike = Map.groupBy(others, ({ id: _id, ...labels }) => JSON.stringify(labels));
    for (const same of alike.values()) {
      const { audience, validUntil, saidAudience, saidValidUntil } = same[0]!;
      for (const ids of partsOf(same.map(({ id }) => id)))
        await sql`
          update passage set audience = ${audience}, valid_until = ${validUntil},
            said_audience = ${saidAudience}, said_valid_until = ${saidValidUntil}
          where id in ${idsOf(trx, ids)}`.execute(trx);
    }
    for (const changed of partsOf(others)) await engine.relabel(trx, { id: collection, dimensions }, changed);
  }
}
