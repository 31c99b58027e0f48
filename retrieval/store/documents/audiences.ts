import type { Kysely, Transaction } from 'kysely';
import { EVERYBODY, NOBODY, type IndexTables } from '../tables.ts';

/** Lists of groups, each distinct one by its number. */

/** Of everybody the empty text; of nobody the empty list. */
export const groupsKey = (groups: readonly string[] | undefined): string =>
  groups ? JSON.stringify([...new Set(groups)].sort()) : '';

/** The groups that both name. */
export function meet(one: string, other: string): string {
  if (one === '' || one === other) return other;
  if (other === '') return one;
  const groups = new Set(JSON.parse(other) as string[]);
  return groupsKey((JSON.parse(one) as string[]).filter((group) => groups.has(group)));
}

/** The number of each list, made where it is new, and that of nobody. */
export async function numbersOf(trx: Transaction<IndexTables>, keys: Iterable<string>): Promise<Map<string, number>> {
  const known = new Map<string, number>([['', EVERYBODY]]);
  for (const { id, groups } of await trx.selectFrom('audience').selectAll().execute()) known.set(groups, id);
  for (const groups of new Set([...keys, NOBODY])) {
    if (known.has(groups)) continue;
    const id = Math.max(...known.values()) + 1;
    await trx.insertInto('audience').values({ id, groups }).execute();
    known.set(groups, id);
  }
  return known;
}

/** Numbers of the lists that have one of these groups, and of everybody. */
export async function audiencesOf(db: Kysely<IndexTables>, groups: readonly string[]): Promise<number[]> {
  const all = groups.length > 0 ? await db.selectFrom('audience').selectAll().execute() : [];
  const mine = all.filter((one) => (JSON.parse(one.groups) as string[]).some((group) => groups.includes(group)));
  return [EVERYBODY, ...mine.map(({ id }) => id)];
}
