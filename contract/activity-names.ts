import type { Activities } from './activities.ts';

/** What each activity does, in the words of those who wait for it. */
export const ACTIVITY_WORDS: Readonly<Record<keyof Activities, string>> = {
  resolveConfig: 'reading the config',
  readDocuments: 'reading the documents',
  probeModels: 'trying the models',
  judgeImports: 'judging the imported pairs',
  makeExamples: 'writing and judging questions',
  assembleDataset: 'building the dataset',
  makeBase: 'making the base model',
  fineTune: 'training the candidate',
  freezeSuites: 'freezing the suites',
  findIncumbent: 'finding what serves now',
  answerSuite: 'answering a suite',
  compareArms: 'comparing the answers',
  decideGate: 'deciding at the gate',
  registerCandidate: 'registering the candidate',
  countLedger: 'counting the calls',
  openPromotion: 'opening the promotion',
  recordDecision: 'recording the decision',
  promoteVersion: 'moving the alias',
  closePromotion: 'closing the promotion',
  rollbackAlias: 'rolling back',
};
