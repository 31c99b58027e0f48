import { z } from 'zod';

/** Who started a run, and by what: `command line`, `schedule`. A claim, as any name that nobody signed. */
export const StartedBySchema = z.strictObject({ by: z.string().trim().min(1), how: z.string().min(1) });
export type StartedBy = z.infer<typeof StartedBySchema>;
/** The memo that says it: the Start form of the Temporal UI puts in the input of an earlier run, and no memo. */
export const STARTED_BY = 'startedBy';
