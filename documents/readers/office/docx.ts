import { XMLSerializer, type Document, type Element } from '@xmldom/xmldom';
import mammoth from 'mammoth';
import { blocks } from '../markdown-blocks.ts';
import { empty, saysNothing, unreadableFile, wordsOf, type DocumentReader, type FileRead } from '../reader.ts';
import { pageText } from '../web/html.ts';
import { chartIn } from './charts.ts';
import { formulaText } from './equations.ts';
import { coreOf } from './core.ts';
import { elements, Package } from './package.ts';

const EXPECTED = 'a Word file (.docx)';
const BODY = 'word/document.xml';
const NAMESPACE = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';

/** Headings, lists and tables by their styles, with formulas as LaTeX, charts as tables, footnotes and text boxes. */
export const docxReader: DocumentReader = { endings: ['.docx'], version: 'docx-1', read, blocks };

async function read(bytes: Uint8Array): Promise<FileRead> {
  const file = await Package.open(bytes, EXPECTED);
  if (!(file instanceof Package)) return file;
  const body = await file.xml(BODY);
  if (!body)
    return unreadableFile('a ZIP without the text of a Word file', EXPECTED, 'save it as .docx again, or remove it');
  const changed = formulasAsText(body);
  const drawn = await chartsAsTables(file, body);
  if (changed || drawn) file.replace(BODY, new XMLSerializer().serializeToString(body));
  let pictures = 0;
  let html: string;
  try {
    const converted = await mammoth.convertToHtml(
      { buffer: changed || drawn ? await file.packed() : Buffer.from(bytes) },
      {
        convertImage: mammoth.images.imgElement(() => {
          pictures += 1;
          return Promise.resolve({ src: '' });
        }),
      },
    );
    html = converted.value;
  } catch (error) {
    const why = wordsOf(error);
    return unreadableFile(`a Word file that can't be read (${why})`, EXPECTED, 'save it as .docx again, or remove it');
  }
  const page = pageText(html, { whole: false });
  if ('status' in page) return page;
  if (saysNothing(page.text)) return empty(pictures > 0 ? 'nothing but pictures' : 'a Word file without text');
  const { title, ...metadata } = await coreOf(file);
  return { status: 'read', ...page, title: page.title ?? title, metadata };
}

/** Puts each formula's text in its place, where a reader of text finds it. */
function formulasAsText(body: Document): boolean {
  const formulas = elements(body, 'oMath');
  for (const formula of formulas) replaceBy(formula, runOf(body, formulaText(formula)));
  return formulas.length > 0;
}

/** Puts a table of its values below the paragraph that holds a chart. */
async function chartsAsTables(file: Package, body: Document): Promise<boolean> {
  const relations = await file.relations(BODY);
  let drawn = false;
  for (const chart of elements(body, 'chart')) {
    const { title, rows } = await chartIn(file, relations, chart);
    let paragraph: Element | null = chart;
    while (paragraph && paragraph.localName !== 'p') paragraph = paragraph.parentNode as Element | null;
    if (!paragraph?.parentNode || rows.length === 0) continue;
    const table = make(
      body,
      'tbl',
      rows.map((row) =>
        make(
          body,
          'tr',
          row.map((cell) => make(body, 'tc', [paragraphOf(body, cell)])),
        ),
      ),
    );
    const after = paragraph.nextSibling;
    if (title) paragraph.parentNode.insertBefore(paragraphOf(body, title), after);
    paragraph.parentNode.insertBefore(table, after);
    drawn = true;
  }
  return drawn;
}

function make(body: Document, name: string, children: readonly Element[] = []): Element {
  const made = body.createElementNS(NAMESPACE, `w:${name}`);
  for (const child of children) made.appendChild(child);
  return made;
}

function runOf(body: Document, text: string): Element {
  const said = make(body, 't');
  said.setAttribute('xml:space', 'preserve');
  said.appendChild(body.createTextNode(text));
  return make(body, 'r', [said]);
}

const paragraphOf = (body: Document, text: string): Element => make(body, 'p', [runOf(body, text)]);

function replaceBy(node: Element, other: Element): void {
  const parent = node.parentNode as Element | null;
  if (!parent) return;
  // A paragraph of formulas alone holds them in a part that readers of text do not know.
  if (parent.localName === 'oMathPara') parent.parentNode?.insertBefore(other, parent);
  else parent.replaceChild(other, node);
}
