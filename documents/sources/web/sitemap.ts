import { DOMParser } from '@xmldom/xmldom';
import { elements } from '../../readers/office/package.ts';

/** Pages that a site lists; or further lists of them. */
export type Sitemap = { kind: 'pages' | 'sitemaps'; urls: string[] };

/** @returns undefined for what is no sitemap */
export function parseSitemap(text: string): Sitemap | undefined {
  if (!/<(?:\w+:)?(?:urlset|sitemapindex)[\s>]/.test(text.slice(0, 2000))) return undefined;
  try {
    const xml = new DOMParser({
      onError: (level, message) => {
        if (level === 'fatalError') throw new Error(message);
      },
    }).parseFromString(text, 'text/xml');
    const kind = xml.documentElement?.localName === 'sitemapindex' ? 'sitemaps' : 'pages';
    const entries = elements(xml, kind === 'sitemaps' ? 'sitemap' : 'url');
    const urls = entries.flatMap((entry) => {
      const loc = [...entry.childNodes].find((child) => (child as { localName?: string }).localName === 'loc');
      return loc?.textContent?.trim() || [];
    });
    return { kind, urls };
  } catch {
    return undefined;
  }
}
