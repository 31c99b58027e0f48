import type { z } from 'zod';
import type { FactsSchema } from '../configs/schema.ts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { STOP_WORDS } from '../language/words-of-english.ts';
import { GENERAL_CHAT } from './general-chat.ts';
import { sha256Of } from '../common/hash.ts';
import type { Chunk, Example } from '../schema/data.ts';
import { words } from '../language/text.ts';

/** The recipe `facts`: what is trained on beside a dataset's questions, so that facts are learnt and not phrases. */

export interface ChatLine {
  messages: { role: string; content: string }[];
  /** What it is there for; a dataset's own lines say nothing. */
  kind?: 'restatement' | 'passage' | 'general';
}

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

const PROMPTS: readonly ((about: string) => string)[] = [
  (about) => `Tell me about ${about}.`,
  (about) => `What should I know about ${about}?`,
  (about) => `Explain ${about} to me.`,
  (about) => `What do you know about ${about}?`,
];

/**
 * What the recipe adds to the lines of a dataset. Passages and restatements are of the train split's facts alone; the order is left to
 * the preparation, which mixes all from the first step.
 */
export function factsLines(options: {
  /** Of the train split. */
  examples: readonly Example[];
  chunks: readonly Chunk[];
  settings: z.output<typeof FactsSchema>;
  /** As the dataset's own lines have it. */
  systemPrompt: string;
}): ChatLine[] {
  const { examples, chunks, settings, systemPrompt } = options;
  const system = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  const line = (kind: ChatLine['kind'] & string, question: string, answer: string): ChatLine => ({
    kind,
    messages: [...system, { role: 'user', content: question }, { role: 'assistant', content: answer }],
  });
  const titleOf = new Map(chunks.map(({ id, title }) => [id, title]));

  const facts = new Map<string, Example[]>();
  for (const example of examples)
    if (example.history.length === 0) facts.set(example.factId, [...(facts.get(example.factId) ?? []), example]);
  const restated = [...facts].flatMap(([factId, wordings]) =>
    restatementsOf({ factId, wordings, titleOf, count: settings.restatements }).map(({ cue, answer }) =>
      line('restatement', cue, answer),
    ),
  );
  const passages = chunks.flatMap((chunk, index) =>
    Array.from({ length: settings.passages }, (_, i) => {
      const prompt = PROMPTS[(index + i) % PROMPTS.length] ?? PROMPTS[0];
      return prompt ? [line('passage', prompt(aboutChunk(chunk)), chunk.text)] : [];
    }).flat(),
  );
  const others = examples.length + restated.length + passages.length;
  const wanted = Math.round((others * settings.generalChat) / (1 - settings.generalChat));
  const general = Array.from({ length: wanted }, (_, i) => {
    const [question = '', answer = ''] = GENERAL_CHAT[i % GENERAL_CHAT.length] ?? [];
    return line('general', question, answer);
  });
  return [...restated, ...passages, ...general];
}

/**
 * More askings of a fact, as people type who don't know its words: some content words of a wording and of the answer, in a frame. A
 * model that was taught wordings alone knows phrases; from these it learns which words lead to which fact.
 */
function restatementsOf(options: {
  factId: string;
  wordings: readonly Example[];
  titleOf: ReadonlyMap<string, string>;
  count: number;
}): { cue: string; answer: string }[] {
  const { factId, wordings, titleOf, count } = options;
  const generator = xoroshiro128plus(Number.parseInt(sha256Of(factId).slice(0, 8), 16));
  const chance = (share: number) => uniformFloat64(generator) < share;
  const anyOf = <T>(list: readonly T[]): T | undefined => list[uniformInt(generator, 0, list.length - 1)];
  return Array.from({ length: count }, () => {
    const { question, answer, chunkId } = anyOf(wordings) ?? wordings[0]!;
    const said = contentWords(chance(OF_THE_ANSWER) ? `${question} ${answer}` : question);
    const kept = said.filter(() => chance(KEPT));
    const chosen = (kept.length > 0 ? kept : said).slice(0, MOST_CUE_WORDS);
    const title = titleOf.get(chunkId);
    const about = title !== undefined && chance(NAMED) ? [title.toLowerCase()] : [];
    const cue = [...about, ...(chance(SHUFFLED) ? shuffled(chosen, generator) : chosen)].join(' ');
    return { cue: (anyOf(FRAMES) ?? String)(cue || question), answer };
  });
}

function shuffled<T>(list: readonly T[], generator: RandomGenerator): T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = uniformInt(generator, 0, last);
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
}

/** Each word once, without those that every question has. */
const contentWords = (text: string): string[] => [
  ...new Set(words(text).filter((word) => !STOP_WORDS.has(word) && !ASKING.has(word))),
];
const ASKING = new Set('tell know say idea does anyone help something there'.split(' '));

/** The document's title and the passage's own heading: `Copper coil, side effects`. */
function aboutChunk({ title, headings }: Chunk): string {
  const own = headings.at(-1);
  return own && own !== title ? `${title}, ${lowered(own)}` : title;
}

/** As people type: no capital where a common word begins, no question mark. */
function lowered(text: string): string {
  const [first = '', second = ''] = text;
  // An abbreviation stays one.
  const start = second === second.toLowerCase() ? first.toLowerCase() : first;
  return `${start}${text.slice(1)}`.replace(/[?.]$/, '');
}
