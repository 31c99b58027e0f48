import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import { RunError } from '../../common/errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { unknownName } from '../../common/unknown-name.ts';
import { isBatched, remoteModels, suiteName } from '../../configs/check-names.ts';
import { loadRunConfig } from '../../configs/load.ts';
import {
  CandidateSchema,
  isPrompt,
  isQuote,
  type CandidateConfig,
  type RunConfig,
  type Stages,
} from '../../configs/schema.ts';
import {
  EvaluationPlanSchema,
  type EvaluatedData,
  type EvaluationPlan,
  type FoundVersion,
  type PlanInput,
  type PlannedEvaluation,
} from '../../contract/version-stages.ts';
import { openDataset } from '../../datasets/assembly/build.ts';
import { EvaluationSchema } from '../../schema/evaluation.ts';
import { isWeights, modelId, type ModelRef } from '../../schema/model-ref.ts';
import { knownNames } from '../known-names.ts';
import { checkSuiteFiles } from './file.ts';
import { leaksOf } from './shown.ts';

/** How a version that is registered is evaluated: as it was, as its model's others were, or as a config says. */

export interface PlanSources {
  projectRoot: string;
  allowedRoots: readonly string[];
  artifacts: ArtifactStore;
  stages: () => Promise<Stages>;
}

/** @throws RunError, ConfigError naming the field, what was found and the fix, before anything is paid for */
export async function planEvaluation(input: PlanInput, sources: PlanSources): Promise<PlannedEvaluation> {
  const { found } = input;
  const { projectRoot, allowedRoots, artifacts, stages } = sources;
  const { aliases } = await stages();
  if (input.alias !== undefined && !Object.hasOwn(aliases, input.alias))
    throw new RunError('alias', `against: ${unknownName('alias', input.alias, Object.keys(aliases))}`);
  const earlier = await earlierPlan(found, artifacts);
  const loaded =
    input.config === undefined
      ? undefined
      : await loadRunConfig({ config: input.config, projectRoot, known: knownNames({ aliases }) });
  const from = loaded?.config ?? earlier?.plan.config;
  if (!from) {
    throw new RunError(
      'config',
      `${found.model} version ${found.version}: no evaluation of ${found.model} says how it is evaluated; name a config that does: --config NAME, in JSON "config": "quickstart"`,
    );
  }
  const { config, notes } = configOf(from, { ...input, untuned: isUntuned(found, earlier) });
  const dataset = await datasetOf(found, earlier, artifacts);
  const { suites } = config.evaluation;
  if (suites.includes('test') && !dataset) {
    throw new RunError(
      'suite',
      `suite test: it is the held-out part of a dataset, and none of ${found.model} version ${found.version} is here; name suite files: --suite FILE, in JSON "suites": ["FILE"]`,
    );
  }
  // What slices are asked for by name is asked of the config's own suites.
  const sliceBy = input.suites ? [] : config.evaluation.sliceBy;
  const read = await checkSuiteFiles({ projectRoot, allowedRoots, suites, sliceBy, at: () => 'suites' });
  const shown = { examples: found.servedAs.openBook?.examples ?? [] };
  const leaks = await leaksOf(shown, { suites: read, filters: config.filters });
  if (leaks.length > 0)
    throw new RunError('suite', `suites: ${found.model} version ${found.version}: ${leaks.join('; ')}`);
  const chunks = found.chunks ?? earlier?.plan.chunks;
  const [candidate] = config.candidates;
  const base = await stillThere(earlier?.plan.bases[candidate!.base] ?? found.bases[candidate!.base]);
  return {
    config,
    configHash: sha256Of(canonicalJson(config)),
    source: loaded?.source ?? `as ${earlier?.own ? 'it was' : 'another version was'} evaluated`,
    batched: isBatched(config),
    remoteModels: remoteModels(config).length,
    ...(dataset && { dataset }),
    ...(chunks && { chunks }),
    ...(base && { base }),
    notes,
  };
}

/** A config for this version alone, served as it serves, with the suites and the alias that were asked for. */
function configOf(
  from: RunConfig,
  { found, suites: asked, alias, untuned }: PlanInput & { untuned: boolean },
): { config: RunConfig; notes: string[] } {
  const { candidates, evaluation, gate, promote, serving } = from;
  const like =
    candidates.find(({ name }) => name === found.arm) ??
    candidates.find(({ base }) => base === found.base) ??
    candidates[0]!;
  const suites = asked ?? evaluation.suites;
  const names = suites.map(suiteName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new RunError('suite', `suites: '${twice}' names two suites; leave one out, or rename one of the files`);
  // Its documents are for its own arm: bases stand beside it without them, too.
  const { openBook: _documents, systemPrompt, ...sampled } = found.servedAs;
  // A prompt is its own as well: the base answers under that of the config.
  const asItself = { ...sampled, systemPrompt: untuned ? serving.systemPrompt : systemPrompt };
  const notes: string[] = [];
  const suite = names.includes(gate.suite) ? gate.suite : names[0]!;
  if (suite !== gate.suite)
    notes.push(`the gate decides on ${suite}: ${gate.suite}, on which the config decides, is not asked`);
  for (const { metric, suite: guarded } of gate.guardrails)
    if (guarded !== undefined && !names.includes(guarded))
      notes.push(`guardrail ${metric} on ${guarded}: that suite is not asked, so the gate can not promote`);
  const config: RunConfig = {
    ...from,
    name: found.model,
    candidates: [untuned ? promptOf(found, like.base) : candidateLike(like, found)],
    serving: { ...serving, ...asItself },
    evaluation: { ...evaluation, suites },
    gate: { ...gate, suite },
    promote: { ...promote, alias: alias ?? promote.alias },
  };
  return { config, notes };
}

/** What quotes was trained by nobody, whatever else the config has. */
function candidateLike(like: CandidateConfig, { arm, ref, base }: FoundVersion): CandidateConfig {
  // A prompt is another version's.
  if (ref.kind !== 'quote')
    return isPrompt(like) ? CandidateSchema.parse({ name: arm, base: like.base }) : { ...like, name: arm };
  return { name: arm, provider: 'quote', base: isQuote(like) ? like.base : base, sentences: ref.sentences };
}

/** Whether it is a base that answers from the documents: what makes it a version of its own is its prompt. */
function isUntuned({ ref, servedAs, bases }: FoundVersion, earlier: EarlierPlan | undefined): boolean {
  const known = [...Object.values(bases), ...Object.values(earlier?.plan.bases ?? {})];
  return servedAs.openBook !== undefined && known.some((base) => modelId(base) === modelId(ref));
}

/** The candidate that such a version would be. */
function promptOf({ model, version, arm, servedAs }: FoundVersion, base: string): CandidateConfig {
  const { systemPrompt, openBook } = servedAs;
  const examples = openBook?.examples ?? [];
  const sha256 = sha256Of(canonicalJson({ systemPrompt, examples }));
  const prompt = { file: `${model}@v${version}`, sha256, madeBy: 'registry', systemPrompt, examples, notes: [] };
  return { name: arm, provider: 'prompt', base, prompt };
}

interface EarlierPlan {
  plan: EvaluationPlan;
  /** Of this version, not of another one of its model. */
  own: boolean;
}

/** The newest evaluation that says how it was made. One whose files are gone is passed over: another may do. */
async function earlierPlan(found: FoundVersion, artifacts: ArtifactStore): Promise<EarlierPlan | undefined> {
  for (const ref of found.evaluations) {
    try {
      const { plan: place, models } = EvaluationSchema.parse(JSON.parse(await artifacts.readText(ref.uri)));
      const [plan] = place ? await artifacts.loadJsonLines(place, EvaluationPlanSchema) : [];
      if (plan) return { plan, own: Object.hasOwn(models, found.arm) && ref === found.evaluations[0] };
    } catch (error) {
      if (!(error instanceof Error && error.name === 'MissingArtifactError')) throw error;
    }
  }
  return undefined;
}

/** What it was trained on; of a version that was made elsewhere what its model's others were. Undefined where that is not here. */
async function datasetOf(
  found: FoundVersion,
  earlier: EarlierPlan | undefined,
  artifacts: ArtifactStore,
): Promise<EvaluatedData | undefined> {
  if (found.foreign || earlier?.own) return earlier?.plan.dataset;
  if (!found.dataset) return earlier?.plan.dataset;
  try {
    const { manifest } = await openDataset({ uri: found.dataset.uri, store: artifacts });
    return { test: manifest.splits.test, trainExamples: manifest.splits.train };
  } catch (error) {
    if (error instanceof Error && error.cause instanceof Error && error.cause.name === 'MissingArtifactError')
      return undefined;
    throw error;
  }
}

/** A base is kept where it can be made again, and may have been deleted there. */
async function stillThere(model: ModelRef | undefined): Promise<ModelRef | undefined> {
  if (!model || !isWeights(model) || !model.uri.startsWith('file://')) return model;
  return access(fileURLToPath(model.uri)).then(
    () => model,
    () => undefined,
  );
}
