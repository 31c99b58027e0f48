import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { z } from 'zod';
import { mapConcurrent } from '../../common/concurrent.ts';
import { sha256Of } from '../../common/hash.ts';
import type { OpenBookTrainingSchema } from '../../configs/schema.ts';
import { countTokens } from '../../language/text.ts';
import type { Chunk, Example } from '../../schema/data.ts';
import type { Citation } from '../../schema/retrieval.ts';
import type { ChatLine } from '../recipe.ts';
import type { Book } from './book.ts';
import { shuffled } from '../shuffled.ts';
import { saysToo } from './says-too.ts';

/** Training for the open book: what is asked stands below what was found for it, as it will when the model serves. */

/** A question to be asked with the book open, and the example that says what its answer is. */
export interface Asking {
  question: string;
  of: Example;
  kind?: ChatLine['kind'];
}

export interface OpenBookLines {
  lines: ChatLine[];
  /** Those without what says the answer: theirs is that the documents don't say. */
  withoutRight: number;
  /** Askings that are trained with the book closed. */
  closed: number;
  /** Left out, in the order of serving: askings whose source is not among what serving would show. */
  tooFar: number;
  /** Left out: ids of examples whose source is in no passage of the index. */
  notFound: string[];
}

/** Searches at once: a search waits for a database, and in this process there is one model that embeds. */
const SEARCHES = 4;

/**
 * A line for each asking: its question below what was found for it. What says the answer is among it, but for a small share of the
 * lines, whose answer is that the documents don't say; what else says it is in none. In the order of serving, what serving would not
 * show is not shown; in a shuffled order it takes the farthest one's place. The same input makes the same lines.
 */
export async function openBookLines(options: {
  askings: readonly Asking[];
  chunks: readonly Chunk[];
  book: Book;
  settings: z.output<typeof OpenBookTrainingSchema>;
  seed: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}): Promise<OpenBookLines> {
  const { askings, chunks, book, settings, seed } = options;
  const chunkOf = new Map(chunks.map((chunk) => [chunk.id, chunk]));
  const made = await mapConcurrent({
    items: askings,
    concurrency: SEARCHES,
    ...(options.onProgress && { onProgress: options.onProgress }),
    ...(options.signal && { signal: options.signal }),
    fn: (asking) => lineOf({ asking, chunkOf, book, settings, generator: generatorOf(seed, asking) }),
  });
  const lines = made.flatMap(({ line }) => line ?? []);
  const count = (how: Made['how']) => made.filter((one) => one.how === how).length;
  const notFound = made.flatMap(({ how }, i) => (how === 'not-found' ? [askings[i]!.of.id] : []));
  return {
    lines,
    withoutRight: count('without-right'),
    closed: count('closed'),
    tooFar: count('too-far'),
    notFound: [...new Set(notFound)],
  };
}

interface Made {
  how: 'open' | 'without-right' | 'closed' | 'not-found' | 'too-far';
  line?: ChatLine;
}

async function lineOf(options: {
  asking: Asking;
  chunkOf: ReadonlyMap<string, Chunk>;
  book: Book;
  settings: z.output<typeof OpenBookTrainingSchema>;
  generator: RandomGenerator;
}): Promise<Made> {
  const { asking, chunkOf, book, settings, generator } = options;
  const { question, of, kind } = asking;
  const { history, answer } = of;
  const chance = (share: number) => uniformFloat64(generator) < share;
  const line = (found: readonly Citation[] | undefined, said: string): ChatLine => ({
    ...(kind && { kind }),
    messages: [...book.messages({ question, history, ...(found && { found }) }), { role: 'assistant', content: said }],
  });
  if (!chance(settings.share)) return { how: 'closed', line: line(undefined, answer) };

  const sources = sourcesOf(of, chunkOf);
  const isSource = (quote: Citation) => sources.some((source) => overlaps(quote, source));
  const found = await book.find(question, history);
  const others = found.filter((quote) => !isSource(quote) && !saysToo(quote.text, answer));
  const without = (): Made => ({
    how: 'without-right',
    line: line(arranged(others.slice(0, book.k), settings.order, generator), book.noAnswer),
  });
  // What no passage answers has no source, and this answer for a good reason.
  if (of.kind === 'unanswerable') return without();
  const near = firstOfEach(sources, found);
  const right = near.length < sources.length ? [...near, ...firstOfEach(sources, await book.find(answer))] : near;
  const [first] = right;
  if (!first) return { how: 'not-found' };
  if (chance(settings.withoutRight) && others.length > 0) return without();

  const shown = new Map(right.slice(0, book.k).map((quote) => [keyOf(quote), quote]));
  let left = book.budgetTokens - sum([...shown.values()].map(({ text }) => countTokens(text)));
  for (const quote of others) {
    left -= countTokens(quote.text);
    if (shown.size >= book.k || left < 0) break;
    shown.set(keyOf(quote), quote);
  }
  const place = new Map(found.map((quote, i) => [keyOf(quote), i]));
  const placeOf = (quote: Citation) => place.get(keyOf(quote)) ?? found.length;
  // Where serving would not show it, its place in the prompt would teach that what is far is right.
  if (settings.order === 'nearest' && right.some((quote) => placeOf(quote) >= book.k)) return { how: 'too-far' };
  const nearest = [...shown.values()].sort((a, b) => placeOf(a) - placeOf(b));
  return { how: 'open', line: line(arranged(nearest, settings.order, generator), answer) };
}

/** Where in the documents an example's answer stands. */
function sourcesOf(of: Example, chunkOf: ReadonlyMap<string, Chunk>): Place[] {
  return of.spans.flatMap(({ chunkId, start, end }) => {
    const chunk = chunkOf.get(chunkId);
    return chunk ? [{ documentId: chunk.documentId, start: chunk.start + start, end: chunk.start + end }] : [];
  });
}

interface Place {
  documentId: string;
  /** Offsets into the document's text. */
  start: number;
  end: number;
}
const overlaps = (quote: Place, place: Place): boolean =>
  quote.documentId === place.documentId && quote.start < place.end && place.start < quote.end;
const keyOf = ({ documentId, start, end }: Place): string => `${documentId} ${start} ${end}`;
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

/** The nearest quote of each source, in the sources' order. */
const firstOfEach = (sources: readonly Place[], found: readonly Citation[]): Citation[] =>
  sources.flatMap((source) => found.find((quote) => overlaps(quote, source)) ?? []);

const arranged = (quotes: readonly Citation[], order: 'nearest' | 'shuffled', generator: RandomGenerator) =>
  order === 'shuffled' ? shuffled(quotes, generator) : quotes;

/** Of its own, so that an asking that is added changes no other's line. */
const generatorOf = (seed: number, { question, of }: Asking): RandomGenerator =>
  xoroshiro128plus(Number.parseInt(sha256Of(`${seed}\0${of.id}\0${question}`).slice(0, 8), 16));
