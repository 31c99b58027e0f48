import { RetrievalError } from '../../contract/retrieval.ts';
import type { ModelVersion } from '../../registry/schema.ts';
import type { IndexStore } from '../../retrieval/store/store.ts';
import type { Withheld } from '../../retrieval/store/documents/withheld.ts';

/** What of its snapshot a version does not say any more, though neither has changed. */

export type Indexes = Pick<IndexStore, 'withheld'>;

const MOST_NAMED = 3;

/** A line for each reason; none where it answers from all, or from no documents, or where there are no indexes to ask. */
export async function withheldLines(
  indexes: Indexes | undefined,
  { openBook }: Pick<ModelVersion, 'openBook'>,
): Promise<string[]> {
  if (!openBook || !indexes) return [];
  try {
    return linesOf(await indexes.withheld(openBook.index));
  } catch (error) {
    if (error instanceof RetrievalError) return [`what it still answers from is not known: ${error.message}`];
    throw error;
  }
}

function linesOf({ passages, gone, narrowed, erased, documents }: Withheld): string[] {
  const of = (count: number) => `${count} of its ${passages} ${passages === 1 ? 'passage' : 'passages'}`;
  return [
    ...(gone > 0 ? [`answers no more from ${of(gone)}, as documents are gone: ${named(documents.gone)}`] : []),
    ...(narrowed > 0
      ? [`shows ${of(narrowed)} to fewer, or until an earlier day, as labels say now: ${named(documents.narrowed)}`]
      : []),
    ...(erased > 0 ? [`${of(erased)} ${erased === 1 ? 'was' : 'were'} erased`] : []),
  ];
}

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
