import { z } from 'zod';
import { CitationSchema, type Citation } from '../../schema/retrieval.ts';
import { wrapped } from './terminal-text.ts';

/** What an answer of the gateway says of its sources, for people. Pure. */

/** What stands beside the protocol's fields. */
const BesideSchema = z.object({
  whetstone: z
    .object({
      outcome: z.string(),
      index: z.object({ name: z.string(), sha256: z.string() }),
      citations: z.array(CitationSchema),
    })
    .optional(),
});
export type Sources = NonNullable<z.infer<typeof BesideSchema>['whetstone']>;

/** Undefined where the version answers by itself. */
export const sourcesOf = (completion: unknown): Sources | undefined => BesideSchema.parse(completion).whetstone;

/** A numbered list: title, document and page, how near it is to the question, and what it says. */
export function sourcesText(sources: Sources | undefined, width: number): string {
  if (!sources) return 'Sources: none, this version answers by itself';
  const { index, citations, outcome } = sources;
  const from = `index ${index.name}, snapshot ${index.sha256.slice(0, 12)}`;
  if (citations.length === 0) return `Sources: none is near enough (${from})`;
  const said = outcome === 'quoted' ? 'Quoted from' : 'Answered from';
  return [`${said} ${from}:`, ...citations.map((citation, i) => sourceText(citation, i + 1, width))].join('\n');
}

function sourceText(
  { title, documentId, place, start, end, text, score }: Citation,
  number: number,
  width: number,
): string {
  const where = [documentId, place, `characters ${start} to ${end}`].filter(Boolean).join(', ');
  const head = `${String(number).padStart(2)}. ${title} (${where}), score ${score.toFixed(2)}`;
  return `${wrapped(head, width)}\n${wrapped(`    ${text.trim().replace(/\s+/g, ' ')}`, width)}`;
}
