import { sha256Of } from '../../common/hash.ts';
import type { LeftOut } from '../../schema/reject.ts';
import type { Wording } from '../../schema/data.ts';

/** How questions are spread over forms, and answers over yes and no. Imported pairs are as people wrote them: none is left out here. */

/** At most one in so many of a fact's wordings may begin alike. */
const WORDINGS_AN_OPENER = 5;

/** A question's first two words, without case or punctuation: "how long", "tell me". */
export const openerOf = (question: string): string => {
  const words = /[\p{L}\p{M}\p{N}'\u2019-]+/gu;
  return [words.exec(question)?.[0], words.exec(question)?.[0]].join(' ').trim().toLowerCase();
};

/**
 * Of each fact no more than a fifth of the kept wordings, and at least one, begin with the same two words. By the order of ids,
 * so that the same examples give the same choice.
 */
export function limitOpeners<T extends Wording>(rows: readonly T[]): { kept: T[]; leftOut: LeftOut<T>[] } {
  const leftOut: LeftOut<T>[] = [];
  const out = new Set<T>();
  for (const wordings of Map.groupBy(rows, ({ factId }) => factId).values()) {
    const alike = [
      ...Map.groupBy(
        wordings.filter(({ opener }) => opener !== undefined),
        ({ opener }) => opener,
      ).values(),
    ];
    const most = mostAlike(alike.map(({ length }) => length));
    for (const group of alike) {
      if (group.length <= most) continue;
      for (const row of group.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(most)) {
        const why = `${group.length} of ${wordings.length} wordings of the fact begin with "${row.opener}"; ${most} may`;
        leftOut.push({ row, reason: 'same-opener', why });
        out.add(row);
      }
    }
  }
  return { kept: rows.filter((row) => !out.has(row)), leftOut };
}

/** The largest count that is no more than a fifth of what it leaves, or 1. */
function mostAlike(counts: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  for (let most = Math.floor(all / WORDINGS_AN_OPENER); most > 1; most -= 1) {
    const kept = counts.reduce((sum, count) => sum + Math.min(count, most), 0);
    if (most <= kept / WORDINGS_AN_OPENER) return most;
  }
  return 1;
}

/**
 * What must go so that as many answers say no as yes: a model that always says yes would be right more often than not. Whole
 * facts where that comes out even, in an order that hangs on the seed.
 */
export function yesNoSurplus<T extends Wording>(rows: readonly T[], seed: number): LeftOut<T>[] {
  const yes = rows.filter(({ says }) => says === 'yes');
  const no = rows.filter(({ says }) => says === 'no');
  const [more, fewer] = yes.length > no.length ? [yes, no] : [no, yes];
  if (more.length === fewer.length) return [];
  const ranked = more
    .map((row) => ({ row, key: `${sha256Of(`${seed} yes-no ${row.factId}`)} ${row.id}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const why = `${yes.length} answers say yes and ${no.length} say no; as many of each may be kept`;
  return ranked.slice(fewer.length).map(({ row }) => ({ row, reason: 'yes-no-balance', why }));
}
