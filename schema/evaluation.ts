import { z } from 'zod';
import { AskedChangeSchema, DocumentChangesSchema } from './changes.ts';
import { CorrectionsSchema } from './corrections.ts';
import { ComparisonSchema } from './comparison.ts';
import { DataRefSchema, JudgementSchema, TurnSchema } from './data.ts';
import { CitationSchema } from './retrieval.ts';
import { ServedAsSchema } from './served-as.ts';

/** What a good answer says: a phrase and its alternatives, the first of which names the fact. */
export const FactSchema = z.array(z.string().min(1)).min(1);

/** What of a suite's question training has taught. */
export const TaughtSchema = z.strictObject({
  /** True where a training example states what the question asks for, in whatever words. */
  known: z.boolean(),
  /** How much of the question and its answer the nearest training example holds, 0 to 1. */
  score: z.number(),
  /** The nearest training question. */
  nearest: z.string().optional(),
});

/** A frozen question of a suite. */
export const SuiteQuestionSchema = z.strictObject({
  id: z.string(),
  question: z.string().min(1),
  answer: z.string().min(1),
  /** All right answers, the first of which is `answer`; missing where there is one. */
  references: z.array(z.string().min(1)).optional(),
  facts: z.array(FactSchema).optional(),
  /** Phrases that an answer must not say. */
  mustNot: z.array(z.string().min(1)).optional(),
  /** The file's further columns, as texts. */
  columns: z.record(z.string(), z.string()).optional(),
  taught: TaughtSchema.optional(),
  /** What is resampled as one: the fact, or for a golden question itself. */
  cluster: z.string(),
  slice: z.string().optional(),
  context: z.string().optional(),
  /** The texts of the documents that a right answer rests on, where they are known: what retrieval is to find. */
  contexts: z.array(z.string().min(1)).optional(),
  /** Whether the documents leave it open, where that is known. */
  unanswerable: z.boolean().optional(),
  /** The turns before the question. */
  history: z.array(TurnSchema).optional(),
  /** What the documents say otherwise since what serves was made, where the question asks for that. */
  change: AskedChangeSchema.optional(),
  /** Of a question that stands beside such a one, and whose answer did not change: what only the new statements say. */
  beside: z.array(z.array(z.string())).optional(),
});

/** Who thought of the questions: a suite file's are people's, the test split's a teacher's or an import's. */
const AskedBySchema = z.enum(['people', 'dataset']);
/** Questions of known facts and of new ones. */
export const TaughtCountsSchema = z.strictObject({ known: z.number().int(), new: z.number().int() });

export const SuiteRefSchema = z.strictObject({
  name: z.string(),
  askedBy: AskedBySchema.optional(),
  /** Of people's questions as marked (`taught`), not as a file claims. */
  declares: z.enum(['same facts, new wording', 'new facts', 'known and new facts']),
  questions: DataRefSchema,
  /** How many questions ask for facts that training has taught, and how many for new ones. */
  taught: TaughtCountsSchema.optional(),
  /** What of the file was merged, in words. */
  merged: z.string().optional(),
  /** What the documents say otherwise than those of what serves, by which its questions are marked. */
  changes: DocumentChangesSchema.optional(),
});

/**
 * Who answers a suite, besides each candidate by its name: the base, what serves (the incumbent), and what costs nothing. The echo
 * repeats the question as a statement; the lookup gives the most similar training question's answer. Where answers are given from
 * the documents, candidates answer as they would serve, and beside them the base with the book open, each candidate with the book
 * closed, and the extract: the sentences that are nearest to the question.
 */
export const BASE_ARM = 'base';
export const INCUMBENT_ARM = 'incumbent';
export const LOOKUP_ARM = 'lookup';
export const ECHO_ARM = 'echo';
export const BASE_OPEN_ARM = 'base-open';
export const EXTRACT_ARM = 'extract';
const CLOSED = '-closed';
/** The arm of a candidate without the documents. */
export const closedArmOf = (candidate: string): string => candidate + CLOSED;
export const ArmNameSchema = z.string();

/** What stands in a file of answers of a citation: its headings are its passage's. */
export const SourceSchema = CitationSchema.omit({ headings: true });

export const AnswerSchema = z.strictObject({
  suite: z.string(),
  questionId: z.string(),
  cluster: z.string(),
  slice: z.string().optional(),
  taught: z.enum(['known', 'new']).optional(),
  columns: z.record(z.string(), z.string()).optional(),
  question: z.string(),
  reference: z.string(),
  arm: ArmNameSchema,
  answer: z.string(),
  judgements: z.array(JudgementSchema),
  /** What of the documents it was given from, in the order in which it was put to the model or quoted; empty where nothing was near. */
  citations: z.array(SourceSchema).optional(),
  /** Why there is no answer, or no judgement of it; it scores nothing then. */
  failure: z.string().optional(),
  /** How long its model took, and how long the answer is; a rule takes no time, and answers of before say nothing of it. */
  latencyMs: z.number().optional(),
  outputTokens: z.number().optional(),
  /** How long what its model was asked is. */
  inputTokens: z.number().optional(),
});

/** A part of a suite: the questions that share a value of a column. */
export const SliceSchema = z.strictObject({
  column: z.string(),
  value: z.string(),
  questions: z.number().int(),
  /** Metric -> arm -> mean. */
  means: z.record(z.string(), z.record(z.string(), z.number())),
});

export const SuiteResultSchema = z.strictObject({
  name: z.string(),
  askedBy: AskedBySchema.optional(),
  declares: z.string(),
  questions: z.number().int(),
  comparisons: z.array(ComparisonSchema),
  taught: TaughtCountsSchema.optional(),
  /** What of the suite's file was merged, in words. */
  merged: z.string().optional(),
  slices: z.array(SliceSchema).optional(),
  /** Answers of each arm that say what they must not: of those that fail must-not the others can't be read. Evaluations of before do not say it. */
  forbidden: z.record(z.string(), z.number().int()).optional(),
  /** Parquet: a row for each question and arm. */
  results: DataRefSchema,
});

/** How an arm answered, over all suites. */
export const MeasuredSchema = z.strictObject({
  answers: z.number().int(),
  p95LatencyMs: z.number(),
  meanLatencyMs: z.number(),
  /** Means of an answer, where every answer tells them. */
  inputTokens: z.number().optional(),
  outputTokens: z.number().optional(),
});

export const EvaluationSchema = z.strictObject({
  /** Arm that candidates are compared with: `incumbent` where one serves, else `base`, each its own. */
  against: z.string(),
  /** By candidate the arm of its own base, where the run has several bases; else that is `base`. */
  bases: z.record(z.string(), z.string()).optional(),
  suites: z.array(SuiteResultSchema),
  /** Content hashes of what was evaluated, by arm: evidence is about these weights and no others. */
  models: z.record(z.string(), z.string()),
  /** How each of them was asked, by arm: what a version is, besides its weights. */
  serving: z.record(z.string(), ServedAsSchema).optional(),
  /** How long answers took and how long they are, by arm; evaluations of before do not say it. */
  measured: z.record(z.string(), MeasuredSchema).optional(),
  /** The judge behind each metric, by the version that judged: scores of two versions don't compare. */
  judges: z.record(z.string(), z.strictObject({ name: z.string(), version: z.string() })),
  /** JSON lines, one: what it was made with, so that the same can be asked again. Evaluations of before have none. */
  plan: DataRefSchema.optional(),
  /** What the documents say otherwise than those of what serves, and who answers it right. */
  corrections: CorrectionsSchema.optional(),
});

export const GateDecisionSchema = z.strictObject({
  decision: z.enum(['promote', 'hold', 'reject']),
  suite: z.string(),
  candidate: z.string(),
  /** In words, one a line. */
  reasons: z.array(z.string()),
});

export type { Comparison } from './comparison.ts';
export { servedKey, type ServedAs } from './served-as.ts';
export type Fact = z.infer<typeof FactSchema>;
export type Taught = z.infer<typeof TaughtSchema>;
export type SuiteQuestion = z.infer<typeof SuiteQuestionSchema>;
export type SuiteRef = z.infer<typeof SuiteRefSchema>;
export type Answer = z.infer<typeof AnswerSchema>;
export type Slice = z.infer<typeof SliceSchema>;
export type SuiteResult = z.infer<typeof SuiteResultSchema>;
export type Measured = z.infer<typeof MeasuredSchema>;
export type Evaluation = z.infer<typeof EvaluationSchema>;
export type GateDecision = z.infer<typeof GateDecisionSchema>;

/** The arm of a candidate's own base. */
export const baseArmOf = ({ bases }: Pick<Evaluation, 'bases'>, candidate: string): string =>
  bases?.[candidate] ?? BASE_ARM;

/** The arm of an untuned model's answers from the documents, of that of its own. */
export const openArmOf = (baseArm: string): string => baseArm.replace(BASE_ARM, BASE_OPEN_ARM);

/** What a candidate is compared with: what serves, else its own base. */
export const referenceArmOf = (evaluation: Pick<Evaluation, 'against' | 'bases'>, candidate: string): string =>
  evaluation.against === INCUMBENT_ARM ? INCUMBENT_ARM : baseArmOf(evaluation, candidate);

/** Whether people thought of a suite's questions. Evaluations from before this was written down say it by the suite's name. */
export const isPeoples = ({ name, askedBy }: Pick<SuiteResult, 'name' | 'askedBy'>): boolean =>
  askedBy === undefined ? name !== 'test' : askedBy === 'people';
