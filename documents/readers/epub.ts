import { elements, Package, resolved } from './office/package.ts';
import { blocks } from './markdown-blocks.ts';
import { empty, refused, saysNothing, unreadableFile, type DocumentReader, type FileRead } from './reader.ts';
import { decodePage } from './web/charset.ts';
import { pageText } from './web/html.ts';
import { MarkdownWriter } from './write-markdown.ts';

const EXPECTED = 'an EPUB book (.epub)';

/** A book's chapters in the order in which they are read, without its table of contents. */
export const epubReader: DocumentReader = { endings: ['.epub'], version: 'epub-1', read, blocks };

async function read(bytes: Uint8Array): Promise<FileRead> {
  const file = await Package.open(bytes, EXPECTED);
  if (!(file instanceof Package)) return file;
  const container = await file.xml('META-INF/container.xml');
  const path = elements(container, 'rootfile')[0]?.getAttribute('full-path') ?? undefined;
  const book = path === undefined ? undefined : await file.xml(path);
  if (path === undefined || !book) return unreadableFile('a ZIP without a book', EXPECTED, 'repair it, or remove it');
  if (await file.text('META-INF/rights.xml'))
    return refused({
      kind: 'locked',
      found: 'a book that is locked (DRM)',
      expected: EXPECTED,
      fix: 'use a copy without a lock',
    });
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const items = new Map(elements(book, 'item').map((item) => [item.getAttribute('id') ?? '', item]));
  const out = new MarkdownWriter();
  const leftOut: Record<string, number> = {};
  const notes: string[] = [];
  for (const reference of elements(book, 'itemref')) {
    const item = items.get(reference.getAttribute('idref') ?? '');
    const href = item?.getAttribute('href') ?? undefined;
    if (!item || href === undefined || item.getAttribute('properties')?.split(/\s+/).includes('nav')) continue;
    const name = resolved(folder, decodeURIComponent(href));
    const chapter = await file.bytes(name);
    const decoded = chapter && decodePage(chapter);
    const page =
      decoded?.status === 'text' ? pageText(decoded.text.replace(/\r\n?/g, '\n'), { whole: true }) : undefined;
    if (!page || 'status' in page) {
      notes.push(`${name} can't be read`);
      continue;
    }
    for (const [kind, count] of Object.entries(page.leftOut)) leftOut[kind] = (leftOut[kind] ?? 0) + count;
    if (saysNothing(page.text)) continue;
    out.place(`chapter ${out.places.length + 1}`);
    out.block(page.text);
  }
  const text = out.text();
  if (saysNothing(text)) return empty('a book without text');
  const said = (name: string) => elements(book, name)[0]?.textContent?.trim() || undefined;
  const language = said('language');
  return {
    status: 'read',
    text,
    title: said('title'),
    metadata: { ...(language !== undefined && { language }) },
    leftOut,
    places: out.places,
    ...(notes.length > 0 && { notes }),
  };
}
