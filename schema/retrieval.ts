import { z } from 'zod';

/** What is retrieved from the documents, out of which index, and how an answer points back to it. */

/** Which model made the vectors, and where it is asked. An index made by one refuses queries by another. */
export const EmbeddingRefSchema = z.strictObject({
  provider: z.enum(['builtin', 'openai', 'huggingface']),
  model: z.string().min(1),
  /** Of its file, where it runs here. */
  sha256: z.string().optional(),
  /** Length of its vectors. */
  dimensions: z.number().int().positive(),
  baseUrl: z.string().optional(),
  endpointUrl: z.string().optional(),
  inferenceProvider: z.string().optional(),
  /** The environment variable that holds its key. */
  apiKeyEnv: z.string().optional(),
});

/** What a document says of itself that decides who is shown it, and until when. */
export const LabelsSchema = z.strictObject({
  licence: z.string().optional(),
  language: z.string().optional(),
  /** A key of any of them may see it; without, everybody may. */
  groups: z.array(z.string().min(1)).min(1).optional(),
  /** The last day on which it counts, as YYYY-MM-DD; without, for ever. */
  validUntil: z.iso.date().optional(),
});

/** Where pages, slides, sheets or chapters begin: offsets into a document's text, in UTF-16 code units. */
export const PlacesSchema = z.array(z.strictObject({ label: z.string(), start: z.number().int().min(0) }));

/** A passage of an index: a chunk, with what it takes to cite it and to decide who is shown it. */
export const IndexedPassageSchema = z.strictObject({
  /** `<documentId>#<index>`, as of its chunk. */
  id: z.string(),
  documentId: z.string(),
  /** Of the document's bytes. */
  documentSha256: z.string(),
  title: z.string(),
  headings: z.array(z.string()),
  text: z.string(),
  /** What `text` says nothing without, read before it; see `Chunk`. */
  context: z.string().optional(),
  /** Offsets into the document's text, in UTF-16 code units. */
  start: z.number().int().min(0),
  end: z.number().int().min(0),
  /** The page, slide, sheet or chapter that it begins on. */
  place: z.string().optional(),
  /** Those that begin within it, where any does. */
  places: PlacesSchema.optional(),
  ...LabelsSchema.shape,
});

/** An immutable state of an index: what a model version is promoted with. */
export const IndexRefSchema = z.strictObject({
  /** Of the index; each change of it makes a new snapshot. */
  name: z.string(),
  /** Over its passages and its embedding model, in hex: two snapshots of one hash find the same. */
  sha256: z.string(),
  passages: z.number().int().min(0),
  embedding: EmbeddingRefSchema,
});

/** A passage that was found. */
export const FoundPassageSchema = z.strictObject({
  passage: IndexedPassageSchema,
  /** What it is ordered by: of one search only, the higher the better. */
  score: z.number(),
  /** Of its vector and the question's, -1 to 1: what a minimum is compared with. */
  cosine: z.number(),
  /** Its place in each list that was merged, 1 the best; absent where a list has not got it. */
  ranks: z.strictObject({ words: z.number().int().optional(), vectors: z.number().int().optional() }),
});

/** Where an answer's words come from. */
export const CitationSchema = z.strictObject({
  documentId: z.string(),
  title: z.string(),
  /** Above the passage, from the document's title down. */
  headings: z.array(z.string()).optional(),
  passageId: z.string(),
  place: z.string().optional(),
  /** Of what was put in the prompt or quoted: offsets into the document's text, in UTF-16 code units. */
  start: z.number().int().min(0),
  end: z.number().int().min(0),
  text: z.string(),
  score: z.number(),
});

/** A turn that a model is shown, and that nobody asked. */
export const ShownExampleSchema = z.strictObject({
  /** The question alone: no suite that measures may ask it. */
  question: z.string().min(1),
  /** As the model is shown it, passages included. */
  asked: z.string().min(1),
  /** What is to be answered, thoughts included. */
  answered: z.string().min(1),
});

/** How a version answers from the documents: promoted and rolled back with it. */
export const OpenBookSchema = z.strictObject({
  index: IndexRefSchema,
  /** Whether whole passages go into the prompt, or the sentences of them that are nearest to the question. */
  unit: z.enum(['passages', 'sentences']),
  /** How many of them. */
  k: z.number().int().min(1),
  budgetTokens: z.number().int().min(1),
  /** Least cosine of the nearest one; below, `noAnswer` is the answer. */
  minScore: z.number().min(-1).max(1),
  noAnswer: z.string(),
  /** With `{{passages}}` and `{{question}}`. */
  prompt: z.string(),
  /** How a question that follows others becomes one that stands alone. */
  rewrite: z.enum(['none', 'rule', 'model']),
  reranker: EmbeddingRefSchema.omit({ dimensions: true, sha256: true }).optional(),
  /** Turns that stand before every conversation: questions as they are asked, and what is to be answered. */
  examples: z.array(ShownExampleSchema).min(1).optional(),
});

export type EmbeddingRef = z.infer<typeof EmbeddingRefSchema>;
export type Labels = z.infer<typeof LabelsSchema>;
export type IndexedPassage = z.infer<typeof IndexedPassageSchema>;
export type IndexRef = z.infer<typeof IndexRefSchema>;
export type FoundPassage = z.infer<typeof FoundPassageSchema>;
export type Citation = z.infer<typeof CitationSchema>;
export type ShownExample = z.infer<typeof ShownExampleSchema>;
export type OpenBook = z.infer<typeof OpenBookSchema>;

/** Whether two refs make the same vectors; where the model is asked may change. */
export const sameModel = (one: EmbeddingRef, other: EmbeddingRef): boolean =>
  one.provider === other.provider &&
  one.model === other.model &&
  one.dimensions === other.dimensions &&
  one.sha256 === other.sha256;
