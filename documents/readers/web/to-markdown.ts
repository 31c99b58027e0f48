import type { Element, Root } from 'hast';
import type { Nodes, PhrasingContent, Root as MarkdownRoot, RootContent } from 'mdast';
import { toMdast, type Handle, type State } from 'hast-util-to-mdast';
import { toMarkdown } from 'mdast-util-to-markdown';
import { lineText, tableText } from '../write-markdown.ts';
import { gridOf, isCell, rowsOf } from './tables.ts';

/**
 * A page's text as Markdown: headings, lists, tables and code, without emphasis, addresses of links and pictures. A table's cells that span
 * several are said in each; a table of one cell is a box, and its content stands by itself.
 */
export function markdownOf(root: Root): { text: string; leftOut: Record<string, number> } {
  let pictures = 0;
  const picture: Handle = () => {
    pictures += 1;
    return undefined;
  };
  const tree = toMdast(root, {
    handlers: { ...Object.fromEntries(PLAIN.map((name) => [name, plain])), ...pictureHandlers(picture), table },
  }) as MarkdownRoot;
  const text = toMarkdown(tree, {
    bullet: '-',
    listItemIndent: 'one',
    fences: true,
    rule: '-',
    handlers: {
      // Nothing is escaped that reads as text in Markdown too: a passage is read by people and models.
      text: (node: { value: string }) => lineText(node.value),
      break: () => '\n',
      html: (node: { value: string }) => node.value,
    },
    join: [(left, right) => (left.type === 'list' && right.type === 'list' ? 1 : undefined)],
  });
  return {
    text: text
      .replace(/[ \t]+$/gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .trimEnd(),
    leftOut: pictures > 0 ? { picture: pictures } : {},
  };
}

/** Marks that say how text looks: what they hold is the text. */
const PLAIN =
  'a abbr b bdi bdo big cite dfn del em font i ins kbd label mark q s small span strike strong sub sup time tt u var'.split(
    ' ',
  );
const plain: Handle = (state, node) => state.all(node);

const pictureHandlers = (handle: Handle) =>
  Object.fromEntries(['img', 'image', 'picture', 'svg', 'video', 'audio', 'map'].map((name) => [name, handle]));

const table: Handle = (state, node) => {
  const rows = rowsOf(node);
  const cells = rows.flatMap((row) => row.children.filter(isCell));
  const caption = node.children.find((child) => child.type === 'element' && child.tagName === 'caption');
  const above = caption ? state.toFlow(state.all(caption as Element)) : [];
  const [only] = cells;
  if (only && cells.length === 1) return [...above, ...state.toFlow(state.all(only))] as RootContent[];
  // Written here and now: Markdown's own table holds no blocks.
  const grid = tableText(gridOf(node, (cell) => saidIn(state, cell)));
  return [...above, ...(grid ? [{ type: 'html', value: grid } as const] : [])] as RootContent[];
};

/** What a cell says, on one line. */
const saidIn = (state: State, cell: Element): string =>
  said(state.toFlow(state.all(cell)))
    .replace(/\s+/g, ' ')
    .trim();

function said(nodes: readonly Nodes[]): string {
  return nodes
    .map((node, i) => {
      if (node.type === 'list')
        return node.children
          .map((item, at) => `${node.ordered ? `${(node.start ?? 1) + at}.` : '-'} ${said(item.children)}`)
          .join(' ');
      if (node.type === 'break') return ' ';
      if ('value' in node) return node.type === 'html' ? inCell(node.value) : node.value;
      if (!('children' in node)) return '';
      return `${i > 0 && !isPhrasing(node) ? ' ' : ''}${said(node.children)}${isPhrasing(node) ? '' : ' '}`;
    })
    .join('');
}

/** A table within a cell: its cells one after the other. */
const inCell = (grid: string) =>
  ` ${grid
    .split('\n')
    .filter((line) => !/^\|(?: - \|)+$/.test(line))
    .map((line) => line.replace(/(?<!\\)\|/g, ' ').replaceAll('\\|', '|'))
    .join(' ')} `;

const isPhrasing = (node: Nodes): node is PhrasingContent =>
  ['emphasis', 'strong', 'delete', 'link', 'inlineCode', 'text'].includes(node.type);
