import { cutLong, type Extent } from './cut-long.ts';
import type { Block } from './readers/block.ts';
import { countTokens, sentences, TOKEN } from '../language/text.ts';

/** The smallest parts of a document that are kept whole. */
export interface Piece extends Extent {
  tokens: number;
  /** What it says nothing without, where it begins a chunk: its table's header, its list's lead-in. */
  context?: string;
  /** It should not be the last of a chunk that could go on: a lead-in. */
  leads?: boolean;
}

const RUN_IN = /(?<=\S)[ \t]{2,}(?=[-*\u2022\u00b7][ \t]+\S)/g;
/** Where spaces set items off, so many come back from a list inside the list. */
const OUTER_GAP = 7;

/** An item stands below those that are indented less. */
interface Item extends Extent {
  indent: number;
}

/**
 * The pieces of blocks, each of at most `maxTokens`, in order and without white space around. Headings and breaks come as they are.
 */
export function* piecesOf(
  text: string,
  blocks: Iterable<Block>,
  maxTokens: number,
): Generator<Piece | Extract<Block, { kind: 'heading' | 'break' }>, void> {
  let leadIn: string | undefined;
  let above: Item[] = [];
  for (const block of blocks) {
    if (block.kind === 'heading' || block.kind === 'break') {
      leadIn = undefined;
      above = [];
      yield block;
    } else if (block.kind === 'item') {
      const item = { ...block, indent: indentOf(text, block.start) };
      while ((above.at(-1)?.indent ?? -1) >= item.indent) above.pop();
      const context = contextOf(text, leadIn, above, maxTokens);
      for (const piece of pieces(text, block, maxTokens)) {
        const both = [context, piece.context].filter((one) => one !== undefined);
        yield { ...piece, ...(both.length > 0 && { context: both.join('\n') }) };
      }
      above.push(item);
    } else if (block.kind === 'table') yield* rowsOf(text, block, maxTokens);
    else {
      // Text that is indented below an item goes on with it.
      const goesOn = above.length > 0 && indentOf(text, block.start) > 1;
      if (!goesOn) above = [];
      const found = [...pieces(text, block, maxTokens)];
      const last = found.at(-1);
      if (!goesOn) leadIn = last && block.kind === 'paragraph' ? leadInOf(text, last) : undefined;
      for (const piece of found) yield piece === last && leadIn !== undefined ? { ...piece, leads: true } : piece;
    }
  }
}

function* pieces(text: string, block: Block, maxTokens: number): Generator<Piece, void> {
  const whole = trimmed(text, block);
  const tokens = block.kind === 'paragraph' ? Infinity : tokensOf(text, whole);
  if (tokens <= maxTokens) yield { ...whole, tokens };
  else if (block.kind !== 'code') yield* runningPieces(text, whole, maxTokens);
  else for (const line of linesWithin(text, whole)) yield* fitting(text, line, maxTokens);
}

/** Sentences, and the items of a list that was run into one paragraph, each with its lead-in as context. */
function* runningPieces(text: string, whole: Extent, maxTokens: number): Generator<Piece, void> {
  let lead: string | undefined;
  let outer: string | undefined;
  let leadIsLast = false;
  for (const [i, part] of runInParts(text, whole).entries()) {
    if (part.gap >= OUTER_GAP && !leadIsLast) lead = outer;
    const found = sentencesWithin(text, part);
    for (const [k, sentence] of found.entries()) {
      const leads = k === found.length - 1 && /:["'\u2019\u201d)\]*_]*$/.test(text.slice(sentence.start, sentence.end));
      const context = i > 0 && k === 0 ? lead : undefined;
      for (const piece of fitting(text, sentence, maxTokens, leads)) yield { ...piece, ...(context && { context }) };
      leadIsLast = leads;
      if (leads) [outer, lead] = [lead, contextOf(text, text.slice(sentence.start, sentence.end), [], maxTokens)];
    }
  }
}

/** A paragraph cut before each mark of an item that spaces set off, as in "the following:    - Age   - Diet". */
function runInParts(text: string, { start, end }: Extent): (Extent & { gap: number })[] {
  const cuts = [...text.slice(start, end).matchAll(RUN_IN)].map(({ index, 0: gap }) => ({
    start: start + index + gap.length,
    gap: gap.length,
  }));
  return [{ start, gap: 0 }, ...cuts].map((from, i) => ({ ...from, end: cuts[i]?.start ?? end }));
}

/** A table that fits, or its header with the first row, and each other row with the header as its context. */
function* rowsOf(text: string, block: Block, maxTokens: number): Generator<Piece, void> {
  const whole = trimmed(text, block);
  const tokens = tokensOf(text, whole);
  if (tokens <= maxTokens) {
    yield { ...whole, tokens };
    return;
  }
  const [names, rule, ...rows] = linesWithin(text, whole);
  if (!names || !rule) return;
  const header = { start: names.start, end: rule.end };
  const context = firstTokens(text.slice(header.start, header.end), maxTokens);
  yield* fitting(text, header, maxTokens, true);
  for (const row of rows) for (const piece of fitting(text, row, maxTokens)) yield { ...piece, context };
}

function* fitting(text: string, extent: Extent, maxTokens: number, leads = false): Generator<Piece, void> {
  const tokens = tokensOf(text, extent);
  if (tokens <= maxTokens) yield { ...extent, tokens, ...(leads && { leads }) };
  else for (const part of cutLong(text, extent, maxTokens)) yield { ...part, tokens: tokensOf(text, part) };
}

/** A sentence that a list below it may finish: it ends with a colon, or with no mark at all. */
function leadInOf(text: string, { start, end }: Extent): string | undefined {
  const sentence = text.slice(start, end);
  return /[.!?;\u2026。！？]["'\u2019\u201d)\]*_]*$/.test(sentence) ? undefined : sentence;
}

/** The lead-in and the items above, the nearest first to be kept, in at most half of the budget. */
function contextOf(
  text: string,
  leadIn: string | undefined,
  above: readonly Item[],
  maxTokens: number,
): string | undefined {
  let room = maxTokens / 2;
  const fits = (part: string) => (room -= countTokens(part)) >= 0;
  const first = leadIn !== undefined && fits(leadIn) ? [leadIn] : [];
  const items: string[] = [];
  for (let i = above.length - 1; i >= 0; i -= 1) {
    const item = text.slice(above[i]!.start, above[i]!.end).trim();
    if (!fits(item)) break;
    items.unshift(item);
  }
  return first.length + items.length > 0 ? [...first, ...items].join('\n') : undefined;
}

function firstTokens(text: string, most: number): string {
  let count = 0;
  for (const { index } of text.matchAll(TOKEN)) if ((count += 1) > most) return text.slice(0, index).trimEnd();
  return text;
}

/** Sentences of running text. A line end inside a paragraph is a space, not the end of a sentence. */
function sentencesWithin(text: string, { start, end }: Extent): Extent[] {
  const running = text.slice(start, end).replaceAll('\n', ' ');
  return sentences(running).map((sentence) => ({ start: start + sentence.start, end: start + sentence.end }));
}

function linesWithin(text: string, { start, end }: Extent): Extent[] {
  let from = start;
  return text
    .slice(start, end)
    .split('\n')
    .flatMap((line) => {
      const extent = { start: from, end: from + line.length };
      from = extent.end + 1;
      return line.trim() ? [trimmed(text, extent)] : [];
    });
}

/** Columns of white space before a block; a tab is four. */
function indentOf(text: string, start: number): number {
  const spaces = /[ \t]*/y;
  spaces.lastIndex = start;
  return (spaces.exec(text)?.[0] ?? '').replaceAll('\t', '    ').length;
}

const tokensOf = (text: string, { start, end }: Extent) => countTokens(text.slice(start, end));

function trimmed(text: string, { start, end }: Extent): Extent {
  const slice = text.slice(start, end);
  return { start: start + slice.length - slice.trimStart().length, end: end - (slice.length - slice.trimEnd().length) };
}
