import { isMostlyGaps } from '../bounds.ts';

/** Tables that stand on one sheet: cells that touch, with the gaps between them. Rows and columns count from 0. */

export interface Cell {
  row: number;
  column: number;
  text: string;
}

interface Box {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** Tables side by side: more of them are no tables, and to tell which lie over each other would take long. */
const MOST_TABLES = 10_000;

/**
 * The tables of a sheet as rows of cells, from top to bottom, then from left to right. Takes time and room in proportion to the cells: one
 * that would be mostly gaps is taken part by part, and `parted` says how many were.
 */
export function tablesOf(cells: readonly Cell[]): { tables: string[][][]; parted: number } {
  const at = new Map(cells.map((cell) => [key(cell.row, cell.column), cell]));
  const seen = new Set<string>();
  const touching: Touching[] = [];
  for (const cell of cells) if (!seen.has(key(cell.row, cell.column))) touching.push(around(cell, at, seen));
  const groups = touching.length > MOST_TABLES ? [touching.reduce(union)] : joined(touching);
  let parted = 0;
  const boxes = groups.flatMap((group): Box[] => {
    const { length } = group.cells;
    if (length === 1 || !isMostlyGaps(areaOf(group), length)) return [group];
    parted += 1;
    return partsOf(group.cells);
  });
  const tables = boxes.sort((a, b) => a.top - b.top || a.left - b.left).map((box) => rowsOf(box, at));
  return { tables, parted };
}

/** Cells side by side in a row, and the rows below in which the same columns are filled: tables without a gap. */
function partsOf(cells: readonly Cell[]): Box[] {
  const boxes: Box[] = [];
  /** Those that end in the last row, by their columns. */
  let open = new Map<string, Box>();
  let row = -1;
  let ended = new Map<string, Box>();
  let run: Box | undefined;
  const close = () => {
    if (!run) return;
    const columns = key(run.left, run.right);
    const above = open.get(columns);
    if (above?.bottom === run.top - 1) above.bottom = run.top;
    else boxes.push(run);
    ended.set(columns, above?.bottom === run.top ? above : run);
    run = undefined;
  };
  for (const cell of [...cells].sort((a, b) => a.row - b.row || a.column - b.column)) {
    if (run && run.top === cell.row && run.right === cell.column - 1) {
      run.right = cell.column;
      continue;
    }
    close();
    if (cell.row !== row) {
      open = ended;
      ended = new Map();
      row = cell.row;
    }
    run = { top: cell.row, left: cell.column, bottom: cell.row, right: cell.column };
  }
  close();
  return boxes;
}

/** A box, and the cells in it. */
interface Touching extends Box {
  cells: Cell[];
}

const areaOf = ({ top, left, bottom, right }: Box) => (bottom - top + 1) * (right - left + 1);

const key = (row: number, column: number) => `${row},${column}`;

/** The box around all cells that touch this one, side by side or one above the other. */
function around(first: Cell, at: ReadonlyMap<string, Cell>, seen: Set<string>): Touching {
  const cells: Cell[] = [];
  const box = { top: first.row, left: first.column, bottom: first.row, right: first.column, cells };
  const open = [first];
  seen.add(key(first.row, first.column));
  for (let cell = open.pop(); cell; cell = open.pop()) {
    const { row, column } = cell;
    cells.push(cell);
    box.top = Math.min(box.top, row);
    box.bottom = Math.max(box.bottom, row);
    box.left = Math.min(box.left, column);
    box.right = Math.max(box.right, column);
    for (const [y, x] of [
      [row - 1, column],
      [row + 1, column],
      [row, column - 1],
      [row, column + 1],
    ] as const) {
      const next = at.get(key(y, x));
      if (!next || seen.has(key(y, x))) continue;
      seen.add(key(y, x));
      open.push(next);
    }
  }
  return box;
}

/** Boxes that overlap are one table with gaps. By a sweep from the top, so that many small ones take no quadratic time. */
function joined(boxes: readonly Touching[]): Touching[] {
  const done: Touching[] = [];
  let open: Touching[] = [];
  for (const box of [...boxes].sort((a, b) => a.top - b.top)) {
    done.push(...open.filter(({ bottom }) => bottom < box.top));
    open = open.filter(({ bottom }) => bottom >= box.top);
    let one = box;
    for (
      let met = open.filter((other) => overlap(other, one));
      met.length > 0;
      met = open.filter((other) => overlap(other, one))
    ) {
      open = open.filter((other) => !met.includes(other));
      one = met.reduce(union, one);
    }
    open.push(one);
  }
  return [...done, ...open];
}

const overlap = (a: Box, b: Box) => a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;

/** Into the larger of the two: of many that join, no cell is moved often. */
const union = (a: Touching, b: Touching): Touching => ({
  top: Math.min(a.top, b.top),
  left: Math.min(a.left, b.left),
  bottom: Math.max(a.bottom, b.bottom),
  right: Math.max(a.right, b.right),
  cells: merged(a.cells, b.cells),
});

function merged(a: Cell[], b: Cell[]): Cell[] {
  const [more, fewer] = a.length >= b.length ? [a, b] : [b, a];
  for (const cell of fewer) more.push(cell);
  return more;
}

function rowsOf({ top, left, bottom, right }: Box, at: ReadonlyMap<string, Cell>): string[][] {
  return Array.from({ length: bottom - top + 1 }, (_row, y) =>
    Array.from({ length: right - left + 1 }, (_cell, x) => at.get(key(top + y, left + x))?.text ?? ''),
  );
}
