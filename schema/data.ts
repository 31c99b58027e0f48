import { z } from 'zod';
import { OriginSchema } from './origin.ts';
import { LabelsSchema, PlacesSchema } from './retrieval.ts';

/** The data that flows, from document to dataset. Each type is a zod schema; its TypeScript type is inferred. */

/** A reference to something large. `uri` is file:// or s3://, `sha256` the content's hash in hex, `rows` its count of rows or lines. */
export const DataRefSchema = z.strictObject({ uri: z.string(), sha256: z.string(), rows: z.number().int().min(0) });

export const DocumentSchema = z.strictObject({
  /** Stable: the path below the documents' root, without the ending. */
  id: z.string(),
  uri: z.string(),
  sha256: z.string(),
  title: z.string(),
  ...LabelsSchema.shape,
  /** What its text is in, as a program found it, where nobody says (`language`); absent where that can't be told, too. */
  detectedLanguage: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()),
  /** How many comments, pictures, ... the file has that are not in the text, by kind. */
  leftOut: z.record(z.string(), z.number().int()).optional(),
  /** Of its file; all but plain text have headings, lists, tables and code. Markdown where it is left out. */
  format: z.enum(['markdown', 'text', 'html', 'pdf', 'docx', 'pptx', 'xlsx', 'csv', 'epub', 'json-lines']).optional(),
  /** Where its pages, slides, sheets or chapters begin: offsets into the text, in UTF-16 code units. */
  places: PlacesSchema.optional(),
  /** The body, without front matter, comments, pictures and embedded data. */
  text: z.string(),
});

/** A document without its text: what its passages are followed back to. */
export const ListedDocumentSchema = DocumentSchema.pick({
  id: true,
  uri: true,
  sha256: true,
  title: true,
  licence: true,
  language: true,
  groups: true,
  validUntil: true,
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
  /**
   * Text from further up that this passage says nothing without: the header rows of a table that was cut, the lead-in of a list
   * and the items above. Read before `text`, as `passageText` does; no span points into it.
   */
  context: z.string().optional(),
  /** The page, slide, sheet or chapter of the document that it begins on. */
  place: z.string().optional(),
  /** Those that begin within it, where any does. */
  places: PlacesSchema.optional(),
  tokens: z.number().int().min(0),
});

/** What a question asks for. `any` is not one: without shares in the config the teacher says `factual` or `safety`. */
export const KindSchema = z.enum([
  'factual',
  'procedural',
  'comparison',
  'multi-hop',
  'unanswerable',
  'safety',
  'multi-turn',
]);

/** One call to a teacher: what it is asked for, of which passages. */
export const GenerationTaskSchema = z.strictObject({
  /** The passage that the facts are about; for `multi-hop` a related one of another document follows. */
  chunks: z.array(ChunkSchema).min(1),
  kind: z.union([KindSchema, z.literal('any')]),
  /** Facts wanted. Passages may state fewer. */
  facts: z.number().int().positive(),
  /** Questions for each fact. */
  phrasings: z.number().int().positive(),
  /** 0, 1, ...: later rounds ask for facts that earlier ones left out. */
  sample: z.number().int().min(0),
  /** Who asks, in words. */
  persona: z.string().optional(),
  /** What questions and answers are written in; the documents' own language where there is none. */
  language: z.string().optional(),
});

/** Offsets into a chunk's text, in UTF-16 code units. */
export const SpanSchema = z.strictObject({
  chunkId: z.string(),
  start: z.number().int().min(0),
  end: z.number().int().min(0),
});

/** What was said before the question, where it is not the first. */
export const TurnSchema = z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string() });

export const QaPairSchema = z.strictObject({
  id: z.string(),
  /** What the pair is about: phrasings of one question share it. */
  factId: z.string(),
  chunkId: z.string(),
  documentId: z.string(),
  question: z.string(),
  answer: z.string(),
  /** The turns before the question; empty but for kind `multi-turn`. */
  history: z.array(TurnSchema),
  /** Where in the chunks the answer rests; empty for kind `unanswerable`. */
  spans: z.array(SpanSchema),
  /** Which phrasing of the fact's question: 0, 1, ... */
  phrasing: z.number().int().min(0),
  kind: KindSchema,
  /** The teacher that wrote it: `provider/model`, and the version of the prompt or rules it followed. */
  teacher: z.string(),
  promptVersion: z.string(),
  persona: z.string().optional(),
  language: z.string().optional(),
  /** The rejected example that the teacher corrected into this one. */
  correctionOf: z.string().optional(),
  /** Absent in rows of before: see `originOf`. */
  origin: OriginSchema.optional(),
});

/** A panel's votes, or how far down its steps a cascade had to go: the first is 1. */
const ComposedSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('panel'), agreed: z.boolean() }),
  z.strictObject({ by: z.literal('cascade'), step: z.number().int().min(1), steps: z.number().int().min(1) }),
]);

export const JudgementSchema = z.strictObject({
  judge: z.string(),
  /** Changes when the judge's prompt, labels, model or rule changes: scores of two versions don't compare. */
  version: z.string(),
  label: z.string(),
  /** 0 (worst) to 1 (best). */
  score: z.number().min(0).max(1),
  reason: z.string(),
  /** How a judge that asks others came to it; no file of a dataset has it. */
  composed: ComposedSchema.optional(),
});

export const VerdictSchema = z.strictObject({
  decision: z.enum(['keep', 'reject']),
  /** Names of what rejected it: a judge, `duplicate`, `unparseable`, `over-target`, ... Empty when kept. */
  reasons: z.array(z.string()),
  judgements: z.array(JudgementSchema),
});

/** The better and the worse of several answers to the question, by the mean of the judges' scores. */
export const PreferenceSchema = z.strictObject({
  chosen: z.string(),
  rejected: z.string(),
  chosenScore: z.number(),
  rejectedScore: z.number(),
  margin: z.number(),
  /** Different answers that were judged. */
  answers: z.number().int(),
});

export const ExampleSchema = QaPairSchema.extend({
  verdict: VerdictSchema,
  preference: PreferenceSchema.optional(),
});

/** Text in a passage that tries to instruct a model. */
export const InstructionFlagSchema = z.strictObject({ chunkId: z.string(), why: z.string(), text: z.string() });

/** A statement of a passage of which the teacher asked nothing, and its short reason. Offsets into the passage. */
export const TeacherSkipSchema = SpanSchema.extend({ why: z.string() });

/** A sentence, list item or table row of the documents that gave no kept pair, and why not. Offsets into the passage. */
export const SkippedSchema = z.strictObject({
  documentId: z.string(),
  chunkId: z.string(),
  start: z.number().int().min(0),
  end: z.number().int().min(0),
  kind: z.enum(['sentence', 'list-item', 'table-row']),
  /** As it stands in the passage. */
  text: z.string(),
  /** What its pairs were rejected for, else why the teacher left it out, else what failed, else `not-asked`. */
  reason: z.string(),
});

export type DataRef = z.infer<typeof DataRefSchema>;
export type Document = z.infer<typeof DocumentSchema>;
export type ListedDocument = z.infer<typeof ListedDocumentSchema>;
export type Chunk = z.infer<typeof ChunkSchema>;

/** A passage of the documents, and why no teacher was shown it, where none was. */
export type Passage = Pick<Chunk, 'id' | 'documentId' | 'text'> & { withheld?: string };
export type Kind = z.infer<typeof KindSchema>;
export type GenerationTask = z.infer<typeof GenerationTaskSchema>;
export type Span = z.infer<typeof SpanSchema>;
export type Turn = z.infer<typeof TurnSchema>;
export type QaPair = z.infer<typeof QaPairSchema>;
export type Judgement = z.infer<typeof JudgementSchema>;
export type Verdict = z.infer<typeof VerdictSchema>;
export type Preference = z.infer<typeof PreferenceSchema>;
export type Example = z.infer<typeof ExampleSchema>;
/** What deduplicating and splitting need to know of an example. */
export type Wording = Pick<Example, 'id' | 'factId' | 'chunkId' | 'question' | 'kind'> & {
  /** The file that people wrote it in. */
  importedFrom?: string;
  /** Its question's first two words; none where people wrote it. */
  opener?: string;
  /** What its answer begins with, where a teacher was asked for yes or no. */
  says?: 'yes' | 'no';
  /** It is about something that the documents say otherwise than those of what serves. */
  isChanged?: true;
};
export type Skipped = z.infer<typeof SkippedSchema>;
export type TeacherSkip = z.infer<typeof TeacherSkipSchema>;
export type InstructionFlag = z.infer<typeof InstructionFlagSchema>;
