import type { Element } from '@xmldom/xmldom';
import { Repeats } from '../bounds.ts';
import { blocks } from '../markdown-blocks.ts';
import { empty, saysNothing, unreadableFile, type DocumentReader, type FileRead } from '../reader.ts';
import { MarkdownWriter } from '../write-markdown.ts';
import { chartIn } from './charts.ts';
import { coreOf } from './core.ts';
import { formulaText } from './equations.ts';
import { childOf, childrenOf, elements, Package } from './package.ts';

const EXPECTED = 'a PowerPoint file (.pptx)';
const DECK = 'ppt/presentation.xml';

/** Each slide's title, texts, lists, tables and charts, and its notes. */
export const pptxReader: DocumentReader = { endings: ['.pptx'], version: 'pptx-1', read, blocks };

async function read(bytes: Uint8Array): Promise<FileRead> {
  const file = await Package.open(bytes, EXPECTED);
  if (!(file instanceof Package)) return file;
  const deck = await file.xml(DECK);
  if (!deck) return unreadableFile('a ZIP without slides', EXPECTED, 'save it as .pptx again, or remove it');
  const relations = await file.relations(DECK);
  const out = new MarkdownWriter();
  const leftOut = { picture: 0, 'hidden part': 0 };
  let slides = 0;
  for (const id of elements(deck, 'sldId')) {
    const name = relations.get(id.getAttribute('r:id') ?? '')?.target;
    const slide = name === undefined ? undefined : await file.xml(name);
    if (name === undefined || !slide) continue;
    slides += 1;
    if (slide.documentElement?.getAttribute('show') === '0') {
      leftOut['hidden part'] += 1;
      continue;
    }
    out.place(`slide ${slides}`);
    await writeSlide({ file, name, out, tree: elements(slide, 'spTree')[0], leftOut });
  }
  const text = out.text();
  if (saysNothing(text)) return empty(`${slides} slides without text`);
  const { title, ...metadata } = await coreOf(file);
  const counted = Object.fromEntries(Object.entries(leftOut).filter(([, count]) => count > 0));
  return { status: 'read', text, title, metadata, leftOut: counted, places: out.places };
}

async function writeSlide(slide: {
  file: Package;
  name: string;
  out: MarkdownWriter;
  tree: Element | undefined;
  leftOut: { picture: number };
}): Promise<void> {
  const { file, name, out, leftOut } = slide;
  const relations = await file.relations(name);
  const shapes = flat(slide.tree);
  // A title is read first, wherever it stands.
  for (const shape of [...shapes].sort((a, b) => Number(isTitle(b)) - Number(isTitle(a)))) {
    if (shape.localName === 'pic') leftOut.picture += 1;
    for (const table of elements(shape, 'tbl')) out.table(gridOf(table));
    for (const chart of elements(shape, 'chart')) {
      const { title, rows } = await chartIn(file, relations, chart);
      out.paragraph(title);
      out.table(rows);
    }
    if (shape.localName === 'sp') writeShape(shape, out);
  }
  const notes = [...relations.values()].find(({ type }) => type === 'notesSlide')?.target;
  const said = notes === undefined ? undefined : await file.xml(notes);
  const body = elements(said, 'sp').find((shape) => placeholder(shape) === 'body');
  for (const paragraph of elements(body, 'p')) out.paragraph(textOf(paragraph));
}

/** A slide's shapes, those of groups too, in their order. */
const flat = (tree: Element | undefined): Element[] =>
  childrenOf(tree).flatMap((shape) => (shape.localName === 'grpSp' ? flat(shape) : [shape]));

function writeShape(shape: Element, out: MarkdownWriter): void {
  if (['sldNum', 'dt', 'ftr'].includes(placeholder(shape) ?? '')) return;
  const paragraphs = childrenOf(childOf(shape, 'txBody'), 'p').map((node) => ({ node, text: textOf(node) }));
  if (isTitle(shape)) return out.heading(1, paragraphs.map(({ text }) => text).join(' '));
  const numbers: number[] = [];
  for (const { node, text } of paragraphs) {
    const settings = childOf(node, 'pPr');
    const depth = Number(settings?.getAttribute('lvl') ?? 0);
    const numbered = childOf(settings, 'buAutoNum');
    const listed = numbered ?? childOf(settings, 'buChar') ?? (depth > 0 ? settings : undefined);
    if (!text.trim()) continue;
    if (!listed) {
      numbers.length = 0;
      out.paragraph(text);
      continue;
    }
    numbers.length = Math.min(numbers.length, depth + 1);
    numbers[depth] = (numbers[depth] ?? Number(numbered?.getAttribute('startAt') ?? 1) - 1) + 1;
    out.item(text, { depth, marker: numbered ? `${numbers[depth]}.` : '-' });
  }
}

/** `body`, `title`, ...: what a shape is there for; undefined for a shape of its own. */
function placeholder(shape: Element): string | undefined {
  const found = elements(childrenOf(shape, 'nvSpPr')[0], 'ph')[0];
  return found && (found.getAttribute('type') ?? 'body');
}

const isTitle = (shape: Element): boolean => ['title', 'ctrTitle'].includes(placeholder(shape) ?? '');

/** A paragraph's runs, breaks and formulas. */
function textOf(paragraph: Element): string {
  return childrenOf(paragraph)
    .map((part) => {
      if (part.localName === 'br') return '\n';
      if (part.localName === 'r' || part.localName === 'fld')
        return childrenOf(part, 't')
          .map((text) => text.textContent)
          .join('');
      const formulas = elements(part, 'oMath');
      return formulas.map(formulaText).join(' ');
    })
    .join('');
}

/** What spans several cells is said in each. */
function gridOf(table: Element): string[][] {
  const grid: string[][] = [];
  const said = elements(table, 'tc').map((cell) => elements(cell, 'p').map(textOf).join(' '));
  const repeats = new Repeats({ cells: said.length, letters: said.reduce((sum, text) => sum + text.length, 0) });
  const again = (text = '') => (repeats.take(text, 1) ? text : '');
  for (const [y, row] of childrenOf(table, 'tr').entries()) {
    const cells: string[] = [];
    for (const [x, cell] of childrenOf(row, 'tc').entries()) {
      const text = elements(cell, 'p').map(textOf).join(' ');
      if (isSet(cell, 'hMerge')) cells.push(again(cells[x - 1]));
      else if (isSet(cell, 'vMerge')) cells.push(again(grid[y - 1]?.[x]));
      else cells.push(text);
    }
    grid.push(cells);
  }
  return grid;
}

const isSet = (cell: Element, name: string): boolean => ['1', 'true'].includes(cell.getAttribute(name) ?? '');
