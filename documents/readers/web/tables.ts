import type { Element, ElementContent } from 'hast';
import { Repeats } from '../bounds.ts';

/** A cell spans no more than this: a browser's own limit for columns. */
const WIDEST = 1000;

/** The rows of a table that are its own, and not of one within it. */
export function rowsOf(node: Element): Element[] {
  return node.children.flatMap((child) => {
    if (child.type !== 'element') return [];
    if (child.tagName === 'tr') return [child];
    return ['thead', 'tbody', 'tfoot'].includes(child.tagName) ? rowsOf(child) : [];
  });
}

/** A table as a grid: what spans several rows or columns is said in each, so that a row can be read by itself. */
export function gridOf(table: Element, textOf: (cell: Element) => string): string[][] {
  const rows = rowsOf(table);
  const grid: string[][] = rows.map(() => []);
  const texts = new Map(rows.flatMap((row) => row.children.filter(isCell).map((cell) => [cell, textOf(cell)])));
  const letters = [...texts.values()].reduce((sum, text) => sum + text.length, 0);
  const repeats = new Repeats({ cells: texts.size, letters });
  for (const [y, row] of rows.entries()) {
    let x = 0;
    for (const cell of row.children.filter(isCell)) {
      while (grid[y]?.[x] !== undefined) x += 1;
      const text = texts.get(cell) ?? '';
      const spans = { wide: span(cell, 'colSpan'), high: Math.min(span(cell, 'rowSpan'), rows.length - y) };
      const { wide, high } = repeats.take(text, spans.wide * spans.high - 1) ? spans : { wide: 1, high: 1 };
      for (let dy = 0; dy < high; dy += 1) for (let dx = 0; dx < wide; dx += 1) grid[y + dy]![x + dx] = text;
      x += wide;
    }
  }
  return grid.map((row) => Array.from(row, (cell) => cell ?? ''));
}

export const isCell = (node: ElementContent): node is Element =>
  node.type === 'element' && (node.tagName === 'td' || node.tagName === 'th');

function span(cell: Element, name: 'colSpan' | 'rowSpan'): number {
  const value = Number(cell.properties[name]);
  return Number.isInteger(value) && value > 0 ? Math.min(value, WIDEST) : 1;
}
