/** The parts of Markdown (or plain text) that chunking cares about. Offsets are UTF-16 code units into the text. */
export type Block =
  | { kind: 'heading'; start: number; end: number; level: number; title: string }
  /** Running text: cut at sentences. */
  | { kind: 'paragraph'; start: number; end: number }
  /** Kept whole where it fits, else cut at lines: a list item, a code fence, a table. */
  | { kind: 'item' | 'code' | 'table'; start: number; end: number }
  /** A thematic break or a comment: no content, and nothing reaches across it. */
  | { kind: 'break'; start: number; end: number };

interface Line {
  start: number;
  end: number;
  text: string;
}

const BLANK = /^\s*$/;
const ATX_HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const UNDERLINE = /^ {0,3}(=+|-{2,})[ \t]*$/;
const THEMATIC_BREAK = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S/;
/** Only a bullet or `1.` may begin a list right below running text: "… lasts\n28. Then …" stays one paragraph. */
const INTERRUPTING_ITEM = /^[ \t]*(?:[-*+]|1[.)])[ \t]+\S/;
const TABLE_RULE = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** Splits text (line ends \n) into blocks, in order. Every line that isn't blank belongs to exactly one block. */
export function blocks(text: string): Block[] {
  const lines = linesOf(text);
  const found: Block[] = [];
  for (let i = 0; i < lines.length;) {
    const next = BLANK.test(at(lines, i).text) ? i + 1 : blockAt(lines, i, found);
    i = next;
  }
  return found;
}

/** Adds the block that begins at line `i` and returns the line after it. */
function blockAt(lines: Line[], i: number, found: Block[]): number {
  const line = at(lines, i);
  const span = (last: number) => ({ start: line.start, end: at(lines, last).end });

  const heading = ATX_HEADING.exec(line.text);
  if (heading) {
    found.push({ kind: 'heading', ...span(i), level: heading[1]?.length ?? 1, title: plain(heading[2] ?? '') });
    return i + 1;
  }
  const underline = UNDERLINE.exec(lines[i + 1]?.text ?? '');
  if (underline && !losesText(line.text, underline[1] ?? '') && !startsBlock(line.text)) {
    const level = underline[1]?.startsWith('=') ? 1 : 2;
    found.push({ kind: 'heading', ...span(i + 1), level, title: plain(line.text) });
    return i + 2;
  }
  if (THEMATIC_BREAK.test(line.text)) {
    found.push({ kind: 'break', ...span(i) });
    return i + 1;
  }
  const fence = FENCE.exec(line.text)?.[1];
  if (fence) {
    const closes = new RegExp(`^ {0,3}${fence[0] === '`' ? '`' : '~'}{${fence.length},}[ \\t]*$`);
    let last = i + 1;
    while (last < lines.length && !closes.test(at(lines, last).text)) last += 1;
    last = Math.min(last, lines.length - 1);
    found.push({ kind: 'code', ...span(last) });
    return last + 1;
  }
  if (line.text.trimStart().startsWith('<!--')) {
    const last = lines.findIndex((candidate, index) => index >= i && candidate.text.includes('-->'));
    if (last >= 0 && /-->\s*$/.test(at(lines, last).text)) {
      found.push({ kind: 'break', ...span(last) });
      return last + 1;
    }
  }
  if (isTableAt(lines, i)) {
    let last = i + 1;
    while (lines[last + 1]?.text.includes('|')) last += 1;
    found.push({ kind: 'table', ...span(last) });
    return last + 1;
  }
  const kind = ITEM.test(line.text) ? 'item' : 'paragraph';
  let last = i;
  while (last + 1 < lines.length && continues(lines, last + 1, kind)) last += 1;
  found.push({ kind, ...span(last) });
  return last + 1;
}

/** A sentence or list item above a line of dashes is text above a rule: taking it for a heading would lose it. */
const losesText = (text: string, underline: string) =>
  ITEM.test(text) || (underline.startsWith('-') && /[.!?:;]\s*$/.test(text));

/** True when the line goes on with the paragraph or list item above it. */
function continues(lines: Line[], i: number, above: 'item' | 'paragraph'): boolean {
  const { text } = at(lines, i);
  const item = above === 'item' ? ITEM : INTERRUPTING_ITEM;
  return !BLANK.test(text) && !startsBlock(text) && !item.test(text) && !isTableAt(lines, i);
}

const startsBlock = (text: string) =>
  ATX_HEADING.test(text) || THEMATIC_BREAK.test(text) || FENCE.test(text) || text.trimStart().startsWith('<!--');

function isTableAt(lines: Line[], i: number): boolean {
  const rule = lines[i + 1]?.text ?? '';
  return at(lines, i).text.includes('|') && rule.includes('|') && TABLE_RULE.test(rule);
}

function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const found = { start, end: start + line.length, text: line };
    start = found.end + 1;
    return found;
  });
}

function at(lines: Line[], i: number): Line {
  const line = lines[i];
  if (!line) throw new RangeError(`line ${i} of ${lines.length}`);
  return line;
}

/** A heading's words without emphasis, code marks and link targets. */
const plain = (title: string) =>
  title
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]+/g, '')
    .trim();
