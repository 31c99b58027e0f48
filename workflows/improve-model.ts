import { ApplicationFailure, patched, upsertSearchAttributes } from '@temporalio/workflow';
import type { TrainedModel } from '../contract/model-stages.ts';
import { beginRun } from './begin-run.ts';
import { tellEnding, type Told } from './telling/ending.ts';
import { RUN_ENDS } from './telling/run-ends.ts';
import { candidateServing, openBookOf } from '../contract/open-book/of-run.ts';
import { modelId, modelUri } from '../contract/model-ref.ts';
import type { GateDecision } from '../schema/evaluation.ts';
import { DECISION, promoteId, type ImproveEnd, type ImproveInput, type ImproveResult } from '../contract/messages.ts';
import type { EvidenceInput } from '../contract/promotion-stages.ts';
import * as activity from './proxies.ts';
import { evaluate } from './stage-evaluation.ts';
import { makeDataset, told } from './stage-dataset.ts';
import { basesComeFirst, makeBases, train } from './stage-training.ts';
import { startPromotion } from './start-promotion.ts';
import { goingOn } from './runs/going-on.ts';
import { evidencePage } from './versions/evidence-page.ts';

/**
 * One whole run: documents to gate. Ends by starting `promoteModel`, which waits for people on its own, so that a run never
 * blocks the next scheduled one.
 */
export function improveModel(input: ImproveInput): Promise<ImproveEnd> {
  return tellEnding((ending) => improve(input, ending), RUN_ENDS);
}

async function improve(input: ImproveInput, ending: Told): Promise<ImproveResult> {
  const { run, source, runId, budget, startedBy, anyway } = beginRun({ workflow: 'improveModel', input, ending });
  const going = goingOn(run, { runId, anyway });

  // The base needs the documents only: one that is made from them is made while questions are generated.
  let bases: ReturnType<typeof makeBases> | undefined;
  const { resolved, documents, dataset } = await makeDataset(run, {
    source,
    budget,
    testNeeded: true,
    ...going.hooks,
    onDocuments: async (resolvedRun, { chunks }) => {
      bases = makeBases(run, { resolved: resolvedRun, chunks });
      if (basesComeFirst(resolvedRun.config)) await bases;
      else bases.catch(() => {}); // Awaited below; a failure before that must not be an unhandled rejection.
    },
  });
  const { config } = resolved;
  const { index } = documents;
  const openBook = config.retrieval && index && openBookOf({ retrieval: config.retrieval, index });
  const baseOf = (await bases) ?? new Map<string, TrainedModel>();
  const trained = await train(run, { resolved, dataset, chunks: documents.chunks, openBook, baseOf, runId });

  const evaluated = await run.stage(
    'evaluation',
    () =>
      evaluate({
        resolved,
        dataset,
        documents,
        openBook,
        baseOf,
        trained,
        budget,
        onAnswered: (done, total) => run.answered(done, total),
      }),
    ({ compared }) => compared.evaluation.suites.map((s) => `${s.name}: ${s.questions} questions`).join(', '),
  );
  const { evaluation, evidence, table, sample } = evaluated.compared;
  run.progress.table = table;
  run.failed(evaluated.failures, config);
  const {
    others = [],
    faults,
    notChosen,
    reading,
    ...gate
  } = await run.stage(
    'gate',
    () => activity.decideGate({ config, evaluation }),
    // The reasons stand below the table, and on the run's page.
    (g) => `${g.decision} ${g.candidate}`,
  );
  upsertSearchAttributes([{ key: DECISION, value: gate.decision }]);

  const writePage = (decided: GateDecision, more: Pick<EvidenceInput, 'promotion'> = {}) =>
    evidencePage(run, {
      runId,
      config,
      suites: evaluated.suites,
      evaluation,
      evidence,
      gate: decided,
      incumbentVersion: evaluated.incumbentVersion,
      reading,
      trainSeconds: trained.get(decided.candidate)?.trainSeconds,
      datasets: { before: evaluated.incumbentDataset, after: { uri: dataset.uri } },
      ...more,
    });
  // Last the one that the gate chose: whoever asks for the evaluation gets the newest.
  for (const decided of others) await writePage(decided);
  let page = await writePage(gate);

  /** In the registry, by candidate: what the gate held can still be promoted by a person. */
  const versions = new Map<string, number>();
  const register = async (decided: GateDecision) => {
    const candidate = trained.get(decided.candidate);
    const base = baseOf.get(config.candidates.find(({ name }) => name === decided.candidate)?.base ?? '');
    if (!candidate || !base) throw ApplicationFailure.nonRetryable(`the gate decided on no candidate of this run`);
    const servedAs = candidateServing(config, decided.candidate, openBook);
    const registered = await activity.registerCandidate({
      runId,
      config,
      configHash: resolved.configHash,
      base: base.model,
      candidate: {
        name: decided.candidate,
        trained: candidate,
        ...(servedAs && { servedAs }),
      },
      dataset,
      chunks: documents.chunks,
      ...(documents.list && { documents: documents.list }),
      evaluation,
      gate: decided,
      evidence,
      incumbentVersion: evaluated.incumbentVersion,
    });
    versions.set(decided.candidate, registered.version);
    return registered;
  };

  let promotion: ImproveResult['promotion'] = null;
  if (gate.decision === 'promote') {
    promotion = await run.stage(
      'promotion',
      async () => {
        const chosen = await register(gate);
        const { incumbentVersion } = evaluated;
        const id = promoteId({ model: config.name, alias: config.promote.alias, runId });
        page = (await writePage(gate, { promotion: { id, version: chosen.version } })) ?? page;
        const summary = { summary: table, page: page && { brief: page.brief, link: page.link } };
        return startPromotion({ resolved, ...chosen, incumbentVersion, gate, evidence, ...summary, runId, startedBy });
      },
      (p) => `version ${p.version}, workflow ${p.workflowId}`,
    );
    run.progress.promotionId = promotion.workflowId;
  }
  if (patched('every-candidate-is-registered'))
    for (const decided of [gate, ...others]) if (!versions.has(decided.candidate)) await register(decided);
  if (!promotion) {
    const kept = versions.get(gate.candidate);
    run.skip('promotion', `the gate said ${gate.decision}${kept === undefined ? '' : `; kept as version ${kept}`}`);
  }
  run.show();

  return going.keep({
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
      ...told(dataset),
    },
    candidates: [...trained].map(([name, t]) => ({
      name,
      modelUri: modelUri(t.model),
      modelSha256: modelId(t.model),
      trainSeconds: t.trainSeconds,
      finalLoss: t.finalLoss,
      ...(versions.has(name) && { version: versions.get(name) }),
    })),
    evaluation,
    gate,
    ...(faults && { faults }),
    ...(notChosen && notChosen.length > 0 && { notChosen }),
    sample,
    promotion,
    ...(page && {
      evidence: { evaluation: evidence.sha256, uri: page.page.uri, sha256: page.page.sha256, link: page.link },
    }),
    ledger: await activity.countLedger({ runId }),
    seconds: run.seconds(),
    ...run.failures(),
  });
}
