import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { extname, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import type { SourcePolicy } from '../../../configs/sources-schema.ts';
import type { DocumentProblem } from '../../../common/errors.ts';
import { formatOf } from '../../readers/readers.ts';
import { placeFor, SourceError, type Fetched } from '../fetched.ts';
import { isAllowedPage, type Source } from '../source.ts';
import { AGENT, getPage, unpacked, type Page } from './get.ts';
import { EVERYTHING, NOTHING, parseRobots, type Robots } from './robots.ts';
import { parseSitemap } from './sitemap.ts';

const PAGES_AT_ONCE = 4;
const MOST_PAGES = 5_000;
const MOST_SITEMAPS = 200;
const MOST_BYTES = 2_000_000_000;
const MOST_NAMED = 3;

const ENDINGS: Readonly<Record<string, string>> = {
  'text/html': '.html',
  'application/xhtml+xml': '.html',
  'text/markdown': '.md',
  'text/plain': '.txt',
  'text/csv': '.csv',
  'application/pdf': '.pdf',
  'application/epub+zip': '.epub',
  'application/x-ndjson': '.jsonl',
  'application/jsonl': '.jsonl',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': '.docx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': '.pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': '.xlsx',
};

/** A page, or all pages of a sitemap: those that the site and the operator let be fetched. */
export async function fetchWeb(
  { entry, url }: Source & { kind: 'web' },
  { folder, policy }: { folder: string; policy: SourcePolicy },
): Promise<Fetched> {
  const access = { mayFetch: (page: string) => isAllowedPage(page, policy) };
  const robotsOf = robotsReader(policy);
  const refused: DocumentProblem[] = [];
  const left = { robots: [] as string[], policy: [] as string[] };
  const uris = new Map<string, { asked: string; url: string }>();
  const maps = { isWhole: true };
  const files: string[] = [];
  let bytes = 0;

  const keep = async (page: Page, asked: string) => {
    bytes += page.bytes.length;
    if (bytes > MOST_BYTES) throw new Error(`the pages before it make ${MOST_BYTES / 1e9} GB`);
    const below = pathOf(asked, endingOf(page));
    const path = await placeFor(folder, below);
    if (path === undefined) throw new Error('its address is no path');
    await writeFile(path, page.bytes, { flag: 'wx' });
    uris.set(relative(folder, path).split(sep).join('/'), { asked, url: page.url });
    files.push(path);
  };
  const fetchOne = async (asked: string) => {
    try {
      if (!(await robotsOf(asked)).mayFetch(new URL(asked))) left.robots.push(asked);
      else await keep(found(await getPage(asked, access)), asked);
    } catch (error) {
      const fix = 'open it, or take it out of the sitemap';
      refused.push({
        kind: 'unreadable',
        file: asked,
        found: messageOf(error),
        expected: 'a page that is a document',
        fix,
      });
    }
  };

  let pages: string[] | undefined;
  try {
    if (!(await robotsOf(url)).mayFetch(new URL(url))) throw new Error('its robots.txt asks programs not to fetch it');
    const start = found(await getPage(url, access));
    pages = await pagesOf(start, { access, refused, left, maps });
    if (!pages) await keep(start, url);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(messageOf(error), {
      expected: 'a page or a sitemap that can be fetched',
      fix: 'correct the address, or see why the site gives nothing',
      cause: error,
    });
  }
  const limit = pLimit(PAGES_AT_ONCE);
  await Promise.all((pages ?? []).map((page) => limit(() => fetchOne(page))));
  return {
    folder,
    files: files.sort(),
    uriOf: (below) => uris.get(below)?.url ?? url,
    locationOf: (below) => uris.get(below)?.asked ?? url,
    unread: [...refused.map(({ file }) => file), ...left.robots, ...left.policy],
    isWhole: maps.isWhole,
    refused,
    notes: [
      ...leftNote(entry, left.robots, "as the site's robots.txt asks"),
      ...leftNote(entry, left.policy, 'as configs/sources.yaml does not allow them'),
    ],
  };
}

function leftNote(entry: string, left: readonly string[], why: string): string[] {
  if (left.length === 0) return [];
  const named = left.slice(0, MOST_NAMED).join(', ');
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : '';
  return [`${entry}: not fetched, ${why}: ${named}${more}`];
}

/** The pages that a sitemap lists, each once; undefined for what is a page itself. */
async function pagesOf(
  start: Page,
  {
    access,
    refused,
    left,
    maps,
  }: {
    access: { mayFetch: (url: string) => boolean };
    refused: DocumentProblem[];
    left: { policy: string[] };
    maps: { isWhole: boolean };
  },
): Promise<string[] | undefined> {
  const first = sitemapIn(start);
  if (!first) return undefined;
  const pages = new Set<string>();
  const seen = new Set([start.url]);
  const open = [first];
  for (let map = open.shift(); map; map = open.shift()) {
    for (const said of map.urls) {
      const url = URL.parse(said)?.href;
      if (url === undefined || !access.mayFetch(url)) {
        left.policy.push(url ?? said);
        if (map.kind !== 'pages') maps.isWhole = false;
      } else if (map.kind === 'pages') pages.add(url);
      else if (!seen.has(url) && seen.size < MOST_SITEMAPS) {
        seen.add(url);
        try {
          const next = sitemapIn(found(await getPage(url, access)));
          if (!next) throw new Error('it is no sitemap');
          open.push(next);
        } catch (error) {
          maps.isWhole = false;
          refused.push({
            kind: 'unreadable',
            file: url,
            found: messageOf(error),
            expected: 'a sitemap',
            fix: 'open it, or take it out',
          });
        }
      } else if (!seen.has(url)) maps.isWhole = false;
      if (pages.size > MOST_PAGES)
        throw new SourceError(`more than ${MOST_PAGES} pages`, {
          expected: 'fewer in one source',
          fix: 'name a sitemap of a part of the site',
        });
    }
  }
  return [...pages];
}

function sitemapIn({ bytes }: Page) {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return parseSitemap((isPacked ? unpacked(bytes, 'gzip') : bytes).toString('utf8'));
}

function found(page: Page): Page {
  if (page.status === 200) return page;
  throw new Error(`status ${page.status}`);
}

/** The rules of each site, asked once. Where a site can't say, nothing may be fetched; where it has none, everything. */
function robotsReader({ allowed }: SourcePolicy): (page: string) => Promise<Robots> {
  const origins = new Set(allowed.flatMap((line) => URL.parse(line)?.origin ?? []));
  const known = new Map<string, Promise<Robots>>();
  const read = async (origin: string): Promise<Robots> => {
    const { status, bytes } = await getPage(`${origin}/robots.txt`, {
      mayFetch: (url) => origins.has(new URL(url).origin),
    });
    if (status === 200) return parseRobots(bytes.toString('utf8'), AGENT);
    return status >= 400 && status < 500 ? EVERYTHING : NOTHING;
  };
  return (page) => {
    const { origin } = new URL(page);
    const robots = known.get(origin) ?? read(origin);
    known.set(origin, robots);
    return robots;
  };
}

function endingOf({ type, url }: Page): string {
  const ending = ENDINGS[type];
  const own = extname(new URL(url).pathname).toLowerCase();
  // Servers call Markdown and rows plain text, and what they do not know a stream of bytes.
  const isVague = ['', 'text/plain', 'application/octet-stream', 'binary/octet-stream'].includes(type);
  if (isVague && formatOf(`x${own}`)) return own;
  if (ending !== undefined) return ending;
  throw new Error(`content of type '${type || 'none'}'`);
}

/** A page's path below the folder: its host, then its own, with the ending of its format. What asks for more than a path is told by a hash. */
function pathOf(url: string, ending: string): string {
  const { host, pathname, search } = new URL(url);
  const segments = pathname.split('/').filter(Boolean).map(plainSegment);
  const last = segments.pop() ?? 'index';
  const stem = last.toLowerCase().endsWith(ending) ? last.slice(0, -ending.length) : last;
  const named =
    pathname.endsWith('/') && segments.length + 1 > 0 && pathname !== '/'
      ? [...segments, last, 'index']
      : [...segments, stem];
  const asked = search === '' ? '' : `-${createHash('sha256').update(search).digest('hex').slice(0, 8)}`;
  const name = `${named.pop()}${asked}${ending}`;
  return [plainSegment(host), ...named, name].join('/');
}

/** No dots in front, which are left out of folders, and nothing that parts a path. */
function plainSegment(segment: string): string {
  let text = segment;
  try {
    text = decodeURIComponent(segment);
  } catch {
    // As it is written.
  }
  return (
    text
      .replace(/[\p{Cc}/\\:]/gu, '-')
      .replace(/^\.+/, '_')
      .slice(0, 80) || '_'
  );
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
