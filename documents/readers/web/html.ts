import { fromHtml } from 'hast-util-from-html';
import type { Element, ElementContent, Root } from 'hast';
import { MOST_MARKUP } from '../bounds.ts';
import { blocks } from '../markdown-blocks.ts';
import {
  empty,
  notText,
  saysNothing,
  unreadableFile,
  type DocumentRead,
  type DocumentReader,
  type Refusal,
} from '../reader.ts';
import { lettersOf, withoutBoilerplate } from './boilerplate.ts';
import { decodePage } from './charset.ts';
import { markdownOf } from './to-markdown.ts';

/** What an HTML text says. @param whole a page, of which what is not its own is left out; else a part of one, kept whole */
export function pageText(html: string, { whole }: { whole: boolean }): DocumentRead | Refusal {
  if (html.length > MOST_MARKUP)
    return unreadableFile(
      `${Math.round(html.length / 1e6)} million letters of HTML`,
      `fewer than ${MOST_MARKUP / 1e6} million`,
      'split it, or remove it',
    );
  try {
    return textOf(html, { whole });
  } catch (error) {
    // The parser, and what walks its tree, go one call deeper for each element within another.
    if (!(error instanceof RangeError)) throw error;
    return unreadableFile(
      'elements within elements, too deep to be read',
      'a page',
      'save it as another format, or remove it',
    );
  }
}

function textOf(html: string, { whole }: { whole: boolean }): DocumentRead {
  const tree = fromHtml(html, { fragment: !whole });
  const { root, leftOut } = whole ? ownText(tree) : { root: tree, leftOut: {} };
  const { text, leftOut: pictures } = markdownOf(root);
  const lang = whole ? attributeOf(find(tree, 'html'), 'lang') : undefined;
  return {
    text,
    title: plainText(find(root, 'h1')) ?? (whole ? plainText(find(tree, 'title')) : undefined),
    metadata: { ...(lang !== undefined && { language: lang }) },
    leftOut: { ...countable(leftOut), ...pictures },
  };
}

/** A page that would lose most of what it says other than as links marks itself wrongly, or is made of links: it is taken as it is. */
const LEAST_LEFT = 0.2;

function ownText(tree: Root): { root: Root; leftOut: Record<string, number> } {
  const own = withoutBoilerplate(tree, { navigation: true });
  const all = withoutBoilerplate(tree, { navigation: false });
  const prose = lettersOf(own.root, { links: false });
  return prose === 0 || prose < LEAST_LEFT * lettersOf(all.root, { links: false }) ? all : own;
}

/** The head of a page is no part that anybody would miss. */
const countable = ({ header: _header, ...rest }: Record<string, number>) => rest;

/** A page's own text: main content, headings, lists, tables; navigation, scripts, forms and what is hidden are counted and left out. */
export const htmlReader: DocumentReader = {
  endings: ['.html', '.htm', '.xhtml'],
  version: 'html-1',
  read(bytes) {
    const decoded = decodePage(bytes);
    if (decoded.status === 'not-text') return notText(decoded);
    const page = pageText(decoded.text.replace(/\r\n?/g, '\n'), { whole: true });
    if ('status' in page) return page;
    if (saysNothing(page.text))
      return empty(
        decoded.text.trim() ? 'a page of which nothing is text: a program may fill it in a browser' : 'an empty file',
      );
    return { status: 'read', ...page };
  },
  blocks,
};

function find(node: Root | ElementContent, name: string): Element | undefined {
  if (node.type !== 'root' && node.type !== 'element') return undefined;
  for (const child of node.children as ElementContent[]) {
    if (child.type === 'element' && child.tagName === name) return child;
    const below = find(child, name);
    if (below) return below;
  }
  return undefined;
}

function plainText(node: Element | undefined): string | undefined {
  const textOf = (one: ElementContent): string =>
    one.type === 'text' ? one.value : one.type === 'element' ? one.children.map(textOf).join('') : '';
  return node && (textOf(node).replace(/\s+/g, ' ').trim() || undefined);
}

function attributeOf(node: Element | undefined, name: string): string | undefined {
  const value = node?.properties[name];
  return typeof value === 'string' && value.trim() ? value.trim() : undefined;
}
