import { z } from 'zod';
import type { ChatRequest } from '../contract/ports.ts';
import { CORRECTION_PROMPT, systemPrompt, type Voice } from './prompt.ts';
import { passageText } from '../schema/passage-text.ts';
import type { Chunk, Example, GenerationTask } from '../schema/data.ts';

/** The one way to ask a teacher for questions and answers. */

/** Changes with the prompts, the replies' schemas or the rules of parsing: part of each pair's provenance. */
export const GENERATION_PROMPT_VERSION = 'generation-3';

const words = z.string().trim().min(1);
const answered = {
  questions: z.array(words).min(1).describe('differently worded questions about this one fact'),
  answer: words.describe('the reference answer'),
};
const quoted = {
  ...answered,
  quotes: z.array(words).min(1).describe('the words that the answer rests on, copied exactly'),
};
const PlainFactSchema = z.strictObject(quoted);

/** What a teacher that was given the choice may call a fact; the first where it says nothing. */
export const FACT_KINDS = ['factual', 'safety'] as const;

/** What a teacher may write about one fact. */
export interface Fact {
  questions: string[];
  answer: string;
  quotes?: string[];
  history?: { question: string; answer: string }[];
  kind?: (typeof FACT_KINDS)[number];
}

/** What it must write, by the kind that was asked for. */
export const FACT_SCHEMAS: Readonly<Record<GenerationTask['kind'], z.ZodType<Fact>>> = {
  any: z.strictObject({ ...quoted, kind: z.enum(FACT_KINDS) }),
  factual: PlainFactSchema,
  procedural: PlainFactSchema,
  comparison: PlainFactSchema,
  'multi-hop': PlainFactSchema,
  unanswerable: z.strictObject(answered),
  safety: PlainFactSchema,
  'multi-turn': z.strictObject({
    ...quoted,
    history: z.array(z.strictObject({ question: words, answer: words })).min(1),
  }),
};

export const CorrectionSchema = z.strictObject({ question: words, answer: words, quotes: z.array(words) });

/** One object for each kind, so that its JSON text is made once. */
const RESPONSE_SCHEMAS = Object.fromEntries(
  Object.entries(FACT_SCHEMAS).map(([kind, fact]) => [
    kind,
    { name: 'facts', schema: z.toJSONSchema(z.strictObject({ facts: z.array(fact) })) as Record<string, unknown> },
  ]),
);
const CORRECTION_RESPONSE = {
  name: 'correction',
  schema: z.toJSONSchema(CorrectionSchema) as Record<string, unknown>,
};

export interface TeacherSettings {
  temperature?: number;
  maxTokens?: number;
}

/** The request that any teacher answers, whether a model or rules. */
export function generationRequest(task: GenerationTask, voice: Voice, settings: TeacherSettings = {}): ChatRequest {
  const { kind, facts, phrasings, sample, persona, language } = task;
  const lines = [
    passages(task.chunks),
    `facts: ${facts}`,
    `phrasings: ${phrasings}`,
    ...(persona === undefined ? [] : [`asked by: ${oneLine(persona)}`]),
    ...(language === undefined ? [] : [`language of questions and answers (quotes stay as they are): ${language}`]),
    ...(sample === 0 ? [] : [`round: ${sample + 1} (choose facts that ${sample} earlier rounds would have left out)`]),
  ];
  const schema = RESPONSE_SCHEMAS[kind];
  return {
    messages: [
      { role: 'system', content: systemPrompt(kind, voice) },
      { role: 'user', content: lines.join('\n') },
    ],
    ...(schema && { responseSchema: schema }),
    sample,
    ...settings,
  };
}

/** Asks the teacher to write a rejected example again. `attempt` is 1, then 2. */
export function correctionRequest(
  { chunks, example, attempt }: { chunks: readonly Chunk[]; example: Example; attempt: number },
  settings: TeacherSettings = {},
): ChatRequest {
  const { question, answer, kind, language, history, verdict } = example;
  const objections = verdict.judgements
    .filter(({ judge }) => verdict.reasons.includes(judge))
    .map(({ judge, reason }) => ({ reviewer: judge, objection: reason }));
  const pair = { kind, ...(language !== undefined && { language }), ...(history.length > 0 && { history }) };
  return {
    messages: [
      { role: 'system', content: CORRECTION_PROMPT },
      {
        role: 'user',
        content: `${passages(chunks)}\n${JSON.stringify({ ...pair, question, answer, objections }, null, 2)}`,
      },
    ],
    responseSchema: CORRECTION_RESPONSE,
    sample: attempt,
    ...settings,
  };
}

/** Passages as a teacher gets them: each between its marks, which nothing inside can close. */
export function passages(chunks: readonly Chunk[]): string {
  return chunks
    .map((chunk) => {
      const path = chunk.headings[0] === chunk.title ? chunk.headings : [chunk.title, ...chunk.headings];
      const title = oneLine(path.join(' / ').replace(/["<>]+/g, ' '));
      // A passage that closes its own tag could pass for the task that follows it.
      const text = passageText(chunk).replace(/<(\/?)(passage)/gi, '< $1$2');
      return `<passage title="${title}">\n${text}\n</passage>`;
    })
    .join('\n');
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
