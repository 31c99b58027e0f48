import { defineQuery, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import {
  DECISION,
  IMPROVE_EXAMPLE,
  ImproveInputSchema,
  type ImproveInput,
  type ImproveResult,
  type RunProgress,
} from './messages.ts';
import { parseInput } from './parse-input.ts';
import * as activity from './proxies.ts';
import { RunBudget } from './run-budget.ts';
import { RunState } from './run-state.ts';
import { evaluate } from './stage-evaluation.ts';
import { generate } from './stage-generation.ts';
import { makeBases, train } from './stage-training.ts';
import { startPromotion } from './start-promotion.ts';

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
  const { config: source, fresh } = parseInput({
    schema: ImproveInputSchema,
    input,
    workflow: 'improveModel',
    example: IMPROVE_EXAMPLE,
  });
  const runId = workflowInfo().firstExecutionRunId;
  const budget = new RunBudget(run, { runId, fresh });
  run.show();

  const resolved = await run.stage(
    'config',
    () => activity.resolveConfig({ config: source }),
    (r) => `${r.source}, hash ${r.configHash.slice(0, 12)}`,
  );
  const { config } = resolved;
  run.setModel(config.name);
  budget.start(config.budget);

  const documents = await run.stage(
    'documents',
    () => activity.readDocuments({ config }),
    (r) => `${r.documents} documents, ${r.chunks.rows} chunks`,
  );
  run.progress.generation.chunks = documents.chunks.rows;

  // The base needs the documents only: it is made while questions are generated.
  const bases = makeBases(run, { resolved, corpus: documents.corpus });
  bases.catch(() => {}); // Awaited below; a failure before that must not be an unhandled rejection.
  const shards = await generate(run, { resolved, chunks: documents.chunks, budget });
  const dataset = await run.stage(
    'dataset',
    () => activity.assembleDataset({ config, configHash: resolved.configHash, documents, shards }),
    (d) => `version ${d.version}: ${d.generated} generated, ${d.kept} kept`,
  );
  const baseOf = await bases;
  const trained = await train(run, { resolved, dataset, baseOf, runId });

  const evaluated = await run.stage(
    'evaluation',
    () => evaluate({ resolved, dataset, chunks: documents.chunks, baseOf, trained, budget }),
    ({ compared }) => compared.evaluation.suites.map((s) => `${s.name}: ${s.questions} questions`).join(', '),
  );
  const { evaluation, evidence, table, sample } = evaluated.compared;
  run.progress.table = table;
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
