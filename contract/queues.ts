import type { Activities } from './activities.ts';

/** Which worker does what: a task queue for each kind of machine. */

export const QUEUE_NAMES = ['control', 'generation', 'training', 'evaluation'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** The Temporal task queues, by what people call them. Workflows are on that of `control`, and so is what is started in the UI. */
export const TASK_QUEUES: Readonly<Record<QueueName, string>> = {
  control: 'whetstone',
  generation: 'whetstone-generation',
  training: 'whetstone-training',
  evaluation: 'whetstone-evaluation',
};

/** The task queue of one machine: what only the machine that runs a job can do. */
export const machineQueue = (machine: string): string => `${TASK_QUEUES.training}@${machine}`;

/**
 * The queue of each activity, by what it needs: `control` has the registry and policies, `generation` documents, keys and what people
 * wrote, `training` Python, `evaluation` the model server.
 */
const QUEUE_OF = {
  resolveConfig: 'generation',
  readMadeOf: 'generation',
  readDocuments: 'generation',
  indexDocuments: 'generation',
  // It lies where configs do.
  readPrompt: 'generation',
  probeModels: 'generation',
  judgeImports: 'generation',
  makeExamples: 'generation',
  assembleDataset: 'generation',
  // It reads suites that people wrote, which lie where documents do.
  freezeSuites: 'generation',
  planEvaluation: 'generation',
  findStaleSuites: 'generation',
  prepareBase: 'training',
  prepareTraining: 'training',
  launchJob: 'training',
  pollJob: 'training',
  cancelJob: 'training',
  keepBase: 'training',
  keepTrained: 'training',
  prepareModel: 'training',
  keepModel: 'training',
  makeBase: 'training',
  fineTune: 'training',
  answerSuite: 'evaluation',
  lookHosted: 'evaluation',
  compareArms: 'evaluation',
  writeEvidence: 'evaluation',
  findIncumbent: 'control',
  decideGate: 'control',
  registerCandidate: 'control',
  findVersion: 'control',
  recordEvaluation: 'control',
  findStale: 'control',
  registerModel: 'control',
  countLedger: 'control',
  tellReminder: 'control',
  tellBudgetReached: 'control',
  claimModel: 'control',
  compareWithLastRun: 'control',
  keepFinishedRun: 'control',
  openPromotion: 'control',
  lookAtPromotion: 'control',
  recordDecision: 'control',
  recordGrades: 'control',
  promoteVersion: 'control',
  closePromotion: 'control',
  rollbackAlias: 'control',
  takeDownAlias: 'control',
  recordReview: 'control',
} as const satisfies Record<keyof Activities, QueueName>;

/** The activities of a queue. */
export type ActivitiesOf<Queue extends QueueName> = Pick<
  Activities,
  { [Name in keyof Activities]: (typeof QUEUE_OF)[Name] extends Queue ? Name : never }[keyof Activities]
>;
