import type { Stages } from '../configs/schema.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Keys } from '../providers/chat/api-key.ts';
import type { Ledger } from '../providers/ledger/ledger.ts';
import type { BaseModelMaker, CheckpointStore, Trainer } from '../contract/jobs.ts';
import type { ModelServer } from '../contract/ports.ts';
import type { HeldExamples } from '../generation/held-examples.ts';
import type { CandidateConfig } from '../configs/schema.ts';
import type { Registry } from '../registry/store.ts';

/** What activities need from outside; made once by the composition root, replaced in tests. */
export interface Dependencies {
  projectRoot: string;
  /** Documents and suites lie below one of these. */
  allowedRoots: string[];
  keys: Keys;
  artifacts: ArtifactStore;
  held: HeldExamples;
  ledger: Ledger;
  registry: Registry;
  trainers: Record<CandidateConfig['provider'], Trainer>;
  bases: BaseModelMaker;
  /** Where artifacts are shared: what trainers keep there for each other. */
  checkpoints?: CheckpointStore;
  modelServer: ModelServer;
  /** Read anew for each decision: a policy changed on disk counts at once. */
  stages: () => Promise<Stages>;
  /** Wall clock, ISO 8601. */
  now: () => string;
}
