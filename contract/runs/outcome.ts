import { oneLine, shortened } from '../../common/shortened.ts';

/** How a workflow ended, for the list of workflows, its page and the terminal: one word, why, and what to do next. Pure. */

export const OUTCOME_NAMES = [
  /** A run whose candidate the gate let through: its promotion goes on by itself. */
  'passed',
  'promoted',
  'held',
  'rejected',
  /** A newer promotion took its place. */
  'superseded',
  'rolled back',
  'taken down',
  'reviewed',
  'built',
  'evaluated',
  'registered',
  'nothing changed',
  /** Another run of the same model is open. */
  'not started',
  'failed',
  'cancelled',
] as const;
export type OutcomeName = (typeof OUTCOME_NAMES)[number];

export interface Outcome {
  is: OutcomeName;
  /** In words. */
  why: string;
  /** What a person can do now, where there is something to do. */
  next?: string;
}

/** Servers take 255 characters of a keyword; a list shows fewer. */
const LISTED = 160;

/** As the list shows it: `held: nobody decided within 72 hours`. */
export const listedOutcome = ({ is, why }: Outcome): string =>
  why === '' ? is : `${is}: ${shortened(oneLine(why), LISTED)}`;
