/** What a site asks programs not to fetch: RFC 9309. */

interface Rule {
  allow: boolean;
  path: string;
}

export interface Robots {
  mayFetch: (url: URL) => boolean;
  sitemaps: string[];
}

export const EVERYTHING: Robots = { mayFetch: () => true, sitemaps: [] };
export const NOTHING: Robots = { mayFetch: () => false, sitemaps: [] };
/** Rules further down are not looked at. */
const MOST_BYTES = 500 * 1024;

/** @param agent its name, which groups of rules are looked for by; else those for `*` count */
export function parseRobots(text: string, agent: string): Robots {
  const groups: { agents: string[]; rules: Rule[] }[] = [];
  const sitemaps: string[] = [];
  let naming = false;
  for (const line of text.slice(0, MOST_BYTES).split(/\r\n?|\n/)) {
    const [, field = '', value = ''] = /^\s*([A-Za-z-]+)\s*:\s*([^#]*?)\s*(?:#.*)?$/.exec(line) ?? [];
    const name = field.toLowerCase();
    if (name === 'sitemap' && value) sitemaps.push(value);
    else if (name === 'user-agent') {
      if (!naming) groups.push({ agents: [], rules: [] });
      groups.at(-1)?.agents.push(value.toLowerCase());
      naming = true;
    } else if (name === 'allow' || name === 'disallow') {
      // An empty one forbids nothing.
      if (value) groups.at(-1)?.rules.push({ allow: name === 'allow', path: value });
      naming = false;
    }
  }
  const of = (wanted: string) => groups.filter(({ agents }) => agents.includes(wanted));
  const own = of(agent.toLowerCase());
  const rules = (own.length > 0 ? own : of('*')).flatMap((group) => group.rules);
  return {
    sitemaps,
    mayFetch: ({ pathname, search }) => {
      if (pathname === '/robots.txt') return true;
      const path = decoded(pathname) + search;
      const matching = rules.filter((rule) => matches(rule.path, path));
      // The longest rule counts; of two as long the one that allows.
      const [best] = matching.sort((a, b) => b.path.length - a.path.length || Number(b.allow) - Number(a.allow));
      return best?.allow ?? true;
    },
  };
}

/** `*` stands for anything, `$` at the end for the end. In time proportional to both: what a site writes is no pattern to be run. */
function matches(rule: string, path: string): boolean {
  const ends = rule.endsWith('$');
  const parts = decoded(ends ? rule.slice(0, -1) : rule).split('*');
  const [first = '', ...rest] = parts;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  for (const [i, part] of rest.entries()) {
    if (ends && i === rest.length - 1) return path.length - part.length >= at && path.endsWith(part);
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return !ends || at === path.length;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
