import { z } from 'zod';
import { query } from './definitions.ts';
import type { RunProgress } from './run-progress.ts';
import { StartedBySchema } from './started-by.ts';

/** How runs are started and raised, and their ids. */

export const ImproveInputSchema = z.strictObject({
  /** A name below configs/, or a whole config. */
  config: z.union([z.string().min(1), z.record(z.string(), z.unknown())]),
  /** Ask the models again for what earlier runs have paid for. */
  fresh: z.boolean().default(false),
  /** Of before: it is a memo now (STARTED_BY), and counts here for what a schedule of before starts alone. */
  startedBy: StartedBySchema.optional(),
  /** Run though nothing changed since the last run; without, what a schedule starts ends at once then. */
  anyway: z.boolean().optional(),
});
export const IMPROVE_EXAMPLE = '{"config": "quickstart"}';
export type ImproveInput = z.input<typeof ImproveInputSchema>;

/** The type of what an attempt ends with whose job goes on: nothing failed, and it is looked at again. */
export const STILL_RUNNING = 'whetstone.still-running';
/** The type of the failure of a run of which too many items failed. */
export const FAILED_ITEMS = 'whetstone.failed-items';
/** The type of the failure of a run whose teacher can't write what is asked of it. */
export const UNREADABLE = 'whetstone.unreadable';

/** Of improveModel and buildDataset. */
export const PROGRESS = query<RunProgress>('progress');

/** One open run a config: a second start of the same config joins the first. */
export const improveId = (options: { name: string; configHash: string }) =>
  `improve/${options.name}/${options.configHash.slice(0, 8)}`;
export const datasetId = (options: { name: string; configHash: string }) =>
  `dataset/${options.name}/${options.configHash.slice(0, 8)}`;

export const scheduleId = (config: string) => `retrain/${config}`;
/** The model that a schedule retrains; undefined for a schedule of somebody else's. */
export const scheduledModel = (id: string): string | undefined => /^retrain\/(.+)$/.exec(id)?.[1];
