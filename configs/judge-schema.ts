import { z } from 'zod';
import { positiveInteger, RemoteModelSchema, text } from './model-schema.ts';

/** How a config names judges, and what a rubric says. */

const PLACEHOLDERS = ['question', 'answer', 'reference', 'context', 'history'] as const;

function unknownPlaceholder(prompt: string): string | undefined {
  const named = [...prompt.matchAll(/\{\{\s*([^}]*?)\s*\}\}/g)].map(([, name]) => name!);
  return named.find((name) => !(PLACEHOLDERS as readonly string[]).includes(name));
}

export const RubricSchema = z
  .strictObject({
    name: text.describe('Names the judge: `llm-<name>`.'),
    version: z
      .union([z.string(), z.number()])
      .transform(String)
      .default('1')
      .describe("The writer's own mark; the judge's version is the hash of prompt, labels, pass score and model."),
    prompt: z
      .string()
      .refine((prompt) => unknownPlaceholder(prompt) === undefined, {
        error: ({ input }) =>
          `unknown placeholder {{${unknownPlaceholder(String(input))}}}; known: ${PLACEHOLDERS.join(', ')}`,
      })
      .describe('With {{question}}, {{answer}}, {{reference}}, {{context}} and {{history}}, each filled in as JSON.'),
    labels: z
      .array(
        z.strictObject({
          label: text.describe('One word or a few.'),
          score: z.number().describe('What the label counts.'),
          meaning: text.describe('When the model is to pick it.'),
        }),
      )
      .min(2)
      .refine((labels) => new Set(labels.map(({ label }) => label)).size === labels.length, 'labels must differ')
      .describe('The model picks a label; its score is ours.'),
    range: z
      .tuple([z.number(), z.number()])
      .refine(([low, high]) => low < high, 'expected [lowest, highest]')
      .default([0, 1])
      .describe('Lowest and highest score; judgements carry it mapped to 0 (worst) to 1 (best).'),
    direction: z.enum(['higher', 'lower']).default('higher').describe('Which scores are better.'),
    passScore: z.number().default(0.5).describe('In the same range: a pair passes from here on.'),
    kinds: z
      .array(text)
      .optional()
      .describe(
        'Judges pairs of these kinds alone. Without it, of all; one that reads {{context}} skips `unanswerable`.',
      ),
  })
  .superRefine(({ labels, range: [low, high], passScore }, context) => {
    const scores = [
      ...labels.map(({ score }, i) => ({ score, path: ['labels', i, 'score'] })),
      { score: passScore, path: ['passScore'] },
    ];
    for (const { score, path } of scores)
      if (score < low || score > high)
        context.addIssue({ code: 'custom', path, message: `expected a number in the range, ${low} to ${high}` });
  });

/** A rubric of judges/rubrics by name, a YAML file of one's own, or the rubric itself. */
const rubric = z
  .union([text, RubricSchema])
  .describe("A rubric of judges/rubrics by name, a .yaml file below the project's root, or the rubric itself.");

export const LlmJudgeSchema = z.strictObject({
  judge: z.literal('llm').describe('`llm`: a model that picks one of the labels of a rubric.'),
  rubric,
  model: RemoteModelSchema.describe('The judge model.'),
});
export const ClaimsJudgeSchema = z.strictObject({
  judge: z.literal('claims').describe('`claims`: a model checks the answer against the passage, claim by claim.'),
  model: RemoteModelSchema.describe('The judge model.'),
  passScore: z.number().min(0).max(1).default(1).describe('Share of claims that the passage must support.'),
});
export const GuidelineJudgeSchema = z.strictObject({
  judge: z.literal('guideline').describe('`guideline`: a model checks that an answer keeps rules written in words.'),
  name: text.describe('Names the judge: `guideline-<name>`.'),
  guidelines: z.array(text).min(1).describe('What every answer must keep.'),
  model: RemoteModelSchema.describe('The judge model.'),
});
export const FormatJudgeSchema = z.strictObject({
  judge: z.literal('format').describe('`format`: a rule for the form of the answer.'),
  name: text.optional().describe('Names the judge, where there are several: `format-<name>`.'),
  minWords: positiveInteger.optional().describe('Fewest words of an answer.'),
  maxWords: positiveInteger.optional().describe('Most words of an answer.'),
  maxSentences: positiveInteger.optional().describe('Most sentences of an answer.'),
  matches: text
    .refine((pattern) => badPattern(pattern) === undefined, { error: ({ input }) => badPattern(String(input)) ?? '' })
    .optional()
    .describe('A regular expression that an answer must match.'),
  forbids: z.array(text).default([]).describe('Words or phrases that no answer may have, in any case.'),
});
export const PanelJudgeSchema = z.strictObject({
  judge: z.literal('panel').describe('`panel`: several models judge by one rubric, and a quorum decides.'),
  rubric,
  models: z.array(RemoteModelSchema).min(2).describe('The judge models; give each its own.'),
  quorum: positiveInteger.optional().describe('Models that must pass a pair; without it, more than half.'),
});

/** Why a regular expression is none. */
function badPattern(pattern: string): string | undefined {
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch (error) {
    return `expected a regular expression: ${(error as Error).message}`;
  }
}

/** Every judge with settings but the cascade, whose steps they may be. A new one is its schema and its line here. */
const SINGLE = [LlmJudgeSchema, ClaimsJudgeSchema, GuidelineJudgeSchema, FormatJudgeSchema, PanelJudgeSchema] as const;

export const CascadeJudgeSchema = z.strictObject({
  judge: z.literal('cascade').describe('`cascade`: cheap judges first, and a dearer one only where they are not sure.'),
  name: text.describe('Names the judge: `cascade-<name>`.'),
  steps: z
    .array(z.union([text, z.discriminatedUnion('judge', SINGLE)]))
    .min(2)
    .meta({ sameAs: 'judges[]' })
    .describe(
      'Judges from cheap to dear. A rule decides only when it rejects; a model when its score is sure; the last always. Their fields are those of `judges[]`.',
    ),
  sureBelow: z.number().min(0).max(1).default(0).describe('Scores up to this are sure to reject.'),
  sureAbove: z.number().min(0).max(1).default(1).describe('Scores from this on are sure to pass.'),
});

/** A judge by name, or one with settings. */
export const JudgeSchema = z.union([text, z.discriminatedUnion('judge', [...SINGLE, CascadeJudgeSchema])]);

export type Rubric = z.output<typeof RubricSchema>;
export type JudgeSpec = z.output<typeof JudgeSchema>;
export type FormatJudgeSpec = z.output<typeof FormatJudgeSchema>;

/** The name that a judge's judgements carry: its kind, and the name of its rubric or its own, where it has one. */
export function judgeName(judge: JudgeSpec): string {
  if (typeof judge === 'string') return judge;
  const own = 'name' in judge ? judge.name : undefined;
  const given = 'rubric' in judge ? rubricName(judge.rubric) : own;
  return given === undefined ? judge.judge : `${judge.judge}-${given}`;
}

const rubricName = (rubric: string | Rubric) => (typeof rubric === 'string' ? rubric : rubric.name);
