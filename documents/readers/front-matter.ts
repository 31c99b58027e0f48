import { parseDocument } from 'yaml';

export type FrontMatter =
  | { status: 'parsed'; metadata: Record<string, unknown>; body: string }
  | { status: 'malformed'; line: number; found: string };

const FIELD = /^["']?[\p{L}_][\p{L}\p{N}_ .-]*["']?[ \t]*:(?:[ \t]|$)/mu;
/** What is longer is a document between two rules. */
const LONGEST = 100_000;

/**
 * Splits front matter from the body: YAML between a first line `---` and the next line `---` or `...`, or TOML between two lines
 * `+++`. A first line `---` with an empty line below it, or with nothing like a field before the next, is a rule. Text without
 * front matter is all body. `line` counts from 1 in the whole text; line ends are expected to be \n.
 */
export function splitFrontMatter(text: string): FrontMatter {
  const opening = /^(---|\+\+\+)[ \t]*\n(?![ \t]*(?:\n|$))/.exec(text);
  if (!opening) return { status: 'parsed', metadata: {}, body: text };
  const isToml = opening[1] === '+++';
  const rest = text.slice(opening[0].length);
  const closing = (isToml ? /^\+\+\+[ \t]*(?:\n|$)/m : /^(?:---|\.\.\.)[ \t]*(?:\n|$)/m).exec(rest);
  const matter = rest.slice(0, closing?.index ?? rest.search(/\n[ \t]*(?:\n|$)|$/));
  const body = closing ? rest.slice(closing.index + closing[0].length) : '';
  if (isToml) return closing ? { status: 'parsed', metadata: tomlFields(matter), body } : wholly(text);
  if (!FIELD.test(matter.slice(0, LONGEST)) || matter.length > LONGEST) return wholly(text);
  if (!closing) return { status: 'malformed', line: 1, found: 'front matter that is opened here and never closed' };
  return yamlFields(matter, body);
}

const wholly = (body: string): FrontMatter => ({ status: 'parsed', metadata: {}, body });

function yamlFields(yaml: string, body: string): FrontMatter {
  try {
    const document = parseDocument(yaml, { prettyErrors: true, logLevel: 'error' });
    const [error] = document.errors;
    if (error) {
      const line = (error.linePos?.[0].line ?? 1) + 1;
      return { status: 'malformed', line, found: `YAML that can't be read (${firstLine(error.message)})` };
    }
    const metadata: unknown = document.toJS() ?? {};
    if (typeof metadata === 'object' && !Array.isArray(metadata)) {
      return { status: 'parsed', metadata: metadata as Record<string, unknown>, body };
    }
    const found = Array.isArray(metadata) ? 'a list' : `the text ${JSON.stringify(firstLine(yaml.trim()))}`;
    return { status: 'malformed', line: 2, found };
  } catch (cause) {
    // Too many aliases, one that points at nothing, or lists in lists without end: the parser throws for these.
    return { status: 'malformed', line: 2, found: `YAML that can't be read (${firstLine(String(cause))})` };
  }
}

/** The fields before the first table, each as JSON says it, else as it is written: enough for a title and a licence. */
function tomlFields(toml: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const line of toml.split('\n')) {
    if (line.trimStart().startsWith('[')) break;
    const [, name, value = ''] = /^[ \t]*([\w-]+)[ \t]*=[ \t]*(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields[name] = valueOf(value.trim());
  }
  return fields;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.replace(/^'(.*)'$/, '$1');
  }
}

const firstLine = (text: string) =>
  (text.split('\n')[0] ?? '').slice(0, 120).replace(/ at line \d+, column \d+:?$/, '');
