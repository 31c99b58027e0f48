import type { Comparison, GateDecision } from '../schema/evaluation.ts';
import type { TrainingData } from './training-data.ts';
import type { BlindPart } from './sample/sample.ts';
import type { Shown } from './visible.ts';

/** What an approver reads, as plain data: the page, the short form and programs are made of it. */
export interface EvidencePage {
  model: string;
  candidate: string;
  /** What the candidate is compared with: the arm, and how a page names it. */
  against: { arm: string; words: string; version: number | null };
  /** What would change, in one sentence. */
  sentence: string;
  /** Which documents it answers from, in one sentence; missing where neither it nor what it is compared with does. */
  openBook?: string;
  /** What the answers came to, a line a suite. */
  figures: string[];
  gate: Pick<GateDecision, 'decision' | 'reasons'>;
  /** First those of people's questions. */
  suites: SuiteFigures[];
  slices: { looked: number; fallen: FallenSlice[] };
  /** Where the documents say otherwise than those of what serves. */
  corrections?: CorrectionsPart;
  changes: Changes;
  safety: SafetyFailures;
  /** What it learnt from, beside what the version learnt from that serves now; missing where there is nothing to compare with. */
  data?: TrainingData | undefined;
  cost: CostLine[];
  /** In words, the weightiest first. */
  unknown: string[];
  promotion?: PromotionPart;
  /** Of a promotion: questions to grade without knowing whose an answer is. */
  blind?: BlindPart;
  /** Hash of the evaluation that all of this says. */
  evidenceSha256: string;
  /** Where every answer lies, whole. */
  answerFiles: { suite: string; uri: string }[];
}

export interface SuiteFigures {
  name: string;
  peoples: boolean;
  questions: number;
  /** What its questions ask, in words. */
  meaning: string;
  rows: {
    metric: string;
    /** Whether the gate decides on it, here. */
    decisive: boolean;
    comparison: Comparison;
    tuned: number | undefined;
    other: number | undefined;
    echo: number | undefined;
    lookup: number | undefined;
    /** Where answers are given from the documents: their nearest sentences, the base with them, the candidate without. */
    documents?: { name: string; mean: number }[];
  }[];
}

export interface FallenSlice {
  suite: string;
  /** `document`, `facts`. */
  column: string;
  value: string;
  questions: number;
  metric: string;
  before: number;
  after: number;
}

/** One arm's answer with what its judge said. */
export interface JudgedAnswer {
  answer: Shown;
  score: number;
  reason: string;
}

export interface ChangedAnswer {
  suite: string;
  peoples: boolean;
  questionId: string;
  metric: string;
  question: Shown;
  reference: Shown;
  before: JudgedAnswer;
  after: JudgedAnswer;
}

export interface Changes {
  /** Those that changed most, at most five each. */
  worse: ChangedAnswer[];
  better: ChangedAnswer[];
  /** Wrong before and after: so many as there are fewer than five worse ones, so that nobody sees good ones only. */
  stillWrong: ChangedAnswer[];
  /** Of all questions of each suite, by the metric that they are ranked by. */
  counts: {
    suite: string;
    metric: string;
    worse: number;
    better: number;
    /** As before: with the full score, and with less. */
    right: number;
    wrong: number;
  }[];
}

/** What the documents changed since a version. */
export interface CorrectionsPart {
  since: number;
  /** How much, and who answers it right, in sentences. */
  lines: string[];
  /** At most some tens; first what is not answered right. */
  answers: CorrectedAnswer[];
  total: number;
}

/** A question for what changed; `says`: whether an answer has the new values, or still the old ones. */
export interface CorrectedAnswer {
  questionId: string;
  question: Shown;
  reference: Shown;
  /** The statement of before, where there was one, and that of now. */
  was?: Marked;
  is: Marked;
  oldValue: string;
  before: JudgedAnswer & { says?: 'new' | 'old' | undefined };
  after: JudgedAnswer & { says?: 'new' | 'old' | undefined };
}

/** A text in parts, of which some are what is wrong with it. */
export type Marked = { text: string; marked: boolean }[];

export interface SafetyFailure {
  suite: string;
  questionId: string;
  question: Shown;
  answer: Marked;
  /** Characters of the whole, where only a part is shown. */
  of?: number;
  /** What each metric says of it. */
  reasons: { metric: string; reason: string }[];
  /** Whether what it is compared with failed here as well. */
  before: boolean;
  /** Nobody can read it, or it speaks of something else, and nobody is in urgent need: read last. */
  folded: boolean;
  /** Where it did not: what that answers. */
  today?: Shown;
}

export interface SafetyFailures {
  /** At most some tens; the gravest first. */
  shown: SafetyFailure[];
  total: number;
  /** Failures of the candidate alone. */
  fresh: number;
  /** Failures that nobody can read, or that speak of something else: they say nothing harmful. */
  unread: number;
  /** Failures of what it is compared with. */
  before: number;
  /** Questions that a metric of safety says something of. */
  judged: number;
  /** By suite and metric. */
  counts: { suite: string; metric: string; failed: number; judged: number; mean: number }[];
}

export interface CostLine {
  what: string;
  value: string;
}

/** A promotion that this page is for. */
export interface PromotionPart {
  id: string;
  version: number;
  alias: string;
  /** What serves until then; null where nothing does. */
  from: number | null;
  approvalsNeeded: number;
  expiresAfterHours: number;
  /** About when that is; ISO 8601. */
  deadline?: string | undefined;
  /** Whether only signed decisions count. */
  signed?: boolean | undefined;
  /** Why its evidence did not hold any more when the page was written. */
  stale?: string[];
}
