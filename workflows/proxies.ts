import { ActivityCancellationType, patched, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import { TASK_QUEUES, type ActivitiesOf, type QueueName } from '../contract/queues.ts';

/**
 * Activities grouped by how they fail, each time-out with the real work it is sized for. The numbers of attempts are for what passes by
 * itself; an error that nobody can wait out ends an activity at its third (activities/strikes.ts).
 */

/** Those of one queue: asking one queue for what is another's does not compile. */
const activitiesOn = <Queue extends QueueName>(queue: Queue, options: ActivityOptions) =>
  proxyActivities<ActivitiesOf<Queue>>({ taskQueue: TASK_QUEUES[queue], ...options });

/** Files and SQL on this machine or near it: seconds at most, so a minute means something hangs. */
const SHORT: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds', maximumAttempts: 20 },
};
export const {
  findIncumbent,
  decideGate,
  registerCandidate,
  countLedger,
  findVersion,
  recordEvaluation,
  registerModel,
  findStale,
} = activitiesOn('control', SHORT);
export const { resolveConfig, readPrompt, planEvaluation, findStaleSuites } = activitiesOn('generation', SHORT);

export const { claimModel, compareWithLastRun, keepFinishedRun } = activitiesOn('control', SHORT);
export const { readMadeOf } = activitiesOn('generation', SHORT);

/** The registry's truth about a promotion: retried until it is written, for a decision must not be lost. */
export const {
  openPromotion,
  lookAtPromotion,
  recordDecision,
  recordGrades,
  promoteVersion,
  closePromotion,
  rollbackAlias,
  takeDownAlias,
  recordReview,
} = activitiesOn('control', {
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/** What others are told: for as long as it takes, for who is told does something about it. */
export const { tellBudgetReached, tellReminder } = activitiesOn('control', {
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/**
 * Many model calls or many rows in one activity. Two hours: a shard of slow calls, each waiting for a rate limit. Progress is
 * heartbeaten at least every few seconds, so 10 s of silence mean that the worker is gone.
 */
const LONG: ActivityOptions = {
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 50 },
};
export const { readDocuments, indexDocuments, probeModels, makeExamples, judgeImports, assembleDataset, freezeSuites } =
  activitiesOn('generation', LONG);
export const { answerSuite, compareArms, writeEvidence, lookHosted } = activitiesOn('evaluation', LONG);

/** What goes into a job and what is kept of it: minutes for weights of many gigabytes, on a machine of the training queue. */
export const { prepareBase, prepareTraining, keepBase, keepTrained, prepareModel, keepModel } = activitiesOn(
  'training',
  {
    startToCloseTimeout: '2 hours',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 20 },
  },
);

/**
 * A job of a week at most, which may have to wait for others. An attempt looks for a minute and is then tried again, so that no slot is
 * held; the hour is for the hash of weights of many gigabytes at its end.
 */
export const { launchJob, pollJob } = activitiesOn('training', {
  scheduleToCloseTimeout: '7 days',
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** A process group is given ten seconds to end by itself. */
export const { cancelJob } = activitiesOn('training', {
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds', maximumAttempts: 20 },
});

/** Runs of before jobs were polled: one activity holds its slot for up to a day. */
const TRAINING: ActivityOptions = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 20 },
};
const untilStopped = activitiesOn('training', {
  ...TRAINING,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
const untilAsked = activitiesOn('training', TRAINING);

/** A cancelled run ends once its training process has: nothing goes on training for a run that is over. */
export const trainingOfBefore = () => (patched('training-ends-before-its-run') ? untilStopped : untilAsked);
