import {
  ParentClosePolicy,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
  defineQuery,
} from '@temporalio/workflow';
import type { Arm, DatasetResult, JudgedShard, ResolvedRun, TrainedModel } from '../activities/types.ts';
import type { DataRef } from '../datasets/schema.ts';
import type { SuiteRef } from '../evaluation/types.ts';
import {
  DECISION,
  IMPROVE_EXAMPLE,
  ImproveInputSchema,
  promoteId,
  type ImproveInput,
  type ImproveResult,
  type PromoteInput,
  type RunProgress,
} from './messages.ts';
import { parseInput } from './parse-input.ts';
import { promoteModel } from './promote-model.ts';
import * as activity from './proxies.ts';
import { RunState } from './run-state.ts';
import { slidingWindow } from './window.ts';

/** Shards under way at once: enough to keep generating while others are judged. */
const SHARDS_AT_ONCE = 4;
/** Suites answered at once: more would only queue at the model server. */
const ANSWERS_AT_ONCE = 2;

export const progressQuery = defineQuery<RunProgress>('progress');

/**
 * One whole run: documents to gate. Ends by starting `promoteModel`, which waits for people on its own, so that a run never
 * blocks the next scheduled one.
 */
export async function improveModel(input: ImproveInput): Promise<ImproveResult> {
  const run = new RunState();
  setHandler(progressQuery, () => run.progress, {
    description: 'Every stage: where it stands and what came of it. No input.',
  });
  const { config: source } = parseInput({
    schema: ImproveInputSchema,
    input,
    workflow: 'improveModel',
    example: IMPROVE_EXAMPLE,
  });
  const runId = workflowInfo().firstExecutionRunId;
  run.show();

  const resolved = await run.stage(
    'config',
    () => activity.resolveConfig({ config: source }),
    (r) => `${r.source}, hash ${r.configHash.slice(0, 12)}`,
  );
  const { config } = resolved;
  run.setModel(config.name);

  const documents = await run.stage(
    'documents',
    () => activity.readDocuments({ config }),
    (r) => `${r.documents} documents, ${r.chunks.rows} chunks`,
  );
  run.progress.generation.chunks = documents.chunks.rows;

  // The base needs the documents only: it is made while questions are generated.
  const bases = makeBases(run, { resolved, corpus: documents.corpus });
  bases.catch(() => {}); // Awaited below; a failure before that must not be an unhandled rejection.
  const shards = await generate(run, { resolved, chunks: documents.chunks, runId });
  const dataset = await run.stage(
    'dataset',
    () => activity.assembleDataset({ config, configHash: resolved.configHash, documents, shards }),
    (d) => `version ${d.version}: ${d.generated} generated, ${d.kept} kept`,
  );
  const baseOf = await bases;
  const trained = await train(run, { resolved, dataset, baseOf, runId });

  const evaluated = await run.stage(
    'evaluation',
    () => evaluate({ resolved, dataset, chunks: documents.chunks, baseOf, trained, runId }),
    ({ compared }) => compared.evaluation.suites.map((s) => `${s.name}: ${s.questions} questions`).join(', '),
  );
  const { evaluation, evidence, table, sample } = evaluated.compared;
  const gate = await run.stage(
    'gate',
    () => activity.decideGate({ config, evaluation }),
    (g) => `${g.decision}: ${g.reasons.join('; ')}`,
  );
  upsertSearchAttributes([{ key: DECISION, value: gate.decision }]);

  let promotion: ImproveResult['promotion'] = null;
  const winner = trained.get(gate.candidate);
  const winnerConfig = config.candidates.find((c) => c.name === gate.candidate);
  const base = winnerConfig && baseOf.get(winnerConfig.base);
  if (gate.decision === 'promote' && winner && base) {
    promotion = await run.stage(
      'promotion',
      async () => {
        const candidate = { name: gate.candidate, trained: winner };
        const { version, baseVersion } = await activity.registerCandidate({
          runId,
          config,
          configHash: resolved.configHash,
          base: base.model,
          candidate,
          dataset,
          evaluation,
          gate,
          evidence,
          incumbentVersion: evaluated.incumbentVersion,
        });
        return startPromotion({
          resolved,
          version,
          baseVersion,
          incumbentVersion: evaluated.incumbentVersion,
          gate,
          evidence,
          summary: table,
          runId,
        });
      },
      (p) => `version ${p.version}, workflow ${p.workflowId}`,
    );
    run.progress.promotionId = promotion.workflowId;
  } else run.skip('promotion', `the gate said ${gate.decision}`);
  run.show();

  return {
    runId,
    config: resolved.source,
    configHash: resolved.configHash,
    model: config.name,
    dataset: {
      uri: dataset.uri,
      version: dataset.version,
      sha256: dataset.sha256,
      generated: dataset.generated,
      kept: dataset.kept,
      rejected: dataset.rejected,
    },
    candidates: [...trained].map(([name, t]) => ({
      name,
      modelUri: t.model.uri,
      modelSha256: t.model.sha256,
      trainSeconds: t.trainSeconds,
      finalLoss: t.finalLoss,
    })),
    evaluation,
    gate,
    sample,
    promotion,
    ledger: await activity.countLedger({ runId }),
    seconds: run.seconds(),
  };
}

async function generate(
  run: RunState,
  options: { resolved: ResolvedRun; chunks: DataRef; runId: string },
): Promise<DataRef[]> {
  const { resolved, chunks, runId } = options;
  const { config } = resolved;
  const { target, phrasings, surplus, shardChunks } = config.generation;
  const factsPerChunk = Math.ceil((target * (1 + surplus)) / phrasings / Math.max(1, chunks.rows));
  const starts = Array.from({ length: Math.ceil(chunks.rows / shardChunks) }, (_, i) => i * shardChunks);
  const counts = run.progress.generation;
  const judged = await run.stage(
    'generation',
    () =>
      slidingWindow({
        items: starts,
        width: SHARDS_AT_ONCE,
        run: async (from): Promise<JudgedShard> => {
          const shard = { runId, config, chunks, from, to: Math.min(chunks.rows, from + shardChunks), factsPerChunk };
          const generated = await activity.generateShard(shard);
          counts.questions += generated.generated;
          counts.chunksDone += shard.to - shard.from;
          run.show();
          const result = await activity.judgeShard({ ...shard, pairs: generated.pairs });
          counts.judged += generated.generated;
          counts.kept += result.kept;
          for (const [reason, count] of Object.entries(result.rejected))
            counts.rejected[reason] = (counts.rejected[reason] ?? 0) + count;
          run.show();
          return result;
        },
      }),
    () => `${counts.questions} questions, ${counts.kept} kept by the judges`,
  );
  return judged.map((shard) => shard.examples);
}

/** Each base that a candidate starts from, once. */
async function makeBases(
  run: RunState,
  options: { resolved: ResolvedRun; corpus: DataRef },
): Promise<Map<string, TrainedModel>> {
  const { config } = options.resolved;
  const names = [...new Set(config.candidates.map((c) => c.base))];
  return run.stage(
    'base',
    async () => {
      const made = new Map<string, TrainedModel>();
      for (const base of names)
        made.set(base, await activity.makeBase({ base, corpus: options.corpus, seed: config.seed }));
      return made;
    },
    () => names.join(', '),
  );
}

async function train(
  run: RunState,
  options: { resolved: ResolvedRun; dataset: DatasetResult; baseOf: Map<string, TrainedModel>; runId: string },
): Promise<Map<string, TrainedModel>> {
  const { resolved, dataset, baseOf, runId } = options;
  const { config } = resolved;
  return run.stage(
    'training',
    async () => {
      const trained = await Promise.all(
        config.candidates.map(async (candidate) => {
          const base = baseOf.get(candidate.base);
          if (!base) throw new Error(`no base ${candidate.base}`);
          const model = await activity.fineTune({
            key: `${runId}-${candidate.name}`,
            candidate,
            base: base.model,
            dataset,
            seed: config.seed,
            model: config.name,
            configHash: resolved.configHash,
          });
          return [candidate.name, model] as const;
        }),
      );
      return new Map(trained);
    },
    (trained) =>
      [...trained].map(([name, t]) => `${name}: ${t.steps} steps, loss ${t.finalLoss?.toFixed(3) ?? '?'}`).join('; '),
  );
}

async function evaluate(options: {
  resolved: ResolvedRun;
  dataset: DatasetResult;
  chunks: DataRef;
  baseOf: Map<string, TrainedModel>;
  trained: Map<string, TrainedModel>;
  runId: string;
}) {
  const { resolved, dataset, chunks, baseOf, trained, runId } = options;
  const { config } = resolved;
  const suites = await activity.freezeSuites({ config, dataset, chunks });
  const incumbent = await activity.findIncumbent({ model: config.name, alias: config.promote.alias });
  const base = baseOf.get(config.candidates[0]?.base ?? '');
  if (!base) throw new Error('no base was made');
  // An incumbent with the base's own weights would be answered for twice.
  const serving = incumbent && incumbent.model.sha256 !== base.model.sha256 ? incumbent : null;
  const arms: Arm[] = [
    { name: 'base', kind: 'model', model: base.model },
    ...(serving ? [{ name: 'incumbent', kind: 'model', model: serving.model } as const] : []),
    ...[...trained].map(([name, t]): Arm => ({ name, kind: 'model', model: t.model })),
    { name: 'lookup', kind: 'lookup', train: dataset.trainExamples },
  ];
  const jobs = suites.flatMap((suite) => arms.map((arm) => ({ suite, arm })));
  const answers = await slidingWindow({
    items: jobs,
    width: ANSWERS_AT_ONCE,
    run: ({ suite, arm }) => activity.answerSuite({ runId, config, suite, arm }),
  });
  const bySuite = suites.map((suite: SuiteRef) => ({
    suite,
    answers: answers.filter((_, i) => jobs[i]?.suite === suite),
  }));
  const models = Object.fromEntries(
    arms.flatMap((arm) => (arm.kind === 'model' ? [[arm.name, arm.model.sha256]] : [])),
  );
  const compared = await activity.compareArms({
    config,
    suites: bySuite,
    against: serving ? 'incumbent' : 'base',
    models,
  });
  return { compared, incumbentVersion: incumbent?.version ?? null };
}

async function startPromotion(options: {
  resolved: ResolvedRun;
  version: number;
  baseVersion: number;
  incumbentVersion: number | null;
  gate: PromoteInput['gate'];
  evidence: DataRef;
  summary: string;
  runId: string;
}): Promise<{ workflowId: string; version: number }> {
  const { resolved, version, baseVersion, incumbentVersion, gate, evidence, summary, runId } = options;
  const { name: model, promote } = resolved.config;
  const workflowId = promoteId({ model, alias: promote.alias, runId });
  const input: PromoteInput = {
    model,
    version,
    alias: promote.alias,
    incumbentVersion,
    baseVersion,
    approvals: promote.approvals,
    expiresAfterMs: promote.expiresAfterHours * 3_600_000,
    gate,
    evidence,
    summary,
    requestedBy: workflowInfo().workflowId,
  };
  await startChild(promoteModel, {
    workflowId,
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `${model} version ${version} to ${promote.alias}`,
  });
  return { workflowId, version };
}
