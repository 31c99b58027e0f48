import type { Unit } from '../documents/units.ts';
import type { Asked } from './forms/forms.ts';
import type { Topic } from './words/topic.ts';
import type { Conjugator } from './words/tokens.ts';

/** What goes from reading a passage to asking about it. */

export interface Fact {
  questions: string[];
  answer: string;
  quotes: string[];
  kind: 'factual' | 'safety';
}

export interface Skipped {
  quote: string;
  why: string;
}

/** Something that a passage states, with every way to ask for it. */
export interface Draft {
  gaps: Asked[];
  answer: string;
  units: readonly Unit[];
  quote?: string;
  kind: Fact['kind'];
  /** Asks about a subject at large: whatever is said next about it belongs to the answer. */
  open?: boolean;
}

export interface Context {
  passage: string;
  topic: Topic;
  verbs: Conjugator;
  /** Why nothing is asked of a unit. */
  why: Map<Unit, string>;
}

/** What adds nothing to an answer. */
export const NO_STATEMENT = new Set(['question', 'reference', 'link', 'fragment', 'lead-in', 'title', 'failed']);

/** A sentence that goes on with the one before: it is told with it. */
export const FOLLOWING =
  /^(?:it|they|this|these|that|those|such|its|their|he|she|do not|don't|here|there|in this|in these|in such|in others?|in both|for this|because of this|as a result|otherwise|however, (?:it|they|this|these)|also, (?:it|they|this|these)|some|others?|both|most|many|one|another|the (?:other|first|second|third|latter|former))\b/i;

/** A list item may lack its capital and its stop. */
export function finished(answer: string): string {
  const text = answer.replace(/[,;:]$/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!]["'\u201d\u2019)\]]*$/.test(text) ? '' : '.'}`;
}
