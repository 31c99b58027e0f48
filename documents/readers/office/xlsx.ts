import * as sheets from '@e965/xlsx';
import { Repeats } from '../bounds.ts';
import { blocks } from '../markdown-blocks.ts';
import { empty, saysNothing, unreadableFile, wordsOf, type DocumentReader, type FileRead } from '../reader.ts';
import { MarkdownWriter } from '../write-markdown.ts';
import { tablesOf, type Cell } from './cells.ts';
import { chartTable, type Chart } from './charts.ts';
import { coreOf } from './core.ts';
import { elements, Package, type Relations } from './package.ts';

const EXPECTED = 'an Excel file (.xlsx)';
const BOOK = 'xl/workbook.xml';
/** Each sheet's tables as its cells show them, with comments and what charts are drawn from. */
export const xlsxReader: DocumentReader = { endings: ['.xlsx', '.xlsm'], version: 'xlsx-1', read, blocks };

async function read(bytes: Uint8Array): Promise<FileRead> {
  const file = await Package.open(bytes, EXPECTED);
  if (!(file instanceof Package)) return file;
  let book: sheets.WorkBook;
  try {
    book = sheets.read(bytes, { cellDates: true, cellNF: true, cellFormula: false, cellHTML: false });
  } catch (error) {
    const why = wordsOf(error);
    return unreadableFile(`a workbook that can't be read (${why})`, EXPECTED, 'save it as .xlsx again, or remove it');
  }
  const out = new MarkdownWriter();
  const charts = await chartsOf(file);
  const notes: string[] = [];
  let hidden = 0;
  for (const [i, name] of book.SheetNames.entries()) {
    const sheet = book.Sheets[name];
    if (!sheet) continue;
    if (book.Workbook?.Sheets?.[i]?.Hidden) {
      hidden += 1;
      continue;
    }
    out.place(`sheet ${name}`);
    notes.push(...writeSheet({ name, sheet, out, charts: charts.get(name) ?? [] }));
  }
  const text = out.text();
  if (saysNothing(text)) return empty('sheets without a word or a number');
  const { title, ...metadata } = await coreOf(file);
  return {
    status: 'read',
    text,
    title,
    metadata,
    leftOut: hidden > 0 ? { 'hidden part': hidden } : {},
    places: out.places,
    ...(notes.length > 0 && { notes }),
  };
}

function writeSheet(options: {
  name: string;
  sheet: sheets.WorkSheet;
  out: MarkdownWriter;
  charts: readonly Chart[];
}): string[] {
  const { name, sheet, out, charts } = options;
  const { cells, comments } = cellsOf(sheet);
  const { tables, parted } = tablesOf(cells);
  if (tables.length + comments.length + charts.length === 0) return [];
  out.heading(2, name);
  for (const table of tables) {
    const [only] = table;
    // One cell by itself is a title or a note.
    if (only && table.length === 1 && only.length === 1) out.paragraph(only[0] ?? '');
    else out.table(table);
  }
  for (const { title, rows } of charts) {
    out.paragraph(title);
    out.table(rows);
  }
  for (const comment of comments) out.paragraph(comment);
  return parted === 0
    ? []
    : [
        `sheet ${name}: ${parted === 1 ? 'a table that is' : `${parted} tables that are`} mostly gaps, read part by part`,
      ];
}

function cellsOf(sheet: sheets.WorkSheet): { cells: Cell[]; comments: string[] } {
  const cells = new Map<string, Cell>();
  const comments: string[] = [];
  const put = (row: number, column: number, text: string) => cells.set(`${row},${column}`, { row, column, text });
  for (const [address, cell] of Object.entries(sheet) as [string, sheets.CellObject][]) {
    if (address.startsWith('!')) continue;
    const { r, c } = sheets.utils.decode_cell(address);
    const text = shown(cell);
    if (text) put(r, c, text);
    for (const { a, t } of cell.c ?? [])
      if (t?.trim()) comments.push(`${a ? `${a}, on` : 'On'} ${text || address}: ${t.trim()}`);
  }
  const letters = [...cells.values()].reduce((sum, { text }) => sum + text.length, 0);
  const repeats = new Repeats({ cells: cells.size, letters });
  for (const { s, e } of sheet['!merges'] ?? []) {
    const text = cells.get(`${s.r},${s.c}`)?.text;
    // Who merges a whole column says one thing once.
    if (text === undefined || !repeats.take(text, (e.r - s.r + 1) * (e.c - s.c + 1) - 1)) continue;
    for (let row = s.r; row <= e.r; row += 1) for (let column = s.c; column <= e.c; column += 1) put(row, column, text);
  }
  return { cells: [...cells.values()], comments };
}

/** As a person sees it: `19%`, `42.00 €`; a date as ISO 8601, which is the same everywhere. */
function shown({ t, v, w }: sheets.CellObject): string {
  if (t === 'd' && v instanceof Date) {
    const iso = v.toISOString();
    return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, 16).replace('T', ' ');
  }
  return (w ?? (v === undefined || v === null ? '' : String(v))).trim();
}

/** The charts of each sheet, by its name. */
async function chartsOf(file: Package): Promise<Map<string, Chart[]>> {
  const relations = await file.relations(BOOK);
  const found = new Map<string, Chart[]>();
  for (const sheet of elements(await file.xml(BOOK), 'sheet')) {
    const charts = [];
    const part = relations.get(sheet.getAttribute('r:id') ?? '')?.target;
    const drawings = part === undefined ? [] : targets(await file.relations(part), 'drawing');
    for (const drawing of drawings)
      for (const chart of targets(await file.relations(drawing), 'chart')) {
        const xml = await file.xml(chart);
        if (xml) charts.push(chartTable(xml));
      }
    found.set(sheet.getAttribute('name') ?? '', charts);
  }
  return found;
}

const targets = (relations: Relations, type: string): string[] =>
  [...relations.values()].filter((one) => one.type === type).map(({ target }) => target);
