import type { Chunk } from '../schema/data.ts';
import { sentences } from '../language/text.ts';

/**
 * What the embedded base learns its language from: whole passages for how sentences follow each other, single ones so that each
 * is also seen from its start.
 */
export async function* corpusOf(chunks: AsyncIterable<Chunk>): AsyncGenerator<{ text: string }> {
  for await (const { text } of chunks) {
    yield { text };
    for (const sentence of sentences(text)) yield { text: sentence.text };
  }
}
