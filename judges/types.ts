import type { Judgement } from '../datasets/schema.ts';

/** What a judge looks at: a generated pair, or a model's answer to a suite's question. */
export interface Subject {
  question: string;
  /** The answer to judge. */
  answer: string;
  /** The reference answer, where there is one. */
  reference?: string;
  /** The passage the answer should rest on, where there is one. */
  context?: string;
}

/** Gives one labelled, scored judgement. Rule judges answer at once; the LLM judge calls a model. */
export interface Judge {
  readonly name: string;
  /** Hash or number of the rule, or of prompt + labels + model. */
  readonly version: string;
  /** A judgement below this score rejects, unless a panel is given another threshold. */
  readonly passScore: number;
  judge(subject: Subject, signal?: AbortSignal): Promise<Judgement>;
}

/** A judge model that gave no usable judgement, however often it was asked: the pair becomes a reject with this reason. */
export class JudgeReplyError extends Error {
  override name = 'JudgeReplyError';
}
