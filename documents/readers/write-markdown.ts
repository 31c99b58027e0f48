import { isMostlyGaps } from './bounds.ts';
import type { Place } from './reader.ts';

/** A cell's text, on one line and with its borders kept apart from those of the table. */
export const cellText = (text: string): string => text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');

/** Rows as a table: the first is its header. Shorter rows are filled up unless that would be most of it, and rows of nothing left out. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const said = rows.filter((row) => row.some((cell) => cell.trim()));
  const width = Math.max(0, ...said.map((row) => row.length));
  if (width === 0) return '';
  const filled = said.reduce((sum, row) => sum + row.length, 0);
  const isRagged = isMostlyGaps(width * said.length, filled);
  const line = (cells: readonly string[]) =>
    `| ${Array.from({ length: isRagged ? cells.length : width }, (_, i) => cellText(cells[i] ?? '')).join(' | ')} |`;
  const [header = [], ...body] = said;
  return [line(header), `|${' - |'.repeat(width)}`, ...body.map(line)].join('\n');
}

/** What would be a heading, a border or a fence at the start of a line is text of a format that has its own. */
export const lineText = (text: string): string =>
  text.replace(/^[ \t]*(?=#{1,6}[ \t]|\||`{3}|~{3}|<!--|<pre\b)/gim, '\\');

/** Markdown that is put together part by part, with the places where its pages begin. */
export class MarkdownWriter {
  readonly places: Place[] = [];
  readonly #parts: string[] = [];
  #length = 0;
  #ending = '';

  /** What follows is of this page, slide, sheet or chapter. */
  place(label: string): void {
    this.#part();
    this.places.push({ label, start: this.#length });
  }

  heading(level: number, text: string): void {
    const title = text.replace(/\s+/g, ' ').trim();
    if (title) this.block(`${'#'.repeat(Math.min(Math.max(level, 1), 6))} ${title}`);
  }

  paragraph(text: string): void {
    this.block(lineText(text.trim()));
  }

  /** @param depth 0 for a list that is in no other */
  item(text: string, { depth = 0, marker = '-' }: { depth?: number; marker?: string } = {}): void {
    const said = text.replace(/\s+/g, ' ').trim();
    if (said) this.#add(`${'  '.repeat(depth)}${marker} ${said}\n`);
  }

  code(text: string): void {
    if (text.trim()) this.block(['```', text.replace(/^`{3}/gm, '\\```'), '```'].join('\n'));
  }

  table(rows: readonly (readonly string[])[]): void {
    this.block(tableText(rows));
  }

  /** Markdown as it is, parted by an empty line from what stands before and after. */
  block(markdown: string): void {
    if (!markdown.trim()) return;
    this.#part();
    this.#add(`${markdown.trimEnd()}\n\n`);
  }

  text(): string {
    return this.#parts.join('').trimEnd();
  }

  /** An empty line below what stands there. */
  #part(): void {
    if (this.#length > 0 && this.#ending !== '\n\n') this.#add('\n');
  }

  #add(part: string): void {
    this.#parts.push(part);
    this.#ending = (this.#ending + part).slice(-2);
    this.#length += part.length;
  }
}
