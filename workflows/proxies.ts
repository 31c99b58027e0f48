import { ActivityCancellationType, patched, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../contract/activities.ts';
import { TRAINING_TASK_QUEUE } from '../contract/messages.ts';

/**
 * Activities grouped by how they fail, each time-out with the real work it is sized for. The numbers of attempts are for what passes by
 * itself; an error that nobody can wait out ends an activity at its third (activities/strikes.ts).
 */

/** Files and SQL on this machine or near it: seconds at most, so a minute means something hangs. */
export const { resolveConfig, findIncumbent, decideGate, registerCandidate, countLedger } = proxyActivities<Activities>(
  {
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds', maximumAttempts: 20 },
  },
);

/** The registry's truth about a promotion: retried until it is written, for a decision must not be lost. */
export const { openPromotion, recordDecision, promoteVersion, closePromotion, rollbackAlias } =
  proxyActivities<Activities>({
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
  });

/**
 * Many model calls or many rows in one activity. Two hours: a shard of slow calls, each waiting for a rate limit. Progress is
 * heartbeaten at least every few seconds, so 10 s of silence mean that the worker is gone.
 */
export const {
  readDocuments,
  probeModels,
  makeExamples,
  judgeImports,
  assembleDataset,
  freezeSuites,
  answerSuite,
  compareArms,
} = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 50 },
});

/** What goes into a job and what is kept of it: minutes for weights of many gigabytes, on a machine of the training queue. */
export const { prepareBase, prepareTraining, keepBase, keepTrained } = proxyActivities<Activities>({
  taskQueue: TRAINING_TASK_QUEUE,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 20 },
});

/**
 * A job of a week at most, which may have to wait for others. An attempt looks for a minute and is then tried again, so that no slot is
 * held; the hour is for the hash of weights of many gigabytes at its end.
 */
export const { launchJob, pollJob } = proxyActivities<Activities>({
  taskQueue: TRAINING_TASK_QUEUE,
  scheduleToCloseTimeout: '7 days',
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** A process group is given ten seconds to end by itself. */
export const { cancelJob } = proxyActivities<Activities>({
  taskQueue: TRAINING_TASK_QUEUE,
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds', maximumAttempts: 20 },
});

/** Runs of before jobs were polled: one activity holds its slot for up to a day. */
const TRAINING = {
  taskQueue: TRAINING_TASK_QUEUE,
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 20 },
} as const;
const untilStopped = proxyActivities<Activities>({
  ...TRAINING,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
const untilAsked = proxyActivities<Activities>(TRAINING);

/** A cancelled run ends once its training process has: nothing goes on training for a run that is over. */
export const trainingOfBefore = () => (patched('training-ends-before-its-run') ? untilStopped : untilAsked);
