import { blocks, type Block } from './markdown.ts';
import type { Chunk, Document } from './schema.ts';
import { countTokens, sentences } from './text.ts';

/** Offsets into the document's text, in UTF-16 code units. */
interface Extent {
  start: number;
  end: number;
}

/**
 * Cuts a document into chunks of at most `maxTokens` words and punctuation marks, by headings, then sentences, list
 * items, table rows and lines of code; only a sentence beyond the budget is cut, between words. A heading is no part
 * of a chunk's text, and no chunk reaches across one: it is listed in `headings`. Everything else lands in exactly one
 * chunk, and a chunk's text is always `document.text.slice(start, end)`.
 */
export function chunkDocument(document: Document, { maxTokens }: { maxTokens: number }): Chunk[] {
  const { text } = document;
  const chunks: Chunk[] = [];
  const path: { level: number; title: string }[] = [];
  let open: (Extent & { tokens: number }) | undefined;

  const close = () => {
    if (!open) return;
    const titles = path.map(({ title }) => title);
    chunks.push({
      id: `${document.id}#${chunks.length}`,
      documentId: document.id,
      index: chunks.length,
      title: document.title,
      headings: titles[0] === document.title ? titles : [document.title, ...titles],
      start: open.start,
      end: open.end,
      text: text.slice(open.start, open.end),
      tokens: countTokens(text.slice(open.start, open.end)),
    });
    open = undefined;
  };

  for (const block of blocks(text)) {
    if (block.kind === 'heading') {
      close();
      while ((path.at(-1)?.level ?? 0) >= block.level) path.pop();
      if (block.title) path.push({ level: block.level, title: block.title });
    } else if (block.kind === 'break') {
      close();
    } else {
      for (const piece of pieces(text, block, maxTokens)) {
        const tokens = countTokens(text.slice(piece.start, piece.end));
        if (open && open.tokens + tokens > maxTokens) close();
        open = { start: open?.start ?? piece.start, end: piece.end, tokens: (open?.tokens ?? 0) + tokens };
      }
    }
  }
  close();
  return chunks;
}

/** The smallest parts of a block that are kept whole, each within the budget, in order and without white space around. */
function pieces(text: string, block: Block, maxTokens: number): Extent[] {
  const whole = trimmed(text, block);
  const isRunning = block.kind === 'paragraph';
  if (!isRunning && fits(text, whole, maxTokens)) return [whole];
  const byLines = block.kind === 'code' || block.kind === 'table';
  const parts = byLines ? linesWithin(text, whole) : sentencesWithin(text, whole);
  return parts.flatMap((part) => (fits(text, part, maxTokens) ? [part] : cutBetweenWords(text, part, maxTokens)));
}

/** Sentences of running text. A line end inside a paragraph is a space, not the end of a sentence. */
function sentencesWithin(text: string, { start, end }: Extent): Extent[] {
  const running = text.slice(start, end).replaceAll('\n', ' ');
  return sentences(running).map((sentence) => ({ start: start + sentence.start, end: start + sentence.end }));
}

function linesWithin(text: string, { start, end }: Extent): Extent[] {
  return [...text.slice(start, end).matchAll(/[^\n]*\S[^\n]*/g)].map(({ index, 0: line }) =>
    trimmed(text, { start: start + index, end: start + index + line.length }),
  );
}

/** Cuts at white space wherever a part between white space fits the budget, else between two tokens. */
function cutBetweenWords(text: string, { start, end }: Extent, maxTokens: number): Extent[] {
  const cut: Extent[] = [];
  let room = 0;
  const add = (from: number, part: string) => {
    const tokens = countTokens(part);
    const last = cut.at(-1);
    if (last && tokens <= room) last.end = from + part.length;
    else cut.push({ start: from, end: from + part.length });
    room = (last && tokens <= room ? room : maxTokens) - tokens;
  };
  for (const { index, 0: run } of text.slice(start, end).matchAll(/\S+/g)) {
    const from = start + index;
    if (countTokens(run) <= maxTokens) add(from, run);
    // The same tokens as countTokens counts, with their places.
    else for (const token of run.matchAll(/[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]/gu)) add(from + token.index, token[0]);
  }
  return cut;
}

const fits = (text: string, { start, end }: Extent, maxTokens: number) =>
  countTokens(text.slice(start, end)) <= maxTokens;

function trimmed(text: string, { start, end }: Extent): Extent {
  const slice = text.slice(start, end);
  return { start: start + slice.length - slice.trimStart().length, end: end - (slice.length - slice.trimEnd().length) };
}
