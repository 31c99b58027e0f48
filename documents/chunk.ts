import type { Extent } from './cut-long.ts';
import { piecesOf, type Piece } from './pieces.ts';
import { readerOf } from './readers/readers.ts';
import type { Chunk, Document } from '../schema/data.ts';
import { countTokens } from '../language/text.ts';

export const chunkDocument = (document: Document, options: { maxTokens: number }): Chunk[] => [
  ...chunksOf(document, options),
];

/** A chunk that may still grow. */
interface Open extends Extent {
  /** Those of the context count as well. */
  tokens: number;
  context: string | undefined;
  /** What it was before a lead-in that is its end now. */
  beforeLead?: { end: number; lead: Piece };
}

/**
 * Cuts a document into chunks of at most `maxTokens` tokens, by headings, then sentences, list items, table rows and lines of
 * code; only what is beyond the budget alone is cut itself. A heading is no part of a chunk's text, and no chunk reaches across
 * one: it is listed in `headings`. Everything else lands in exactly one chunk, and a chunk's text is always
 * `document.text.slice(start, end)`. A chunk that begins within a table or a list has the header or lead-in as its `context`.
 */
export function* chunksOf(document: Document, { maxTokens }: { maxTokens: number }): Generator<Chunk, void> {
  const { text } = document;
  const path: { level: number; title: string }[] = [];
  let index = 0;
  let open: Open | undefined;

  const chunkOf = ({ start, end, context }: Omit<Open, 'tokens'>): Chunk => {
    const titles = path.map(({ title }) => title);
    const number = index++;
    const { place, places } = placesIn(document, start, end);
    return {
      id: `${document.id}#${number}`,
      documentId: document.id,
      index: number,
      title: document.title,
      headings: titles[0] === document.title ? titles : [document.title, ...titles],
      start,
      end,
      text: text.slice(start, end),
      tokens: countTokens(text.slice(start, end)),
      ...(context !== undefined && { context }),
      ...(place !== undefined && { place }),
      ...(places.length > 0 && { places }),
    };
  };

  const parts = readerOf(document.format).blocks(text);
  for (const piece of piecesOf(text, parts, maxTokens)) {
    if ('kind' in piece) {
      if (open) yield chunkOf(open);
      open = undefined;
      if (piece.kind === 'break') continue;
      while ((path.at(-1)?.level ?? 0) >= piece.level) path.pop();
      if (piece.title) path.push({ level: piece.level, title: piece.title });
      continue;
    }
    if (open && open.tokens + piece.tokens > maxTokens) {
      const lead = open.beforeLead;
      // A lead-in goes with what it leads to, where both fit.
      const together = lead && piece.context !== undefined && lead.lead.tokens + piece.tokens <= maxTokens;
      yield chunkOf(together ? { ...open, end: lead.end } : open);
      open = together ? begun(lead.lead, maxTokens) : undefined;
    }
    if (!open) open = begun(piece, maxTokens);
    else {
      const beforeLead = piece.leads ? { end: open.end, lead: piece } : undefined;
      open = { ...open, end: piece.end, tokens: open.tokens + piece.tokens };
      delete open.beforeLead;
      if (beforeLead) open.beforeLead = beforeLead;
    }
  }
  if (open) yield chunkOf(open);
}

/** The page, slide, ... that a part begins on, and those that begin within it. */
function placesIn({ places = [] }: Document, start: number, end: number) {
  const within = places.filter((one) => one.start > start && one.start < end);
  return { place: places.findLast((one) => one.start <= start)?.label, places: within };
}

/** A context counts for at most half of the budget, so that there is room for what it belongs to. */
function begun({ start, end, tokens, context }: Piece, maxTokens: number): Open {
  const more = context === undefined ? 0 : Math.min(countTokens(context), maxTokens / 2);
  return { start, end, tokens: tokens + more, context };
}
