import { ApplicationFailure, patched, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { hostedModel, modelId } from '../../contract/model-ref.ts';
import type { TrainedModel } from '../../contract/model-stages.ts';
import { DECISION } from '../../contract/messages.ts';
import {
  EVALUATE_EXAMPLE,
  EvaluateInputSchema,
  parseModelName,
  type EvaluateInput,
  type EvaluateResult,
} from '../../contract/version-messages.ts';
import type { EvidenceInput, Incumbent } from '../../contract/promotion-stages.ts';
import { renewalOf } from '../../contract/promotions/renewals.ts';
import type { FoundVersion, PlannedEvaluation } from '../../contract/version-stages.ts';
import type { RunConfig } from '../../configs/schema.ts';
import type { OpenBook } from '../../schema/retrieval.ts';
import type { ServedAs } from '../../schema/served-as.ts';
import { armsOf } from '../arms.ts';
import { beginState } from '../begin-run.ts';
import { parseInput } from '../parse-input.ts';
import * as activity from '../proxies.ts';
import type { RunState } from '../run-state.ts';
import { answerAll } from '../stage-evaluation.ts';
import { makeBases } from '../stage-training.ts';
import { tellEnding, type Told } from '../telling/ending.ts';
import { EVALUATION_ENDS } from '../telling/run-ends.ts';
import { evidencePage } from './evidence-page.ts';

/**
 * Evaluates a version that is registered: on the suites of its last evaluation or on others, against what serves now. The arms, the
 * answers, the statistics, the gate and the page are those of a run; the evidence belongs to the version, and a promotion can carry it.
 */
export function evaluateVersion(input: EvaluateInput): Promise<EvaluateResult> {
  return tellEnding((ending) => evaluate(input, ending), EVALUATION_ENDS);
}

async function evaluate(input: EvaluateInput, ending: Told): Promise<EvaluateResult> {
  const {
    version: name,
    suites: asked,
    config,
    against,
    fresh,
    renews: given,
  } = parseInput({
    schema: EvaluateInputSchema,
    input,
    workflow: 'evaluateVersion',
    example: EVALUATE_EXAMPLE,
  });
  const { run, budget, runId } = beginState({ stages: ['config', 'base', 'evaluation', 'gate'], fresh, ending });
  const renews = renewed(run, given);

  const { found, plan, compareWith } = await run.stage(
    'config',
    async () => {
      const found = await activity.findVersion({ name });
      run.setModel(found.model);
      // Who is compared is known before anything is paid for.
      const other = against === undefined ? undefined : namedAlias(against);
      const alias = other?.model === found.model ? other.alias : undefined;
      const plan = await activity.planEvaluation({ found, config, suites: asked, alias });
      const compareWith = other ?? { model: found.model, alias: plan.config.promote.alias };
      return { found, plan, compareWith };
    },
    (r) => `version ${r.found.version}, ${r.plan.source}, hash ${r.plan.configHash.slice(0, 12)}`,
  );
  budget.start(plan.config.budget);
  run.warn(plan.notes);
  const { config: planned, configHash, dataset, chunks } = plan;
  const { model, version, arm, ref, servedAs } = found;
  const baseOf = await baseFor(run, { found, plan });
  const [baseName = '', base] = [...baseOf][0] ?? [];

  const evaluated = await run.stage(
    'evaluation',
    async () => {
      const find = () => activity.findIncumbent(compareWith);
      const early = patched('corrections') ? await find() : undefined;
      // Beside itself, a version shows nothing: it stands beside its base.
      const isItself = (one: Incumbent | null) =>
        one !== null && compareWith.model === model && one.version === version;
      const suites = await budget.spend((terms) =>
        activity.freezeSuites({
          ...terms,
          config: planned,
          ...(dataset && { dataset }),
          ...(chunks && { chunks }),
          ...(found.foreign && { unmarked: true }),
          // Another model's documents are others.
          ...(early && compareWith.model === model && !isItself(early) && { since: early }),
        }),
      );
      const serves = early === undefined ? await find() : early;
      const arms = armsOf({
        config: planned,
        baseOf,
        trained: new Map([[arm, { model: ref, trainSeconds: 0, steps: 0 }]]),
        incumbent: isItself(serves) ? null : serves,
        openBook: booksOf(planned.candidates, servedAs),
        train: dataset?.trainExamples,
        all: true,
      });
      const parts = {
        configHash,
        ...(dataset && { dataset }),
        ...(chunks && { chunks }),
        bases: Object.fromEntries([...baseOf].map(([of, { model: one }]) => [of, one])),
      };
      const changes = suites.find((suite) => suite.changes)?.changes;
      const answered = await answerAll({
        config: planned,
        suites,
        arms,
        budget,
        plan: parts,
        onAnswered: (done, total) => run.answered(done, total),
        ...(changes && { changes }),
      });
      return { ...answered, suites, incumbentVersion: serves?.version ?? null, incumbentDataset: serves?.dataset };
    },
    ({ compared }) => compared.evaluation.suites.map((s) => `${s.name}: ${s.questions} questions`).join(', '),
  );
  const { evaluation, evidence, table } = evaluated.compared;
  const { suites, incumbentVersion, incumbentDataset } = evaluated;
  run.progress.table = table;
  run.failed(evaluated.failures, planned);

  const {
    others: _others,
    faults: _faults,
    notChosen: _notChosen,
    reading,
    ...gate
  } = await run.stage(
    'gate',
    () => activity.decideGate({ config: planned, evaluation }),
    (g) => g.decision,
  );
  const page = await evidencePage(run, {
    runId,
    config: planned,
    suites,
    evaluation,
    evidence,
    gate,
    incumbentVersion,
    reading,
    ...(found.dataset && { datasets: { before: incumbentDataset, after: found.dataset } }),
    ...(renews && (renews.override || gate.decision === 'promote') && { promotion: renewal(renews, version) }),
  });
  const { seq, baseVersion } = await activity.recordEvaluation({
    runId,
    model,
    version,
    arm,
    configHash,
    evaluation: evidence,
    gate,
    against: compareWith,
    incumbentVersion,
    base: { name: baseName, model: base?.model ?? ref },
    servedAs,
    ...(evaluation.measured?.[arm] && { measured: evaluation.measured[arm] }),
  });
  upsertSearchAttributes([{ key: DECISION, value: gate.decision }]);
  run.show();
  return {
    runId,
    model,
    version,
    seq,
    config: plan.source,
    configHash,
    evaluation,
    gate,
    against: compareWith,
    incumbentVersion,
    baseVersion,
    evidence: { evaluation: evidence.sha256, uri: evidence.uri, rows: evidence.rows },
    ...(page && { page: { uri: page.page.uri, sha256: page.page.sha256, link: page.link, brief: page.brief } }),
    table,
    ledger: await activity.countLedger({ runId }),
    seconds: run.seconds(),
    ...run.failures(),
  };
}

/** What its base answers from, too: without the examples where these are what the version is compared for. */
function booksOf([candidate]: RunConfig['candidates'], { openBook }: ServedAs): OpenBook | undefined {
  if (!openBook || candidate?.provider !== 'prompt') return openBook;
  const { examples: _itsOwn, ...book } = openBook;
  return book;
}

/** The promotion that started this, and no other: the Start form puts in the input of an earlier evaluation, whose promotion has its page. */
function renewed(run: RunState, given: EvaluateInput['renews']): EvaluateInput['renews'] {
  const { parent } = workflowInfo();
  if (!given || (parent && renewalOf(parent.workflowId).first === renewalOf(given.promotion).first)) return given;
  run.warn([
    `renews in its input does not count: ${given.promotion} did not start this. It is left over from an earlier evaluation; leave it out`,
  ]);
  return undefined;
}

/** The promotion that goes on with this evaluation, as its page shows it. */
const renewal = (
  { promotion: id, approvals, expiresAfterMs }: NonNullable<EvaluateInput['renews']>,
  version: number,
): EvidenceInput['promotion'] => ({ id, version, approvals, expiresAfterHours: expiresAfterMs / 3_600_000 });

/** The untuned model to compare with: as it was evaluated before or registered, else brought from where the config says that it is. */
async function baseFor(
  run: RunState,
  { found, plan }: { found: FoundVersion; plan: PlannedEvaluation },
): Promise<Map<string, TrainedModel>> {
  const { config, chunks } = plan;
  const name = config.candidates[0]?.base ?? found.base;
  const known = plan.base ?? hostedModel(name);
  if (known) {
    run.skip('base', `${name}, known as ${modelId(known).slice(0, 12)}`);
    return new Map([[name, { model: known, trainSeconds: 0, steps: 0 }]]);
  }
  const passages = chunks ?? (await activity.readDocuments({ config })).chunks;
  return makeBases(run, { resolved: plan, chunks: passages });
}

/** @throws ApplicationFailure for what is no model, or one of its versions: versions do not serve, aliases do */
function namedAlias(name: string): { model: string; alias: string } {
  const asked = parseModelName(name);
  if (!('version' in asked)) return asked;
  throw ApplicationFailure.create({
    type: 'whetstone.input',
    nonRetryable: true,
    message: `against: found '${name}', a version; expected what serves: a model or its alias, such as ${asked.model}@production`,
  });
}
