import { blocks } from './markdown-blocks.ts';
import type { DocumentReader } from './reader.ts';
import { readTextFile } from './text-file.ts';

function firstTitle(text: string): string | undefined {
  for (const block of blocks(text)) if (block.kind === 'heading' && block.title) return block.title;
  return undefined;
}

/** Headings, lists, tables and code mean what they mean in Markdown; comments and pictures are no text. */
export const markdownReader: DocumentReader = {
  endings: ['.md', '.markdown'],
  version: 'markdown-1',
  read(bytes) {
    const file = readTextFile(bytes, 'markdown');
    return file.status === 'read' ? { ...file, title: firstTitle(file.text) } : file;
  },
  blocks,
};
