import { parseDocument } from 'yaml';

export type FrontMatter =
  | { status: 'parsed'; metadata: Record<string, unknown>; body: string }
  | { status: 'malformed'; line: number; found: string };

/**
 * Splits YAML front matter (between a first line `---` and the next line `---` or `...`) from the body. Text without
 * any is all body. `line` counts from 1 in the whole text; line ends are expected to be \n.
 */
export function splitFrontMatter(text: string): FrontMatter {
  const opening = /^---[ \t]*\n/.exec(text);
  if (!opening) return { status: 'parsed', metadata: {}, body: text };
  const closing = /^(?:---|\.\.\.)[ \t]*(?:\n|$)/m.exec(text.slice(opening[0].length));
  if (!closing) return { status: 'malformed', line: 1, found: 'front matter that is opened here and never closed' };

  const yaml = text.slice(opening[0].length, opening[0].length + closing.index);
  const body = text.slice(opening[0].length + closing.index + closing[0].length);
  const document = parseDocument(yaml, { prettyErrors: true });
  const [error] = document.errors;
  if (error) {
    const line = (error.linePos?.[0].line ?? 1) + 1;
    return { status: 'malformed', line, found: `YAML that can't be read (${firstLine(error.message)})` };
  }
  try {
    const metadata: unknown = document.toJS() ?? {};
    if (typeof metadata === 'object' && !Array.isArray(metadata)) {
      return { status: 'parsed', metadata: metadata as Record<string, unknown>, body };
    }
    const found = Array.isArray(metadata) ? 'a list' : `the text ${JSON.stringify(firstLine(yaml.trim()))}`;
    return { status: 'malformed', line: 2, found };
  } catch (cause) {
    // Too many aliases, or one that points at nothing: the parser finds these only here.
    return { status: 'malformed', line: 2, found: `YAML that can't be read (${firstLine(String(cause))})` };
  }
}

const firstLine = (text: string) =>
  (text.split('\n')[0] ?? '').slice(0, 120).replace(/ at line \d+, column \d+:?$/, '');
