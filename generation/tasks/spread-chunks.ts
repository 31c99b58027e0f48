import { sha256Of } from '../../common/hash.ts';
import type { Chunk } from '../../schema/data.ts';

/**
 * Passages in an order in which the first few of them stand for all: one of each document, then another of each, and so on; which one,
 * and which document goes first, is drawn by the seed.
 */
export function spreadChunks<C extends Pick<Chunk, 'id' | 'documentId'>>(chunks: readonly C[], seed: number): C[] {
  const draw = (id: string) => sha256Of(`${seed}\n${id}`);
  return [...Map.groupBy(chunks, ({ documentId }) => documentId)]
    .map(([id, own]) => ({ drawn: draw(id), own: byDraw(own, (chunk) => draw(chunk.id)) }))
    .flatMap(({ drawn, own }) => own.map((chunk, turn) => ({ chunk, turn, drawn })))
    .sort((a, b) => a.turn - b.turn || (a.drawn < b.drawn ? -1 : 1))
    .map(({ chunk }) => chunk);
}

function byDraw<C>(items: readonly C[], draw: (item: C) => string): C[] {
  return items
    .map((item) => ({ item, drawn: draw(item) }))
    .sort((a, b) => (a.drawn < b.drawn ? -1 : 1))
    .map(({ item }) => item);
}
