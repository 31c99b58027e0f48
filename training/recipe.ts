import type { z } from 'zod';
import type { FactsSchema } from '../configs/schema.ts';
import { GENERAL_CHAT } from './general-chat.ts';
import { restatements } from './restatements.ts';
import type { Chunk, Example } from '../schema/data.ts';

/** The recipe `facts`: what is trained on beside a dataset's questions, so that facts are learnt and not phrases. */

export interface ChatLine {
  messages: { role: string; content: string }[];
  /** What it is there for; a dataset's own lines say nothing. */
  kind?: 'restatement' | 'passage' | 'general';
}

const PROMPTS: readonly ((about: string) => string)[] = [
  (about) => `Tell me about ${about}.`,
  (about) => `What should I know about ${about}?`,
  (about) => `Explain ${about} to me.`,
  (about) => `What do you know about ${about}?`,
];

interface Parts {
  chunks: readonly Chunk[];
  settings: z.output<typeof FactsSchema>;
  /** As the dataset's own lines have it. */
  systemPrompt: string;
}

/** More askings of the train split's facts; the order is left to the preparation, which mixes all from the first step. */
export function restatedLines({
  examples,
  chunks,
  settings,
  systemPrompt,
}: Parts & {
  /** Of the train split. */
  examples: readonly Example[];
}): ChatLine[] {
  return restatements({ examples, chunks, count: settings.restatements }).map(({ question, of }) =>
    lineOf(systemPrompt, { kind: 'restatement', question, answer: of.answer }),
  );
}

/** The documents' passages, and everyday chat beside all the others. */
export function besideLines({
  asked,
  chunks,
  settings,
  systemPrompt,
}: Parts & {
  /** How many lines ask for facts. */
  asked: number;
}): ChatLine[] {
  const passages = chunks.flatMap((chunk, index) =>
    Array.from({ length: settings.passages }, (_, i) => {
      const prompt = PROMPTS[(index + i) % PROMPTS.length] ?? PROMPTS[0]!;
      return lineOf(systemPrompt, { kind: 'passage', question: prompt(aboutChunk(chunk)), answer: chunk.text });
    }),
  );
  const others = asked + passages.length;
  const wanted = Math.round((others * settings.generalChat) / (1 - settings.generalChat));
  const general = Array.from({ length: wanted }, (_, i) => {
    const [question = '', answer = ''] = GENERAL_CHAT[i % GENERAL_CHAT.length] ?? [];
    return lineOf(systemPrompt, { kind: 'general', question, answer });
  });
  return [...passages, ...general];
}

/** All that the recipe adds to the lines of a dataset. */
export const factsLines = (parts: Parameters<typeof restatedLines>[0]): ChatLine[] => {
  const restated = restatedLines(parts);
  return [...restated, ...besideLines({ ...parts, asked: parts.examples.length + restated.length })];
};

const lineOf = (
  systemPrompt: string,
  { kind, question, answer }: { kind: ChatLine['kind'] & string; question: string; answer: string },
): ChatLine => ({
  kind,
  messages: [
    ...(systemPrompt ? [{ role: 'system', content: systemPrompt }] : []),
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ],
});

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
