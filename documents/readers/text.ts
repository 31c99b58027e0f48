import { linesOf, BLANK } from './lines.ts';
import type { Block } from './block.ts';
import type { DocumentReader } from './reader.ts';
import { readTextFile } from './text-file.ts';

/** Splits text that is not Markdown: blank lines part paragraphs, and nothing else means anything. */
function* paragraphs(text: string): Generator<Block, void> {
  let open: { start: number; end: number } | undefined;
  for (const { start, end, text: line } of linesOf(text)) {
    if (!BLANK.test(line)) open = { start: open?.start ?? start, end };
    else if (open) {
      yield { kind: 'paragraph', ...open };
      open = undefined;
    }
  }
  if (open) yield { kind: 'paragraph', ...open };
}

export const textReader: DocumentReader = {
  endings: ['.txt'],
  version: 'text-1',
  read: (bytes) => readTextFile(bytes, 'text'),
  blocks: paragraphs,
};
