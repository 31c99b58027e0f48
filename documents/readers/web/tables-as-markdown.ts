import { fromHtml } from 'hast-util-from-html';
import { regionsOf } from '../leave-out.ts';
import { markdownOf } from './to-markdown.ts';

const TAG = /<(?<end>\/?)table\b[^<>]*>/gi;

/** Writes the HTML tables of a Markdown text as its own, so that their rows are read as rows. Code, and what is not closed, stays. */
export function tablesAsMarkdown(text: string): string {
  if (!/<table\b/i.test(text)) return text;
  return regionsOf(text)
    .map(({ start, end, isCode }) => (isCode ? text.slice(start, end) : converted(text.slice(start, end))))
    .join('');
}

function converted(text: string): string {
  const parts: string[] = [];
  let from = 0;
  let depth = 0;
  let start = 0;
  for (const { index, 0: tag, groups } of text.matchAll(TAG)) {
    if (!groups?.['end']) {
      if (depth === 0) start = index;
      depth += 1;
    } else if (depth > 0) {
      depth -= 1;
      if (depth > 0) continue;
      const end = index + tag.length;
      const table = markdownOf(fromHtml(text.slice(start, end), { fragment: true })).text;
      parts.push(text.slice(from, start), `\n\n${table}\n\n`);
      from = end;
    }
  }
  return [...parts, text.slice(from)].join('');
}
