import type { Stages } from '../configs/schema.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import type { Ledger } from '../providers/ledger/ledger.ts';
import type { BaseModelMaker, CheckpointStore, HostedModels, JobMachine, Trainers } from '../contract/jobs.ts';
import type { Indexer } from '../contract/retrieval.ts';
import type { ModelServer } from '../contract/ports.ts';
import type { Retriever } from '../contract/retrieval.ts';
import type { QueueName } from '../contract/queues.ts';
import type { HeldExamples } from '../generation/held-examples.ts';
import type { Registry } from '../registry/store.ts';

/** What the activities of each queue need from outside, and no more; made by the composition root, replaced in tests. */

export interface ControlDependencies {
  registry: Registry;
  /** For blind samples. */
  artifacts: Pick<ArtifactStore, 'list' | 'readText'>;
  ledger: Pick<Ledger, 'counts'>;
  /** Read anew for each decision: a policy changed on disk counts at once. */
  stages: () => Promise<Stages>;
  /** Wall clock, ISO 8601. */
  now: () => string;
}

export interface GenerationDependencies {
  projectRoot: string;
  /** Documents and suites lie below one of these. */
  allowedRoots: string[];
  keys: Keys;
  artifacts: ArtifactStore;
  held: HeldExamples;
  ledger: Ledger;
  /** For the names that a config may use. */
  stages: () => Promise<Stages>;
  /** Opened with the first config that has answers given from documents. */
  indexer: Indexer;
}

export interface TrainingDependencies {
  projectRoot: string;
  /** Bases that are files of this machine lie below one of these. */
  allowedRoots: string[];
  artifacts: ArtifactStore;
  trainers: Trainers;
  bases: BaseModelMaker;
  /** Where artifacts are shared: what trainers keep there for each other. */
  checkpoints?: CheckpointStore;
  /** Asks the documents' index, for what is trained with the book open. */
  retriever?: Retriever;
  /** The day, as YYYY-MM-DD; by default this one, in UTC. */
  today?: () => string;
  /** This machine, for what only it can do; left out where there is but one. */
  machine?: JobMachine;
}

export interface EvaluationDependencies {
  artifacts: ArtifactStore;
  keys: Keys;
  ledger: Ledger;
  modelServer: ModelServer;
  /** Who answers for models that we have no weights of. */
  hosted: HostedModels;
  /** Asks the indexes that versions answer from. */
  retriever?: Retriever;
  /** The day, as YYYY-MM-DD; by default this one, in UTC. */
  today?: () => string;
  /** The gateway's address, without `/v1`, where the worker knows it: links to evidence pages begin with it. */
  gateway?: string | undefined;
}

export interface DependenciesOf extends Record<QueueName, object> {
  control: ControlDependencies;
  generation: GenerationDependencies;
  training: TrainingDependencies;
  evaluation: EvaluationDependencies;
}
