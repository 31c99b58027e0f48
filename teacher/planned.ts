import type { Asked } from './forms/forms.ts';
import type { Referent } from './words/referents.ts';

/** What can be asked about one sentence. */
export interface PlannedSentence {
  /** Best first. */
  gaps: Asked[];
  kind: 'factual' | 'safety';
  /** What the sentence is about, for the next sentence's pronouns. */
  referent?: Referent;
  /** The sentence with its pronoun spelled out, where it began with one. */
  answer: string;
}

export type Planned = { status: 'plan'; plan: PlannedSentence } | { status: 'skip'; why: string; referent?: Referent };
