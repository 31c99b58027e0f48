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

/** The tables of a sheet as rows of cells, from top to bottom, then from left to right. Takes time in proportion to the cells. */
export function tablesOf(cells: readonly Cell[]): string[][][] {
  const at = new Map(cells.map((cell) => [key(cell.row, cell.column), cell]));
  const seen = new Set<string>();
  const boxes: Box[] = [];
  for (const cell of cells) if (!seen.has(key(cell.row, cell.column))) boxes.push(around(cell, at, seen));
  return joined(boxes)
    .sort((a, b) => a.top - b.top || a.left - b.left)
    .map((box) => rowsOf(box, at));
}

const key = (row: number, column: number) => `${row},${column}`;

/** The box around all cells that touch this one, side by side or one above the other. */
function around(first: Cell, at: ReadonlyMap<string, Cell>, seen: Set<string>): Box {
  const box = { top: first.row, left: first.column, bottom: first.row, right: first.column };
  const open = [first];
  seen.add(key(first.row, first.column));
  for (let cell = open.pop(); cell; cell = open.pop()) {
    const { row, column } = cell;
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
function joined(boxes: readonly Box[]): Box[] {
  const done: Box[] = [];
  let open: Box[] = [];
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

const union = (a: Box, b: Box): Box => ({
  top: Math.min(a.top, b.top),
  left: Math.min(a.left, b.left),
  bottom: Math.max(a.bottom, b.bottom),
  right: Math.max(a.right, b.right),
});

function rowsOf({ top, left, bottom, right }: Box, at: ReadonlyMap<string, Cell>): string[][] {
  return Array.from({ length: bottom - top + 1 }, (_row, y) =>
    Array.from({ length: right - left + 1 }, (_cell, x) => at.get(key(top + y, left + x))?.text ?? ''),
  );
}
