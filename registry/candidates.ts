import { sha256Of } from '../common/hash.ts';
import type { Incumbent, RegisterInput } from '../contract/promotion-stages.ts';
import { BASE_ARM, servedKey, type ServedAs } from '../schema/evaluation.ts';
import type { ModelRef } from '../schema/model-ref.ts';
import { servedAsOf, type ModelVersion } from './schema.ts';
import type { Registry } from './store.ts';

/** What a run takes out of the registry, and what it puts in. */

/** What an alias points at, as it serves; null where it points at nothing. */
export async function incumbentOf(registry: Registry, of: { model: string; alias: string }): Promise<Incumbent | null> {
  const serving = (await registry.models()).find(({ name }) => name === of.model)?.aliases[of.alias];
  if (serving === undefined) return null;
  const found = await registry.getVersion(of.model, serving);
  const { version, ref, made } = found;
  const { chunks, documents, dataset } = made ?? {};
  return {
    version,
    model: ref,
    servedAs: servedAsOf(found),
    ...(dataset && { dataset: { uri: dataset.uri } }),
    ...(made && { made: { ...(chunks && { chunks }), ...(documents && { documents }) } }),
  };
}

/**
 * Registers a run's candidate, whatever the gate said of it, and where nothing serves its base before it: version 1 is what the first promotion can be rolled
 * back to. Asked again, it gives the same versions.
 */
export async function registerCandidate(
  registry: Registry,
  input: RegisterInput & { at: string },
): Promise<{ version: number; baseVersion: number }> {
  const { runId, config, configHash, base, candidate, dataset, chunks, documents, evidence, evaluation, gate, at } =
    input;
  const measured = evaluation.measured?.[candidate.name];
  const { incumbentVersion } = input;
  const { name, serving, candidates } = config;
  const recipe = candidates.find((one) => one.name === candidate.name);
  const common = { model: name, base: recipe?.base ?? '', at };
  const baseVersion = incumbentVersion ?? (await registerBase(registry, { ...common, ref: base, serving })).version;
  const { version } = await registry.registerVersion({
    ...common,
    ...asServed(candidate.servedAs ?? serving),
    candidate: candidate.name,
    runId,
    ref: candidate.trained.model,
    datasetVersion: dataset.version,
    evidence: { uri: evidence.uri, sha256: evidence.sha256 },
    gate,
    ...(measured && { measured }),
    made: {
      configHash,
      dataset: { uri: dataset.uri, sha256: dataset.sha256 },
      ...(chunks && { chunks }),
      ...(documents && { documents }),
      incumbentVersion,
      ...(recipe && { candidate: recipe }),
    },
  });
  return { version, baseVersion };
}

/** The untuned model that a model's first promotion can be rolled back to. */
export const registerBase = (
  registry: Pick<Registry, 'registerVersion'>,
  { serving, ...base }: { model: string; base: string; ref: ModelRef; serving: ServedAs; at: string },
): Promise<ModelVersion> =>
  registry.registerVersion({ ...base, ...asServed(serving), candidate: BASE_ARM, runId: baseRun(serving) });

/** A way to serve as a version holds it. */
export const asServed = ({ systemPrompt, temperature, maxTokens, openBook }: ServedAs) => ({
  systemPrompt,
  sampling: { temperature, maxTokens },
  ...(openBook && { openBook }),
});

/** A base belongs to no run: one version for each content, and that is its weights, and how they serve, together. */
const baseRun = (serving: ServedAs) =>
  `base/${sha256Of(serving.openBook ? servedKey(serving) : JSON.stringify(serving)).slice(0, 12)}`;
