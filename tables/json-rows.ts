import type { ReadRows, Row, RowFormat } from './row-columns.ts';

/** Reads JSON lines, or one JSON list of objects over any number of lines. */

const SHOWN = 60;
const FIX = 'Fix: write one object a line, such as with `jq -c .`';

/** What a row must say is for others to check; what is no JSON is a fault of its line. */
export function jsonRows(content: string, shown: string, { expected }: RowFormat): ReadRows {
  const whole = wholeValue(content);
  if (whole !== undefined) {
    const twice = repeatedKey(content);
    const faults = twice === undefined ? [] : [`${shown}: ${sameKey(twice)}; ${expected}`];
    if (!Array.isArray(whole)) return { rows: [{ at: `${shown}:1`, line: 1, value: whole }], faults, notes: [] };
    const rows = whole.map((value: unknown, i): Row => ({ at: `${shown}: item ${i + 1}`, line: i + 1, value }));
    return { rows, faults, notes: [] };
  }
  const rows: Row[] = [];
  const faults: string[] = [];
  // JSON leaves U+2028 raw inside strings, so a line ends at line feeds and returns alone.
  for (const [i, line] of content.split(/\r\n?|\n/).entries()) {
    if (!line.trim()) continue;
    const at = `${shown}:${i + 1}`;
    try {
      const value = JSON.parse(line) as unknown;
      const twice = repeatedKey(line);
      if (twice === undefined) rows.push({ at, line: i + 1, value });
      else faults.push(`${at}: ${sameKey(twice)}; ${expected}`);
    } catch (cause) {
      faults.push(
        `${at}: found ${JSON.stringify(line.slice(0, SHOWN))}, which is not JSON (${reasonOf(cause)}); ${expected}. ${FIX}`,
      );
    }
  }
  return { rows, faults, notes: [] };
}

/** The value of a file that is one list, or one object over several lines. */
function wholeValue(content: string): unknown {
  const text = content.trim();
  const several = /[\n\r]/.test(text);
  if (!text.startsWith('[') && !(several && /^\{\s*[\n\r]/.test(text))) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const sameKey = (key: string) => `found the field '${key}' twice in one object; keep one`;
/** Node's message, without the text that it repeats. */
const reasonOf = (cause: unknown) => (cause as Error).message.replace(/, (?:\.\.\.)?"[^]*$/, '');

/** The first name that an object in JSON gives twice: parsing would keep the last and say nothing. */
function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let last: string | undefined;
  for (const [token] of json.matchAll(/"(?:[^"\\]+|\\.)*"|[{}[\]:,]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const key = JSON.parse(last ?? '""') as string;
      const names = open.at(-1);
      if (names?.has(key)) return key;
      names?.add(key);
    }
    last = token;
  }
  return undefined;
}
