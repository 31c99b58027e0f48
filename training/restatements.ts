import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { sha256Of } from '../common/hash.ts';
import { words } from '../language/text.ts';
import { STOP_WORDS } from '../language/words-of-english.ts';
import type { Chunk, Example } from '../schema/data.ts';
import { shuffled } from './shuffled.ts';

/** More askings of each fact, by rules. */

/** How people type, around a few words of what they want to know. */
const FRAMES: readonly ((cue: string) => string)[] = [
  (cue) => `${cue}?`,
  (cue) => cue,
  (cue) => `hi, ${cue}?`,
  (cue) => `help please, ${cue}`,
  (cue) => `quick one, ${cue}?`,
  (cue) => `so ${cue}, what should i do`,
  (cue) => `been wondering about ${cue}`,
  (cue) => `${cue}, what does that mean`,
  (cue) => `is it normal: ${cue}`,
  (cue) => `i have ${cue}, is that ok?`,
  (cue) => `can i ${cue}?`,
  (cue) => `someone told me ${cue}, is that right?`,
];

/** Words of a cue; of those that a wording has, the share that a person happens to say, and how often in another order. */
const MOST_CUE_WORDS = 7;
const KEPT = 0.6;
const SHUFFLED = 0.3;
/** How often a cue takes words of the answer too, and how often it names the document. */
const OF_THE_ANSWER = 0.6;
const NAMED = 0.3;

/** A fact asked in other words, and the wording that these were made of. */
export interface Restatement {
  question: string;
  of: Example;
}

/**
 * More askings of each fact, as people type who don't know its words: some content words of a wording and of the answer, in a frame. A
 * model that was taught wordings alone knows phrases; from these it learns which words lead to which fact. What is asked after
 * other turns is not restated.
 */
export function restatements(options: {
  /** Of the train split. */
  examples: readonly Example[];
  chunks: readonly Pick<Chunk, 'id' | 'title'>[];
  /** Of each fact. */
  count: number;
}): Restatement[] {
  const { examples, chunks, count } = options;
  const titleOf = new Map(chunks.map(({ id, title }) => [id, title]));
  const facts = Map.groupBy(
    examples.filter(({ history }) => history.length === 0),
    ({ factId }) => factId,
  );
  return [...facts].flatMap(([factId, wordings]) => ofFact({ factId, wordings, titleOf, count }));
}

function ofFact(options: {
  factId: string;
  wordings: readonly Example[];
  titleOf: ReadonlyMap<string, string>;
  count: number;
}): Restatement[] {
  const { factId, wordings, titleOf, count } = options;
  const generator = xoroshiro128plus(Number.parseInt(sha256Of(factId).slice(0, 8), 16));
  const chance = (share: number) => uniformFloat64(generator) < share;
  const anyOf = <T>(list: readonly T[]): T | undefined => list[uniformInt(generator, 0, list.length - 1)];
  return Array.from({ length: count }, () => {
    const of = anyOf(wordings) ?? wordings[0]!;
    const said = contentWords(chance(OF_THE_ANSWER) ? `${of.question} ${of.answer}` : of.question);
    const kept = said.filter(() => chance(KEPT));
    const chosen = (kept.length > 0 ? kept : said).slice(0, MOST_CUE_WORDS);
    const title = titleOf.get(of.chunkId);
    const about = title !== undefined && chance(NAMED) ? [title.toLowerCase()] : [];
    const cue = [...about, ...(chance(SHUFFLED) ? shuffled(chosen, generator) : chosen)].join(' ');
    return { question: (anyOf(FRAMES) ?? String)(cue || of.question), of };
  });
}

/** Each word once, without those that every question has. */
const contentWords = (text: string): string[] => [
  ...new Set(words(text).filter((word) => !STOP_WORDS.has(word) && !ASKING.has(word))),
];
const ASKING = new Set('tell know say idea does anyone help something there'.split(' '));
