import { RunError } from '../../common/errors.ts';
import type { RecordedEvaluation, RecordEvaluationInput, FoundVersion } from '../../contract/version-stages.ts';
import { BASE_ARM, ECHO_ARM, INCUMBENT_ARM, LOOKUP_ARM } from '../../schema/evaluation.ts';
import { parseModelName } from '../../schema/model-name.ts';
import { registerBase } from '../candidates.ts';
import { NotInRegistryError, servedAsOf, TakenDownError, type ModelVersion } from '../schema.ts';
import type { Registry } from '../store.ts';

/** What an evaluation of a registered version takes out of the registry, and what it puts in. */

/** Plans are looked for in so many evaluations of other versions. */
const MOST_LOOKED_AT = 5;
const ARMS = [BASE_ARM, INCUMBENT_ARM, ECHO_ARM, LOOKUP_ARM];

/** @throws RunError for a version that is not there */
export async function findVersion(registry: Registry, { name }: { name: string }): Promise<FoundVersion> {
  const found = await namedVersion(registry, name);
  const all = await registry.listVersions(found.model);
  const { model, version, candidate, ref, made } = found;
  const others = all
    .filter((other) => other.version !== version && other.evidence)
    .sort((a, b) => evaluatedAt(b).localeCompare(evaluatedAt(a)));
  const evidence = [found, ...others].flatMap((one) => (one.evidence ? [one.evidence] : []));
  const bases = all.filter((one) => one.candidate === BASE_ARM).map((one) => [one.base, one.ref] as const);
  return {
    model,
    version,
    arm: ARMS.includes(candidate) ? `v${version}` : candidate,
    ref,
    servedAs: servedAsOf(found),
    foreign: found.origin !== undefined,
    base: found.base,
    evaluations: evidence.slice(0, MOST_LOOKED_AT),
    ...(made && { dataset: made.dataset, ...(made.chunks && { chunks: made.chunks }) }),
    bases: Object.fromEntries(bases),
  };
}

const evaluatedAt = ({ evaluated, createdAt }: ModelVersion) => evaluated?.at ?? createdAt;

async function namedVersion(registry: Registry, name: string): Promise<ModelVersion> {
  try {
    const asked = parseModelName(name);
    if ('version' in asked) return await registry.getVersion(asked.model, asked.version);
    return (await registry.deployment(asked.model, asked.alias)).stable;
  } catch (error) {
    if (error instanceof NotInRegistryError || error instanceof TakenDownError)
      throw new RunError('version', `version: found '${name}': ${error.message}`, error);
    throw error;
  }
}

/** What serves now that did not when a promotion's version was evaluated; not where that is the version itself. */
export async function findStale(
  registry: Pick<Registry, 'lastMove'>,
  of: { model: string; version: number; alias: string; incumbentVersion: number | null },
): Promise<string[]> {
  const { model, version, alias, incumbentVersion } = of;
  const now = (await registry.lastMove(model, alias))?.toVersion ?? null;
  if (now === incumbentVersion || now === version) return [];
  const named = (one: number | null) => (one === null ? 'nothing' : `version ${one}`);
  return [`${alias} of ${model} serves ${named(now)}, and it was compared with ${named(incumbentVersion)}`];
}

/** Writes an evaluation down as its version's newest, and where nothing serves the base that it can be rolled back to. */
export async function recordEvaluation(
  registry: Registry,
  input: RecordEvaluationInput & { at: string },
): Promise<RecordedEvaluation> {
  const { model, version, runId, arm, configHash, evaluation, gate, against, incumbentVersion, base, servedAs, at } =
    input;
  const { measured } = input;
  const own = against.model === model;
  const baseVersion =
    (own ? incumbentVersion : null) ??
    (await registerBase(registry, { model, base: base.name, ref: base.model, serving: servedAs, at })).version;
  const { seq } = await registry.addEvaluation({
    model,
    version,
    runId,
    evidence: { uri: evaluation.uri, sha256: evaluation.sha256 },
    gate,
    made: { arm, configHash, against, incumbentVersion, baseVersion, ...(measured && { measured }) },
    at,
  });
  return { seq, baseVersion };
}
