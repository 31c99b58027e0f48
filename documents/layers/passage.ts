import type { Chunk, ListedDocument } from '../../schema/data.ts';
import type { IndexedPassage } from '../../schema/retrieval.ts';

/** A chunk with what it takes to cite it, and to decide who is shown it. */
export function passageOf(chunk: Chunk, document: ListedDocument): IndexedPassage {
  const { id, documentId, title, headings, text, context, start, end, place, places } = chunk;
  const { licence, language, groups, validUntil } = document;
  return {
    id,
    documentId,
    documentSha256: document.sha256,
    title,
    headings,
    text,
    ...(context !== undefined && { context }),
    start,
    end,
    ...(place !== undefined && { place }),
    ...(places && { places }),
    ...(licence !== undefined && { licence }),
    ...(language !== undefined && { language }),
    ...(groups && { groups }),
    ...(validUntil !== undefined && { validUntil }),
  };
}
