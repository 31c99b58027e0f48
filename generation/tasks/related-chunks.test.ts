import { describe, expect, it } from 'vitest';
import { relatedChunks } from './related-chunks.ts';
import type { Chunk } from '../../schema/data.ts';

const chunk = (documentId: string, index: number, text: string): Chunk => ({
  id: `${documentId}#${index}`,
  documentId,
  index,
  title: documentId,
  headings: [],
  start: 0,
  end: text.length,
  text,
  tokens: 9,
});

describe('relatedChunks', () => {
  const chunks = [
    chunk('iron', 0, 'Ferritin below thirty points to anaemia in pregnancy.'),
    chunk('iron', 1, 'Ferritin tablets upset the stomach; anaemia is treated.'),
    chunk('bleeding', 0, 'Heavy bleeding can bring anaemia; ferritin shows it.'),
    ...Array.from({ length: 9 }, (_, i) => chunk('sleep', i, `Rest on your side at night number ${i}.`)),
  ];

  it('gives passages of other documents that share rare words, best first', () => {
    const related = relatedChunks(chunks);
    expect(related.get('bleeding#0')?.map(({ id }) => id)).toEqual(['iron#0', 'iron#1']);
    expect(related.get('iron#0')?.map(({ id }) => id)).toEqual(['bleeding#0']);
  });

  it('leaves out a passage that has nothing in common with another document', () => {
    expect(relatedChunks(chunks).has('sleep#0')).toBe(false);
  });
});
