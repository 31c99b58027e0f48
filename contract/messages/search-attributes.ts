import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What the list of workflows shows and filters by. */

export const MODEL = defineSearchAttributeKey('WhetstoneModel', SearchAttributeType.KEYWORD);
export const STAGE = defineSearchAttributeKey('WhetstoneStage', SearchAttributeType.KEYWORD);
/** What the run waits for, in a few words; empty when it waits for nobody. */
export const WAITING_FOR = defineSearchAttributeKey('WhetstoneWaitingFor', SearchAttributeType.KEYWORD);
export const DECISION = defineSearchAttributeKey('WhetstoneDecision', SearchAttributeType.KEYWORD);
/** How it ended, and why in a few words: see outcome.ts. Empty until then, and where it was terminated. */
export const OUTCOME = defineSearchAttributeKey('WhetstoneOutcome', SearchAttributeType.KEYWORD);
/** Temporal's own: the schedule that started a workflow. */
export const SCHEDULED_BY = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);
export const SEARCH_ATTRIBUTES = [MODEL, STAGE, WAITING_FOR, DECISION, OUTCOME];
