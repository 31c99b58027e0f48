import type { Element, ElementContent, Root, RootContent } from 'hast';

/** What stands on each page of a site and is no text of this one. */
const CHROME = new Set(['nav', 'footer', 'aside', 'dialog', 'menu']);
const CHROME_ROLES = new Set([
  'navigation',
  'banner',
  'contentinfo',
  'complementary',
  'search',
  'menu',
  'menubar',
  'dialog',
]);
const SCRIPTS = new Set(['script', 'style', 'noscript', 'template', 'iframe', 'object', 'embed', 'canvas']);
const FORMS = new Set(['button', 'input', 'select', 'textarea', 'datalist', 'option']);
/** A list, or a box of links, of which nearly all is links leads elsewhere. */
const MOSTLY_LINKS = 0.8;
const FEW_LINKS = 4;

/**
 * Takes out of a page what is no text of it: navigation, scripts, forms, what is hidden, and boxes that are nothing but links. Counts
 * what it took, by kind. Only what the page itself marks is main is kept, where it marks one. Made after what HTML's own elements and
 * ARIA's landmarks mean, and not by guessing from names of classes.
 */
export function withoutBoilerplate(
  root: Root,
  { navigation }: { navigation: boolean },
): { root: Root; leftOut: Record<string, number> } {
  const leftOut: Record<string, number> = {};
  const count = (kind: string) => {
    leftOut[kind] = (leftOut[kind] ?? 0) + 1;
  };
  const main = navigation ? onlyMain(root) : undefined;
  const keep = (node: ElementContent, inContent: boolean): ElementContent[] => {
    if (node.type === 'comment') {
      count('comment');
      return [];
    }
    if (node.type !== 'element') return [node];
    const kind = kindOf(node, inContent);
    if (kind && (navigation || kind !== 'navigation')) {
      count(kind);
      return [];
    }
    const inside = inContent || node.tagName === 'article' || node.tagName === 'main';
    return [{ ...node, children: node.children.flatMap((child) => keep(child, inside)) }];
  };
  const top = main ? [main] : (root.children as ElementContent[]);
  if (main) count('navigation');
  return { root: { type: 'root', children: top.flatMap((node) => keep(node, main !== undefined)) }, leftOut };
}

/** The one element that a page says is its content, if that has most of its text. */
function onlyMain(root: Root): Element | undefined {
  const found: Element[] = [];
  const look = (node: Root | ElementContent): void => {
    if (node.type !== 'element' && node.type !== 'root') return;
    if (node.type === 'element' && (node.tagName === 'main' || node.properties['role'] === 'main')) found.push(node);
    else for (const child of node.children) look(child as ElementContent);
  };
  look(root);
  const [one, ...others] = found;
  return one && others.length === 0 && lettersOf(one) > 0 ? one : undefined;
}

function kindOf(node: Element, inContent: boolean): string | undefined {
  const { tagName, properties } = node;
  if (SCRIPTS.has(tagName)) return 'script';
  if (tagName === 'head' || tagName === 'title') return 'header';
  if (FORMS.has(tagName)) return 'form';
  if (properties['hidden'] !== undefined && properties['hidden'] !== false) return 'hidden part';
  if (/(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(textProperty(properties['style'])))
    return 'hidden part';
  if (CHROME.has(tagName) || CHROME_ROLES.has(textProperty(properties['role']))) return 'navigation';
  if (tagName === 'header' && !inContent) return lettersOf(node) > 0 && hasHeading(node) ? undefined : 'navigation';
  if ((tagName === 'ul' || tagName === 'ol' || tagName === 'div') && isLinks(node)) return 'navigation';
  return undefined;
}

const textProperty = (value: unknown): string => (typeof value === 'string' ? value : '');

const hasHeading = (node: Element): boolean =>
  node.children.some((child) => child.type === 'element' && (/^h[1-6]$/.test(child.tagName) || hasHeading(child)));

function isLinks(node: Element): boolean {
  const links: Element[] = [];
  const look = (inside: Element): void => {
    for (const child of inside.children) {
      if (child.type !== 'element') continue;
      if (child.tagName === 'a') links.push(child);
      else look(child);
    }
  };
  look(node);
  if (links.length < FEW_LINKS || hasHeading(node)) return false;
  // A sentence that is a link says something; a word or two leads elsewhere.
  const short = links.filter((link) => lettersOf(link) < 40);
  const linked = short.reduce((sum, link) => sum + lettersOf(link), 0);
  return linked > MOSTLY_LINKS * lettersOf(node);
}

/** Letters and numbers of a part of a page. @param links whether those of links count */
export function lettersOf(node: Root | RootContent | ElementContent, { links = true } = {}): number {
  if (node.type === 'text') return node.value.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  if (node.type !== 'root' && node.type !== 'element') return 0;
  if (node.type === 'element' && (SCRIPTS.has(node.tagName) || (!links && node.tagName === 'a'))) return 0;
  let sum = 0;
  for (const child of node.children) sum += lettersOf(child, { links });
  return sum;
}
