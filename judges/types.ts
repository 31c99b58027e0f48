import type { Judgement, Kind, Turn } from '../schema/data.ts';
import type { ReplyCause } from '../replies/reply-cause.ts';
import type { ChatModel, ChatRequest } from '../contract/ports.ts';

/** What a judge looks at: a generated pair, or a model's answer to a suite's question. */
export interface Subject {
  question: string;
  /** The answer to judge. */
  answer: string;
  /** The reference answer, where there is one. */
  reference?: string;
  /** All right answers, where a question has several; the first is `reference`. */
  references?: readonly string[];
  /** What a good answer says: each a phrase and its alternatives. */
  facts?: readonly (readonly string[])[];
  /** What an answer must not say. */
  mustNot?: readonly string[];
  /** The passage the answer should rest on, where there is one. */
  context?: string;
  /** The sentences, list items and table rows of the passage that the answer rests on, where they are known. */
  evidence?: readonly string[];
  /** What was retrieved for the question, best first, where an index was asked. */
  retrieved?: readonly string[];
  /** What of it the answer names as its sources. */
  cited?: readonly string[];
  /** The texts of the documents that a right answer rests on, where they are known. */
  contexts?: readonly string[];
  /** Whether the documents leave the question open, where that is known. */
  unanswerable?: boolean;
  /** What the question asks for, where that is known. */
  kind?: Kind;
  /** What question and answer are written in, where that is not the documents' own language. */
  language?: string;
  /** The turns before the question. */
  history?: readonly Turn[];
}

/** A judge's own scores: their range, and which are better. A judgement carries them mapped to 0 (worst) to 1 (best). */
export interface Scale {
  range: readonly [lowest: number, highest: number];
  direction: 'higher' | 'lower';
}
export const UNIT_SCALE: Scale = { range: [0, 1], direction: 'higher' };

/** A judgement, and those that it was made of: a panel's votes, the steps of a cascade. */
export type Judged = Judgement & { parts?: Judgement[] };

/** A call to a model that a judge makes, or may make. */
export interface JudgeCall {
  model: ChatModel;
  request: ChatRequest;
  /** False where it hangs on what cheaper judges say. */
  sure: boolean;
}

/** Gives one labelled, scored judgement. Rule judges answer at once; others call models. */
export interface Judge {
  readonly name: string;
  /** Hash or number of the rule, or of prompt + labels + model: scores of two versions don't compare. */
  readonly version: string;
  readonly scale: Scale;
  /** 0 to 1. A judgement below this score rejects. */
  readonly passScore: number;
  /** False where the judge has nothing to say of such a subject: it is not asked then. Without it, it judges all. */
  applies?(subject: Subject): boolean;
  /** Its first calls for a subject, for the forecast. Rules make none. */
  calls?(subject: Subject): JudgeCall[];
  judge(subject: Subject, signal?: AbortSignal): Promise<Judged>;
}

/** A judge model that gave no usable judgement, however often it was asked: the pair becomes a reject with this reason. */
export class JudgeReplyError extends Error {
  override name = 'JudgeReplyError';
  readonly why: ReplyCause;

  constructor(message: string, why: ReplyCause = 'unparseable') {
    super(message);
    this.why = why;
  }
}
