import { unitsOf, type Unit } from '../../documents/units.ts';
import { passageText } from '../../schema/passage-text.ts';
import type { Citation, FoundPassage, IndexedPassage, OpenBook } from '../../schema/retrieval.ts';
import { asLine, quotedLines, visible } from './as-data.ts';

/** What of a passage is put in a prompt, or quoted, with where it stands. Pure. */
export interface Excerpt {
  passage: IndexedPassage;
  /** Offsets into the document's text. */
  start: number;
  end: number;
  /** As it is read. */
  text: string;
  /** Cosine with the question. */
  score: number;
}

/** A passage as a whole. */
export const wholePassage = ({ passage, cosine }: FoundPassage): Excerpt => ({
  passage,
  start: passage.start,
  end: passage.end,
  text: passageText(passage),
  score: cosine,
});

/** A statement of a passage, before it is compared with the question. */
export type Statement = Omit<Excerpt, 'score'>;

/** Shorter than this, a line says nothing by itself: a label, "See below." */
const FEWEST_WORDS = 3;

/** The statements of a passage: sentences, items of a list after what leads to them, rows of a table with its header. */
export const statementsOf = (passage: IndexedPassage): Statement[] =>
  unitsOf(passage.text).flatMap((unit) => {
    const text = readAs(unit);
    if (text.split(' ').length < FEWEST_WORDS) return [];
    return [{ passage, start: passage.start + unit.start, end: passage.start + unit.end, text }];
  });

function readAs({ kind, text, leadIn, header, cells }: Unit): string {
  if (kind === 'table-row' && cells) {
    const told = cells.map((cell, i) => (header?.[i] ? `${header[i]}: ${cell}` : cell));
    return plain(told.filter((cell) => cell.trim() !== '').join('; '));
  }
  return plain(leadIn === undefined ? text : `${leadIn} ${text}`);
}

/** Without Markdown's marks, in one line. */
const plain = (text: string): string =>
  visible(text)
    .replace(/!?\[([^\]]*)\]\([^)\s]*(?:\s"[^"]*")?\)/g, '$1')
    .replace(/(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\p{L}\p{N}*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\p{L}\p{N}*])/gu, '$1')
    .replace(/\s+/g, ' ')
    .trim();

/** What stands above a passage, innermost last. */
export const headingOf = ({ title, headings }: Pick<IndexedPassage, 'title' | 'headings'>): string =>
  headings.at(-1) ?? title;

/**
 * What was found as the prompt has it, each under a number and its heading. No line of it can begin one: lines of a passage begin
 * with `> `, and a sentence has but one.
 */
export function promptText(
  citations: readonly Pick<Citation, 'title' | 'headings' | 'text'>[],
  unit: OpenBook['unit'],
): string {
  const shown = citations.map(({ title, headings = [], text }, i) => {
    const number = `[${i + 1}]`;
    if (unit === 'sentences') return `${number} ${asLine(headingOf({ title, headings }))}: ${asLine(text)}`;
    const path = headings.length > 0 ? headings : [title];
    return `${number} ${path.map(asLine).join(' > ')}\n${quotedLines(text)}`;
  });
  return shown.join(unit === 'sentences' ? '\n' : '\n\n');
}

export function citationOf({ passage, start, end, text, score }: Excerpt): Citation {
  // A passage may go on over several pages: a sentence of it is cited with its own.
  const place = passage.places?.findLast((one) => one.start <= start)?.label ?? passage.place;
  return {
    documentId: passage.documentId,
    title: passage.title,
    ...(passage.headings.length > 0 && { headings: passage.headings }),
    passageId: passage.id,
    ...(place !== undefined && { place }),
    start,
    end,
    text,
    score,
  };
}
