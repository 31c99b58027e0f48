import type { IndexedPassage, OpenBook } from '../../schema/retrieval.ts';

/** How a test's version answers from the documents. */
export const openBookOf = (over: Partial<OpenBook> = {}): OpenBook => ({
  index: {
    name: 'womens-health',
    sha256: 'a'.repeat(64),
    passages: 12,
    embedding: { provider: 'builtin', model: 'all-MiniLM-L6-v2', sha256: 'b'.repeat(64), dimensions: 384 },
  },
  unit: 'passages',
  k: 4,
  budgetTokens: 1024,
  minScore: 0.25,
  noAnswer: "The documents don't say.",
  prompt: 'Answer from these passages only.\n\n{{passages}}\n\n{{question}}',
  rewrite: 'rule',
  ...over,
});

/** A passage of an index, where the passages before it in its document end. */
export function passageOf(id: string, text: string, over: Partial<IndexedPassage> = {}): IndexedPassage {
  const [documentId = ''] = id.split('#');
  const start = over.start ?? 0;
  return {
    id,
    documentId,
    documentSha256: 'd'.repeat(64),
    title: 'The menstrual cycle',
    headings: ['The menstrual cycle'],
    text,
    ...over,
    start,
    end: start + text.length,
  };
}
