import type { Labels } from '../../schema/retrieval.ts';
import { EVERYONE, type DeclaredLabels, type LabelProblem } from './declared.ts';

/** What one file says of a document. */
export interface Saying {
  /** The file, as a person would type it. */
  by: string;
  labels: DeclaredLabels;
}

/**
 * One document's labels, of what is said further out and nearer to it: the nearest counts. Who may read it only becomes narrower: what is
 * kept in a folder is open to no group that the folder is not.
 * @param sayings the farthest first
 */
export function mergedLabels(sayings: readonly Saying[]): { labels: Labels; problem?: LabelProblem & { by: string } } {
  const merged: DeclaredLabels = {};
  let closedBy: Saying | undefined;
  for (const saying of sayings) {
    const { groups, ...labels } = saying.labels;
    Object.assign(merged, labels);
    if (groups === undefined) continue;
    const outer = closedBy?.labels.groups;
    const wider = Array.isArray(outer) ? wideningOf(groups, outer) : undefined;
    if (closedBy && wider !== undefined)
      return {
        labels: {},
        problem: {
          by: saying.by,
          field: 'groups',
          found: `${wider}, where ${closedBy.by} says [${(outer as string[]).join(', ')}]`,
          expected: 'only groups that may read the folder too',
          fix: `let ${closedBy.by} name it too, or take it out here`,
        },
      };
    merged.groups = groups;
    if (groups !== EVERYONE) closedBy = saying;
  }
  const { groups, ...rest } = merged;
  return { labels: { ...rest, ...(Array.isArray(groups) && { groups }) } };
}

/** Who would read it that may not read what is around it. */
function wideningOf(groups: string[] | typeof EVERYONE, outer: readonly string[]): string | undefined {
  if (groups === EVERYONE) return EVERYONE;
  return groups.find((group) => !outer.includes(group));
}
