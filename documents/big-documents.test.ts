import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunkDocument } from './chunk.ts';
import { countTokens } from '../language/text.ts';
import { readDocuments } from './read.ts';

/**
 * Documents of a size at which anything quadratic in the reading or cutting of them would take hours, and no test ends in hours.
 */
const SENTENCE = 'The blue kettle holds two litres of water. ';
const times = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i)).join('');

const DOCUMENTS: Readonly<Record<string, () => string>> = {
  'comments that are never closed': () => times(60_000, (i) => `<!-- Page ${i}\nThe kettle ${i} holds water.\n\n`),
  'a comment on each page': () => times(40_000, (i) => `<!-- Page ${i} -->\nThe kettle ${i} holds water.\n\n`),
  'a heading with a long gap': () => `# a${' '.repeat(1_000_000)}b\n\n${SENTENCE}`,
  'a heading of brackets': () => `# ${'['.repeat(100_000)}\n\n${SENTENCE}`,
  'a heading of links that are never closed': () => `# ${'[a](b'.repeat(100_000)}\n\n${SENTENCE}`,
  'one line of sentences': () => SENTENCE.repeat(40_000),
  'one line without a sentence end': () => 'word '.repeat(400_000),
  'one run of letters': () => 'a'.repeat(1_000_000),
  'headings alone': () => times(30_000, (i) => `# Heading ${i}\n\n`) + SENTENCE,
  'a list that goes deeper with each item': () => times(1500, (i) => `${' '.repeat(2 * i)}- The kettle holds water.\n`),
  'a list of many items': () => `Call when:\n${'- you bleed\n'.repeat(60_000)}`,
  'quotes in quotes': () => `${'>'.repeat(200_000)} a\n\n${times(1000, (i) => `${'>'.repeat(i)} a\n`)}`,
  'a table of many rows': () => `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(50_000)}`,
  'a table with a wide header': () =>
    `|${' a |'.repeat(100_000)}\n|${'---|'.repeat(100_000)}\n${'| 1 |\n'.repeat(2000)}`,
  'blank space': () => `a${' '.repeat(1_000_000)}|\n${' '.repeat(1_000_000)}|x\n${'\n'.repeat(100_000)}b`,
  'pictures that are never closed': () =>
    `${'!['.repeat(300_000)}\n${'![a]('.repeat(200_000)}\n${'<img '.repeat(100_000)}a`,
  'scripts that are never closed': () => `${'<script>'.repeat(200_000)}a`,
  'preformatted text that is never closed': () => '<pre>\nx\n\n'.repeat(100_000),
  'code spans of any length': () => times(150_000, (i) => `${'`'.repeat(1 + (i % 5))}a`),
  'dashes that are no rule': () => `${'- '.repeat(300_000)}x\n${SENTENCE}`,
  'a fence of many marks': () => `${'`'.repeat(200_000)}\n# a\n${'~'.repeat(200_000)}\nb\n`,
  'front matter that is never closed': () => `---\nfoo\n${'bar\n'.repeat(300_000)}`,
};

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'big-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a big document is read and cut in time in proportion to its size, within the budget, and nothing is lost', () => {
  it.each(Object.keys(DOCUMENTS))('%s (F25)', async (name) => {
    await writeFile(join(folder, 'a.md'), DOCUMENTS[name]!());
    const [document] = await readDocuments({ sources: [folder], projectRoot: folder, allowedRoots: [folder] });
    const chunks = chunkDocument(document!, { maxTokens: 160 });
    expect(chunks.length).toBeGreaterThan(0);
    for (const { tokens, context = '' } of chunks)
      expect(Math.max(tokens, countTokens(context))).toBeLessThanOrEqual(160);
  });
});
