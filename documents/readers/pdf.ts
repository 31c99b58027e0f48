import { LiteParse, ParseTimeoutError, type LayoutBlock, type ParsedPage } from '@llamaindex/liteparse';
import { blocks } from './markdown-blocks.ts';
import { refused, saysNothing, unreadableFile, wordsOf, type DocumentReader, type FileRead } from './reader.ts';
import { MarkdownWriter } from './write-markdown.ts';

const EXPECTED = 'a PDF with text';
/** Pages at a time: bounds the memory, and running heads are told by their repeating on as many. */
const PAGES_AT_ONCE = 50;
/** Readers take a PDF's mark from anywhere within as many bytes. */
const MARK_WITHIN = 1024;
const SECONDS_FOR_PAGES = 120;

/**
 * Digital text by its place on the page: columns one after the other, headings by their size, tables, lists; running heads and page
 * numbers are left out, words cut at a line's end are joined. A page without text is told: it may be a picture of one. Read in a process
 * of its own, so that a file that breaks the reader, or never ends, is that file's fault alone.
 */
export const pdfReader: DocumentReader = { endings: ['.pdf'], version: 'pdf-1', read, blocks };

async function read(bytes: Uint8Array): Promise<FileRead> {
  // The reader would try other formats with programs that may be there.
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MARK_WITHIN)).includes('%PDF-'))
    return unreadableFile('a file that is no PDF', EXPECTED, 'give it the ending of its format, or remove it');
  const parser = new LiteParse({
    outputFormat: 'markdown',
    ocrEnabled: false,
    quiet: true,
    extractLinks: false,
    imageMode: 'placeholder',
    extractBlocks: true,
    continueOnPageError: true,
    maxPages: 1_000_000,
    poolSize: 1,
    parseTimeoutMs: SECONDS_FOR_PAGES * 1000,
  });
  const out = new MarkdownWriter();
  const without: number[] = [];
  const failed: number[] = [];
  let pictures = 0;
  let total = 0;
  try {
    for await (const { result } of parser.parseBatches(Buffer.from(bytes), { batchSize: PAGES_AT_ONCE })) {
      total = result.totalPages;
      failed.push(...result.pageErrors.map(({ pageNum }) => pageNum));
      for (const page of result.pages) {
        const parts = page.blocks ?? [];
        pictures += parts.filter(({ kind }) => kind === 'figure').length;
        if (saysNothing(page.text)) {
          if (!failed.includes(page.pageNum)) without.push(page.pageNum);
          continue;
        }
        writePage(page, parts, out);
      }
    }
  } catch (error) {
    return whyNot(error);
  } finally {
    parser.close();
  }
  const text = out.text();
  const notes = [
    ...(without.length > 0 ? [`${pagesOf(without)} without text (a picture, or blank): OCR is not on`] : []),
    ...(failed.length > 0 ? [`${pagesOf(failed)} that can't be read`] : []),
  ];
  if (saysNothing(text)) {
    const fix = 'make its text readable with a program for OCR, or remove it';
    return failed.length > 0
      ? unreadableFile(`${total} pages of which none can be read`, EXPECTED, 'repair it, or remove it')
      : refused({
          kind: 'empty',
          found: `${total} ${total === 1 ? 'page' : 'pages'} without text (pictures, or blank): OCR is not on`,
          expected: EXPECTED,
          fix,
        });
  }
  return {
    status: 'read',
    text,
    metadata: {},
    title: titleOf(text),
    leftOut: pictures > 0 ? { picture: pictures } : {},
    places: out.places,
    notes,
  };
}

function whyNot(error: unknown): FileRead {
  const why = wordsOf(error);
  if (error instanceof ParseTimeoutError)
    return unreadableFile(
      `pages that took more than ${SECONDS_FOR_PAGES} seconds`,
      EXPECTED,
      'save it again with another program, or remove it',
    );
  if (/password/i.test(why))
    return refused({
      kind: 'locked',
      found: 'a PDF that is locked by a password',
      expected: EXPECTED,
      fix: 'save it without a password',
    });
  return unreadableFile(
    `a PDF that can't be read (${why.replace(/^.*?: (?=PDF error)/, '')})`,
    EXPECTED,
    'repair it, or remove it',
  );
}

/** A sentence that goes on from the page before is one paragraph with what it began as. */
function writePage({ pageNum }: ParsedPage, parts: readonly LayoutBlock[], out: MarkdownWriter): void {
  out.place(`page ${pageNum}`);
  let numbered = 0;
  for (const part of parts) {
    const text = plain(part.text ?? '');
    if (part.kind !== 'list_item') numbered = 0;
    switch (part.kind) {
      case 'heading':
        out.heading(part.level ?? 2, text);
        break;
      case 'table':
        out.table([part.header ?? [], ...(part.rows ?? [])].map((row) => row.map((cell) => plain(cell.text))));
        break;
      case 'code':
        out.code((part.lines ?? [part.text ?? '']).join('\n'));
        break;
      case 'list_item':
        numbered += 1;
        out.item(text, { marker: part.ordered ? (part.marker ?? `${numbered}.`) : '-' });
        break;
      case 'figure':
      case 'rule':
        break;
      default:
        out.paragraph((part.lines ?? [text]).map(plain).join('\n'));
    }
  }
}

/** Without the marks and escapes of Markdown that the reader writes. */
const plain = (text: string): string =>
  text.replace(/\\([\\`*_{}[\]()#+.!|<>~-])/g, '$1').replace(/(\*\*|__)(?=\S)([^*_]+?)\1/g, '$2');

const titleOf = (text: string): string | undefined => /^#{1,2} (.+)$/m.exec(text)?.[1];

/** `page 3`, `pages 3 to 5 and 9`. */
export function pagesOf(pages: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const page of [...pages].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && page === last[1] + 1) last[1] = page;
    else runs.push([page, page]);
  }
  const said = runs.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`));
  const list = said.length > 1 ? `${said.slice(0, -1).join(', ')} and ${said.at(-1)}` : said.join('');
  return `${pages.length === 1 ? 'page' : 'pages'} ${list}`;
}
