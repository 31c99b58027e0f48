import type { ArtifactStore } from '../../artifacts/store.ts';
import { RunError } from '../../common/errors.ts';
import type { AssembleInput, AssembleResult, DatasetResult } from '../../contract/dataset-stages.ts';
import { AskedChanges } from '../../documents/changes/asked-changes.ts';
import { passagesOf } from '../../documents/passages.ts';
import { FailureTally } from '../../failures/failure-tally.ts';
import type { HeldExamples } from '../../generation/held-examples.ts';
import { nothingGenerated } from '../../generation/nothing-generated.ts';
import { furtherRound } from '../../generation/tasks/further-round.ts';
import { sourceQuotas } from '../../generation/tasks/source-quotas.ts';
import type { Keys } from '../../providers/chat/api-key.ts';
import type { Ledger } from '../../providers/ledger/ledger.ts';
import { StatementChangeSchema } from '../../schema/changes.ts';
import { TeacherSkipSchema, type Wording } from '../../schema/data.ts';
import { writeDataset, type BuiltDataset } from './build.ts';
import type { SuiteWordings } from './contamination.ts';
import { decideDataset } from './decide.ts';
import { provenanceOf } from './provenance.ts';
import { semanticFilter } from './semantic-filter.ts';
import { shardExamples } from './shard-examples.ts';
import { fewTestFacts, noTestQuestion, testSplitOf } from './test-split.ts';

/**
 * Makes a dataset of a run's judged examples, or says whom to ask again where it would fall short of the target.
 * @param options.suites what training is not meant to teach
 * @param options.onRead rows read, of those that will be
 * @throws RunError where there is nothing to make one of, or no question to evaluate with; DatasetError
 */
export async function assembleDataset(options: {
  input: AssembleInput;
  suites: readonly SuiteWordings[];
  dependencies: { artifacts: ArtifactStore; held: HeldExamples; ledger: Ledger; keys: Keys };
  onRead: (done: number, total: number) => void;
  signal: AbortSignal;
}): Promise<AssembleResult> {
  const { input, suites, dependencies, onRead, signal } = options;
  const { config, documents, shards, skipped = [], testNeeded = false, nextRound } = input;
  const { artifacts, held, ledger, keys } = dependencies;
  const { generation } = config;
  const generated = shards.reduce((sum, shard) => sum + shard.rows, 0);
  const further = (accepted: readonly Pick<Wording, 'chunkId' | 'kind'>[], missing: number) =>
    missing > 0
      ? furtherRound({ config, artifacts, chunks: documents.chunks, accepted, missing, nextRound })
      : undefined;
  if (generated === 0) {
    const more = await further([], generation.target);
    if (more) return more;
    throw new RunError('dataset', await nothingGenerated({ config, documents, dependencies: { artifacts, ledger } }));
  }
  const examples = shardExamples({ shards, artifacts, held, onRead: (rows) => onRead(rows, 2 * generated) });
  const failures = new FailureTally(config);
  const terms = { runId: input.runId, fresh: input.fresh, budget: input.budget };
  const { changes } = documents;
  const rules = {
    changes:
      changes?.status === 'known'
        ? new AskedChanges(await artifacts.loadJsonLines(changes.statements, StatementChangeSchema))
        : undefined,
    split: config.split,
    seed: config.seed,
    generation,
    suites,
    contamination: config.filters.contamination,
    sources: sourceQuotas(config),
    semantic: semanticFilter({ config, terms, ledger, keys, signal, failures }),
  };
  const decided = await decideDataset({ examples, ...rules });
  const more = await further(decided.kept, decided.missing);
  if (more) return more;
  const tested = config.evaluation.suites.includes('test');
  const none = tested ? noTestQuestion(testSplitOf(decided)) : undefined;
  if (none !== undefined && testNeeded && decided.kept.length > 0) throw new RunError('dataset', none);
  const built = await writeDataset({
    decided,
    examples,
    passages: () => passagesOf({ artifacts, documents }),
    teacherSkips: async function* () {
      for (const ref of skipped) yield* artifacts.readJsonLines(ref, TeacherSkipSchema);
    },
    ...rules,
    ...provenanceOf(config, documents),
    store: artifacts,
  });
  held.forget(shards);
  const warning = none ?? (tested ? fewTestFacts(testSplitOf(decided)) : undefined);
  return { status: 'built', failures: failures.counts, dataset: resultOf(built, { generated, generation, warning }) };
}

function resultOf(
  { uri, version, sha256, manifest, chat }: BuiltDataset,
  about: { generated: number; generation: AssembleInput['config']['generation']; warning: string | undefined },
): DatasetResult {
  const { generated, generation, warning } = about;
  const { kept, rejected, splits, unitsTotal: total, unitsCovered: covered } = manifest;
  return {
    uri,
    version,
    sha256,
    generated,
    kept,
    rejected,
    ...(generation.synthetic && {
      missing: Math.max(0, generation.target - kept),
      statements: { total, covered },
    }),
    ...(warning !== undefined && { warnings: [capital(warning)] }),
    train: chat.train,
    validation: chat.validation,
    test: splits.test,
    trainExamples: splits.train,
  };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
