import type { Chunk } from './data.ts';

/** A passage as teachers and judges read it: what it says nothing without, then its own text, which is always the end. */
export const passageText = ({ context, text }: Pick<Chunk, 'context' | 'text'>): string =>
  context === undefined ? text : `${context}\n${text}`;
