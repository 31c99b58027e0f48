import type { RunConfig } from '../../configs/schema.ts';
import type { DocumentsResult } from '../dataset-stages.ts';
import type { OutcomeName } from './outcome.ts';

/** What the activities take and return that say whether a run is to go on: nobody else works on its model, and something changed. */

export interface ModelClaim {
  model: string;
  workflowId: string;
  /** Of the first run of a chain. */
  runId: string;
}

export type ClaimResult =
  /** `summary`: what the workflow was started with, as the Temporal UI shows it. */
  | { status: 'claimed'; summary?: string }
  /** Another run of the model is open. */
  | { status: 'taken'; by: { workflowId: string; runId: string; since: string } };

/** What a run is made of, each part by a hash or a version: `config`, `documents`, `judges`, ... */
export type MadeOf = Record<string, string>;

export interface MadeOfInput {
  config: RunConfig;
  configHash: string;
  documents: Pick<DocumentsResult, 'documentsSha256' | 'imports'>;
}

/** The last run of the same config that came to its gate, and the parts that are not as they were then; none without such a run. */
export interface SinceLastRun {
  last?: { workflowId: string; runId: string; at: string; outcome: string };
  changed: string[];
}

export interface FinishedRunInput {
  model: string;
  workflowId: string;
  runId: string;
  madeOf: MadeOf;
  outcome: string;
}

/** What a run of `improveModel` comes to that ends before it makes anything. */
export interface NotDone {
  notDone: Extract<OutcomeName, 'nothing changed' | 'not started'>;
  why: string;
  next: string;
  runId: string;
  config: string;
  model: string;
  /** The run that is open, or that came to the same before. */
  other: { workflowId: string; runId: string };
}

export const isNotDone = (end: object): end is NotDone => 'notDone' in end;
