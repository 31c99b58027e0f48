import { z } from 'zod';
import { positiveInteger, RemoteModelSchema, text } from './model-schema.ts';
import { NameSchema } from './name-schema.ts';

/** How a model answers from the documents. */

/** The default of `retrieval.prompt`. */
export const OPEN_BOOK_PROMPT = `Answer from these passages only.

{{passages}}

{{question}}`;

export const EmbeddingSpecSchema = z
  .union([z.literal('builtin'), RemoteModelSchema])
  .default('builtin')
  .describe(
    'What turns texts into vectors. `builtin`: all-MiniLM-L6-v2, in this process, without a key; or an `openai` or `huggingface` model.',
  );

const TEMPLATE_RULE = 'a text with {{passages}} and {{question}}, each once';

export const RetrievalSchema = z.strictObject({
  index: NameSchema.optional().describe("The index's name; by default the model's."),
  embedding: EmbeddingSpecSchema,
  unit: z
    .enum(['passages', 'sentences'])
    .default('passages')
    .describe(
      'What goes into the prompt: passages, or the sentences of them that are nearest to the question, for small models.',
    ),
  k: positiveInteger.max(50).default(4).describe('How many of them.'),
  budgetTokens: positiveInteger
    .default(1024)
    .describe('Most tokens that they may take in the prompt; what does not fit is left out, the farthest first.'),
  minScore: z
    .number()
    .min(-1)
    .max(1)
    .default(0.25)
    .describe('Least cosine of the question with the nearest of them; below, the answer is `noAnswer`.'),
  noAnswer: text.default("The documents don't say.").describe('What is answered where nothing is near enough.'),
  prompt: text
    .refine(
      (prompt) => ['{{passages}}', '{{question}}'].every((part) => prompt.split(part).length === 2),
      TEMPLATE_RULE,
    )
    .default(OPEN_BOOK_PROMPT)
    .describe('What the model is asked, in training and in serving.'),
  rewrite: z
    .enum(['none', 'rule', 'model'])
    .default('rule')
    .describe(
      'How a question that follows others becomes one to search for. `rule`: the questions before it stand before it where it has few words of its own, or one that points back; `model`: the model is asked for one that stands alone.',
    ),
  reranker: RemoteModelSchema.optional().describe(
    'A model that orders what was found again: a server with a `/rerank` route, or a Hugging Face text-ranking model.',
  ),
});

export type EmbeddingSpec = z.output<typeof EmbeddingSpecSchema>;
export type RetrievalConfig = z.output<typeof RetrievalSchema>;
