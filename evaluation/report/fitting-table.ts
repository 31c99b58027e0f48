import Table from 'cli-table3';
import type { FigureRow } from './figures.ts';

/** A table of figures that fits a terminal. */

/** A column after the metric: its title at full length and short, and what it shows of a row. */
export interface Column {
  long: string;
  short: string;
  of: (row: FigureRow) => string;
  /** The same in fewer characters. */
  brief?: (row: FigureRow) => string;
  /** Left out first where there is no room. */
  spare?: true;
}

export interface Block {
  name: string;
  /** Below the name. */
  note: string;
  rows: readonly FigureRow[];
}

/** How a table is drawn, from the roomiest to the tightest. */
interface Style {
  /** Columns that can be spared are shown. */
  spare: boolean;
  /** The suite has a column of its own, else a row above its metrics. */
  suiteColumn: boolean;
  brief: boolean;
  padding: 0 | 1;
  /** Characters that a metric's name may have. */
  metricWidth: number;
}

const ROOMY: Style = { spare: true, suiteColumn: true, brief: false, padding: 1, metricWidth: 40 };
const STYLES: readonly Style[] = [
  ROOMY,
  { ...ROOMY, spare: false },
  { ...ROOMY, spare: false, suiteColumn: false },
  { ...ROOMY, spare: false, suiteColumn: false, brief: true },
  { spare: false, suiteColumn: false, brief: true, padding: 0, metricWidth: 40 },
  { spare: false, suiteColumn: false, brief: true, padding: 0, metricWidth: 12 },
];

/** The roomiest drawing that is at most `width` columns wide, or the tightest there is. */
export function fittingTable(options: { blocks: readonly Block[]; columns: readonly Column[]; width: number }): string {
  const { blocks, columns, width } = options;
  const drawings = STYLES.map((style) => () => draw({ blocks, columns, style }));
  for (const drawn of drawings.slice(0, -1)) {
    const text = drawn();
    if (Math.max(...text.split('\n').map((line) => line.length)) <= width) return text;
  }
  return drawings.at(-1)!();
}

function draw({ blocks, columns, style }: { blocks: readonly Block[]; columns: readonly Column[]; style: Style }) {
  const { spare, suiteColumn, brief, padding, metricWidth } = style;
  const shown = columns.filter((column) => spare || !column.spare);
  const titles = shown.map(({ long, short }) => (brief ? short : long.replace(' (', '\n(')));
  const table = new Table({
    head: [...(suiteColumn ? ['suite'] : []), 'metric', ...titles],
    style: { head: [], border: [], 'padding-left': padding, 'padding-right': padding },
  });
  for (const { name, note, rows } of blocks) {
    const cells = rows.map((row) => [
      cut(row.metric, metricWidth),
      ...shown.map((column) => (brief ? (column.brief ?? column.of)(row) : column.of(row))),
    ]);
    if (!suiteColumn) table.push([{ content: cut(`${name}: ${note}`, 48), colSpan: shown.length + 1 }], ...cells);
    else if (cells.length === 0) table.push([`${name}\n${note}`, '-', ...shown.map(() => '-')]);
    else
      cells.forEach((row, i) =>
        table.push(i === 0 ? [{ content: `${cut(name, 24)}\n${note}`, rowSpan: cells.length }, ...row] : row),
      );
  }
  return table.toString();
}

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
