import { blocks } from './readers/markdown-blocks.ts';
import type { Block } from './readers/block.ts';
import { sentenceEnds } from '../language/sentence-ends.ts';

/** One statement's place in a passage: what can be asked about, and what is accounted for when it is not. */
export interface Unit {
  kind: 'sentence' | 'list-item' | 'table-row';
  /** Offsets into the passage, in UTF-16 code units. */
  start: number;
  end: number;
  /** As it stands in the passage, markup and line ends included. */
  text: string;
  /** The sentence that a list or table hangs on ("Bring the following:"), or the item above a nested list. */
  leadIn?: string;
  header?: string[];
  cells?: string[];
}

type Cut = Omit<Unit, 'text'>;

const MARKER = /^[ \t]*(?:[-*+\u2022\u00b7]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?/;
/** Marks of a list that was run into one paragraph: "the following: - Age - Diet", "Age    - Diet", "• Age • Diet". */
const RUN_IN = /(?:^|(?<!\s)\s+)([-*\u2022\u00b7])\s+(?=\S)/g;
/** A heading run into its paragraph, or a paragraph into a list: "Alcohol    Drinking raises the risk." */
const GAP = /(?<=[^\s])[ \t]{4,}(?=\p{Lu})|(?<=:)\s{4,}(?=\p{Lu})/gu;
/** Where items are set off by gaps, a gap of this width comes back from a list inside the list. */
const OUTER_GAP = 7;

/**
 * Every sentence, list item (each of its sentences) and table row of a passage, in order and without overlap. Headings,
 * header rows, comments and fenced code are none. Never throws; linear in the text's length.
 */
export function unitsOf(text: string): Unit[] {
  const found: Cut[] = [];
  /** The last sentence of the paragraph right above. */
  let above: string | undefined;
  /** Items that enclose the one at hand, outermost first. */
  let items: { indent: number; says: string }[] = [];
  let listLeadIn: string | undefined;
  for (const block of blocks(text)) {
    if (block.kind === 'paragraph') {
      above = leadInOf(paragraph(text, block, found));
      items = [];
      listLeadIn = above;
    } else if (block.kind === 'item') {
      const marker = MARKER.exec(text.slice(block.start, Math.min(block.end, block.start + 1000)))?.[0] ?? '';
      const indent = marker.length - marker.trimStart().length;
      items = items.filter((item) => item.indent < indent);
      const leadIn = items.at(-1)?.says ?? listLeadIn;
      const last = runIn(text, { start: block.start + marker.length, end: block.end }, { item: true, leadIn }, found);
      items.push({ indent, says: last ?? leadIn ?? '' });
      above = undefined;
    } else {
      if (block.kind === 'table') tableRows(text, block, above, found);
      above = undefined;
      items = [];
      listLeadIn = undefined;
    }
  }
  return found.map((cut) => ({ ...cut, text: text.slice(cut.start, cut.end) }));
}

/** Running text; lines of a table that was cut off its header are rows. Returns its last sentence. */
function paragraph(text: string, { start, end }: Block, found: Cut[]): string | undefined {
  let from = start;
  let last: string | undefined;
  for (const { 0: line, index } of text.slice(start, end).matchAll(/^[ \t]*\|.*\|[ \t]*$/gm)) {
    last = runIn(text, { start: from, end: start + index }, { item: false }, found) ?? last;
    from = start + index + line.length;
    row(line, start + index, { leadIn: leadInOf(last) }, found);
  }
  return runIn(text, { start: from, end }, { item: false }, found) ?? last;
}

/** Cuts one block at the marks of a run-in list, then at sentence ends. Returns the last sentence of its first part. */
function runIn(
  text: string,
  { start, end }: { start: number; end: number },
  { item, leadIn }: { item: boolean; leadIn?: string | undefined },
  found: Cut[],
): string | undefined {
  const raw = text.slice(start, end);
  const flat = flatten(raw);
  const marks = marksOf(flat);
  const gaps = [...raw.matchAll(GAP)].map(({ index }) => index);
  const read = (from: number, to: number, as: { item: boolean; leadIn?: string | undefined }) => {
    const cuts = [from, ...gaps.filter((gap) => gap > from && gap < to), to];
    return cuts.slice(1).reduce<string | undefined>((last, cut, i) => {
      return sentencesIn(flat, { from: cuts[i]!, to: cut, offset: start }, as, found) ?? last;
    }, undefined);
  };
  const first = read(0, marks[0]?.start ?? flat.length, { item, leadIn });
  let outer = item ? leadIn : undefined;
  let inner = leadInOf(first);
  if (item && !first?.endsWith(':')) inner = leadIn;
  for (const [i, mark] of marks.entries()) {
    const previous = found.at(-1);
    const said = previous && plain(text.slice(previous.start, previous.end));
    if (i > 0 && said?.endsWith(':')) {
      outer = inner;
      inner = said;
    } else if (i > 0 && mark.gap >= OUTER_GAP) inner = outer;
    const to = marks[i + 1]?.start ?? flat.length;
    // After the last item a gap comes back to running text.
    const stop = (i === marks.length - 1 ? gaps.find((gap) => gap > mark.end) : undefined) ?? to;
    read(mark.end, stop, { item: true, leadIn: inner });
    if (stop < to) read(stop, to, { item: false });
  }
  return first;
}

interface Mark {
  start: number;
  end: number;
  gap: number;
}

function marksOf(flat: string): Mark[] {
  const marks: Mark[] = [];
  let listed = false;
  for (const { 0: all, 1: sign, index } of flat.matchAll(RUN_IN)) {
    const gap = all.indexOf(sign!);
    const bullet = sign === '\u2022' || sign === '\u00b7';
    const afterStop = /[:.?!;]$/.test(flat.slice(Math.max(0, index - 1), index));
    const opens = bullet || gap >= 2 || (index === 0 && gap === 0) || (afterStop && sign === '-');
    if (!opens && !(listed && sign === '-')) continue;
    listed ||= flat.charAt(index - 1) === ':';
    if (marks.length === 0 && sign === '-') marks.push(...firstMark(flat, index));
    marks.push({ start: index, end: index + all.length, gap });
  }
  return marks;
}

/** The first item's dash hangs on its lead-in where the others stand apart: "Symptoms include - fever    - chills". */
function firstMark(flat: string, before: number): Mark[] {
  const found =
    /(?<=\b(?:includ(?:e|es|ing)|are|is|as|if|of|to|by|from|have|having|cause|causes)) - (?=[^.?!;-]{2,90}$)/.exec(
      flat.slice(Math.max(0, before - 300), before),
    );
  if (!found) return [];
  const start = Math.max(0, before - 300) + found.index;
  return [{ start, end: start + 3, gap: 1 }];
}

function sentencesIn(
  flat: string,
  { from, to, offset }: { from: number; to: number; offset: number },
  { item, leadIn }: { item: boolean; leadIn?: string | undefined },
  found: Cut[],
): string | undefined {
  const part = flat.slice(from, to);
  let start = 0;
  let last: string | undefined;
  for (const end of sentenceEnds(part)) {
    const raw = part.slice(start, end);
    const trimmed = raw.trim();
    if (/[\p{L}\p{N}]/u.test(trimmed)) {
      const at = offset + from + start + raw.length - raw.trimStart().length;
      const kind = item ? 'list-item' : 'sentence';
      found.push({ kind, start: at, end: at + trimmed.length, ...(item && leadIn !== undefined && { leadIn }) });
      last = plain(trimmed);
    }
    start = end;
  }
  return last;
}

function tableRows(text: string, { start, end }: Block, leadIn: string | undefined, found: Cut[]): void {
  let header: string[] | undefined;
  let at = start;
  for (const line of text.slice(start, end).split('\n')) {
    if (!header) header = cellsOf(line);
    else row(line, at, { leadIn, header }, found);
    at += line.length + 1;
  }
}

function row(
  line: string,
  at: number,
  { leadIn, header }: { leadIn: string | undefined; header?: string[] },
  found: Cut[],
): void {
  const trimmed = line.trim();
  if (!/[\p{L}\p{N}]/u.test(trimmed)) return;
  const start = at + line.length - line.trimStart().length;
  const cells = cellsOf(line);
  const about = { ...(leadIn !== undefined && { leadIn }), ...(header && { header }) };
  found.push({ kind: 'table-row', start, end: start + trimmed.length, ...about, cells });
}

/** Cells of a row, in order, without the white space around them; `\|` is no border. */
function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** A sentence that something hangs on: one that ends in a colon or in nothing, or points below. */
function leadInOf(sentence: string | undefined): string | undefined {
  if (sentence === undefined) return undefined;
  return !/[.!?]["')]*$/.test(sentence) || /\b(?:following|below|these)\b/i.test(sentence) ? sentence : undefined;
}

/** Line ends and the marks of a quotation as spaces, so that offsets stay. */
const flatten = (text: string): string =>
  text.replace(/^[ \t]{0,3}(?:>[ \t]?)+/gm, (mark) => ' '.repeat(mark.length)).replace(/[\n\r\t]/g, ' ');

const plain = (text: string): string => text.replace(/\s+/g, ' ').trim();
