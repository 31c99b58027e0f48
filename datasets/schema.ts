import { z } from 'zod';

/** The data that flows, from document to dataset. Each type is a zod schema; its TypeScript type is inferred. */

/** A reference to something large. `uri` is file:// or s3://, `sha256` the content's hash in hex, `rows` its count of rows or lines. */
export const DataRefSchema = z.strictObject({ uri: z.string(), sha256: z.string(), rows: z.number().int().min(0) });

export const DocumentSchema = z.strictObject({
  /** Stable: the path below the documents' root, without the ending. */
  id: z.string(),
  uri: z.string(),
  sha256: z.string(),
  title: z.string(),
  licence: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()),
  /** The body, without front matter. */
  text: z.string(),
});

export const ChunkSchema = z.strictObject({
  /** `<documentId>#<index>` */
  id: z.string(),
  documentId: z.string(),
  index: z.number().int().min(0),
  title: z.string(),
  /** Headings from the document's title down to this passage. */
  headings: z.array(z.string()),
  /** Offsets into the document's text, in UTF-16 code units: text === document.text.slice(start, end). */
  start: z.number().int().min(0),
  end: z.number().int().min(0),
  text: z.string(),
  tokens: z.number().int().min(0),
});

/** Offsets into the chunk's text, in UTF-16 code units. */
export const SpanSchema = z.strictObject({ start: z.number().int().min(0), end: z.number().int().min(0) });

export const QaPairSchema = z.strictObject({
  id: z.string(),
  /** What the pair is about: phrasings of one question share it. */
  factId: z.string(),
  chunkId: z.string(),
  documentId: z.string(),
  question: z.string(),
  answer: z.string(),
  /** Where in the chunk the answer rests. */
  spans: z.array(SpanSchema),
  /** Which phrasing of the fact's question: 0, 1, ... */
  phrasing: z.number().int().min(0),
  kind: z.enum(['factual', 'safety']),
  /** The teacher that wrote it: `provider/model`, and the version of the prompt or rules it followed. */
  teacher: z.string(),
  promptVersion: z.string(),
});

export const JudgementSchema = z.strictObject({
  judge: z.string(),
  /** Changes when the judge's prompt, labels, model or rule changes: scores of two versions don't compare. */
  version: z.string(),
  label: z.string(),
  /** 0 (worst) to 1 (best). */
  score: z.number().min(0).max(1),
  reason: z.string(),
});

export const VerdictSchema = z.strictObject({
  decision: z.enum(['keep', 'reject']),
  /** Names of what rejected it: a judge, `duplicate`, `unparseable`, `over-target`, ... Empty when kept. */
  reasons: z.array(z.string()),
  judgements: z.array(JudgementSchema),
});

export const ExampleSchema = QaPairSchema.extend({ verdict: VerdictSchema });

export const SplitNameSchema = z.enum(['train', 'validation', 'test', 'rejected']);

export const DatasetManifestSchema = z.strictObject({
  name: z.string(),
  /** First 12 hex digits of the hash over all splits and the recipe: a dataset's name is its content. */
  version: z.string(),
  /** How the test split relates to train. */
  testDeclares: z.enum(['same facts, new wording', 'new facts']),
  generated: z.number().int(),
  kept: z.number().int(),
  rejected: z.record(z.string(), z.number().int()),
  documents: z.number().int(),
  chunks: z.number().int(),
  chunksCovered: z.number().int(),
  facts: z.number().int(),
  splits: z.record(SplitNameSchema, DataRefSchema),
  /** Chat-format JSON lines of the same examples, for trainers. */
  chat: z.record(z.enum(['train', 'validation']), DataRefSchema).optional(),
  /** What made it: config, judges' versions, teacher, the versions of Whetstone and of the document set. */
  madeBy: z.record(z.string(), z.unknown()),
});

export type DataRef = z.infer<typeof DataRefSchema>;
export type Document = z.infer<typeof DocumentSchema>;
export type Chunk = z.infer<typeof ChunkSchema>;
export type Span = z.infer<typeof SpanSchema>;
export type QaPair = z.infer<typeof QaPairSchema>;
export type Judgement = z.infer<typeof JudgementSchema>;
export type Verdict = z.infer<typeof VerdictSchema>;
export type Example = z.infer<typeof ExampleSchema>;
/** What deduplicating and splitting need to know of an example. */
export type Wording = Pick<Example, 'id' | 'factId' | 'chunkId' | 'question'>;
export type SplitName = z.infer<typeof SplitNameSchema>;
export type DatasetManifest = z.infer<typeof DatasetManifestSchema>;
