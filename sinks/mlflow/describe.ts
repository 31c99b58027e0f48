import type { ArtifactRef, ModelVersion, VersionEvaluation } from '../../registry/schema.ts';
import {
  BASE_ARM,
  BASE_OPEN_ARM,
  ECHO_ARM,
  EXTRACT_ARM,
  INCUMBENT_ARM,
  LOOKUP_ARM,
  referenceArmOf,
  type Evaluation,
  type GateDecision,
} from '../../schema/evaluation.ts';
import { modelId, modelUri } from '../../schema/model-ref.ts';
import { pageLink } from '../../evidence/link.ts';
import type { Metric, Tag } from './client.ts';

/** A version in MLflow's words. Pure: said again, it is the same. */

/** MLflow takes 6,000 characters of a parameter's value, and older servers 500. */
const LONGEST_PARAM = 500;
const LONGEST_TAG = 5_000;

export const VERSION_TAG = 'whetstone.version';
/** What a run is of: a version, and which of its evaluations. */
export const EVALUATION_TAG = 'whetstone.evaluation';
export const MODEL_TAG = 'whetstone.model';

/** One evaluation of a version: that which it was registered with is its first, 0. */
export interface Judged {
  seq: number;
  evidence: ArtifactRef;
  /** What the version's answers go by in it. */
  arm: string;
  gate: GateDecision | undefined;
  runId: string;
  configHash: string | undefined;
  incumbentVersion: number | null | undefined;
  /** ISO 8601. */
  at: string;
}

/** What a version was registered with; undefined where it was not evaluated then. */
export function registeredWith(version: ModelVersion): Judged | undefined {
  const { candidate: arm, runId, createdAt: at, made, evaluated } = version;
  const { evidence, gate } = evaluated?.first ?? version;
  return (
    evidence && {
      seq: 0,
      evidence,
      arm,
      gate,
      runId,
      configHash: made?.configHash,
      incumbentVersion: made?.incumbentVersion,
      at,
    }
  );
}

/** An evaluation that followed later. */
export function evaluatedLater({ seq, evidence, gate, runId, made, at }: VersionEvaluation): Judged {
  const { arm, configHash, incumbentVersion } = made;
  return { seq, evidence, arm, gate, runId, configHash, incumbentVersion, at };
}

/** What made a version and its evaluation, as parameters of a run. */
export function paramsOf(version: ModelVersion, judged: Judged): Tag[] {
  const { candidate, base, ref, sampling, datasetVersion, made } = version;
  const found: [string, unknown][] = [
    ['candidate', candidate],
    ['base', base],
    ['whetstone_run', judged.runId],
    ['config_hash', judged.configHash],
    ['dataset_version', datasetVersion],
    ['dataset_sha256', made?.dataset.sha256],
    ['weights', modelId(ref)],
    ['incumbent_version', judged.incumbentVersion],
    ['temperature', sampling.temperature],
    ['max_tokens', sampling.maxTokens],
    ['gate', judged.gate?.decision],
    ...flat('recipe', made?.candidate),
  ];
  return found.flatMap(([key, value]) =>
    value === undefined || value === null
      ? []
      : [{ key: nameOf(key), value: cut(typeof value === 'string' ? value : JSON.stringify(value), LONGEST_PARAM) }],
  );
}

/** `{lora: {rank: 16}}` as `recipe.lora.rank`. */
function flat(prefix: string, value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[prefix, value]];
  if (Array.isArray(value)) return [[prefix, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, inner]) => flat(`${prefix}.${name}`, inner));
}

/** The arms whose scores stand beside a candidate's. */
const ARMS = [INCUMBENT_ARM, BASE_ARM, BASE_OPEN_ARM, ECHO_ARM, LOOKUP_ARM, EXTRACT_ARM];

/**
 * What a candidate scored: for each suite and metric its mean, those of what stands beside it, and the difference to what it is compared with,
 * with its interval. All at the time of the evaluation: the same metric at the same time is one.
 */
export function metricsOf(evaluation: Evaluation, { arm: candidate, at }: Pick<Judged, 'arm' | 'at'>): Metric[] {
  const against = referenceArmOf(evaluation, candidate);
  const timestamp = millisecondsOf(at);
  const found = new Map<string, number>();
  for (const { name, questions, comparisons } of evaluation.suites) {
    found.set(`${name}/questions`, questions);
    for (const comparison of comparisons) {
      if (comparison.candidate !== candidate || comparison.against !== against) continue;
      const { metric, means, difference, low, high } = comparison;
      const put = (what: string, value: number | undefined) => {
        if (value !== undefined && Number.isFinite(value)) found.set(`${name}/${metric}/${what}`, value);
      };
      put('candidate', means[candidate]);
      for (const arm of ARMS) put(arm, means[arm]);
      put('difference', difference);
      put('difference_low', low);
      put('difference_high', high);
    }
  }
  return [...found].map(([key, value]) => ({ key: nameOf(key), value, timestamp, step: 0 }));
}

/**
 * Where MLflow is told that the weights are. It takes no path of another machine, so what only a machine has is named by what it is.
 */
export function sourceOf({ model, version, ref }: Pick<ModelVersion, 'model' | 'version' | 'ref'>): string {
  const uri = modelUri(ref);
  return /^(?:s3|https?|hosted):\/\//.test(uri) ? uri : `whetstone://${model}/versions/${version}`;
}

/** What leads back from MLflow to the registry. */
export function tagsOf(version: ModelVersion): Tag[] {
  const { model, version: number, candidate } = version;
  const found: [string, string][] = [
    [MODEL_TAG, model],
    [VERSION_TAG, String(number)],
    ['whetstone.candidate', candidate],
    ['whetstone.weights', sourceOf(version)],
  ];
  return found.map(([key, value]) => tagOf(key, value));
}

/** What leads to the evidence. */
export const evidenceTags = ({ evidence }: Judged, gateway: string | undefined): Tag[] => [
  tagOf('whetstone.evidence_sha256', evidence.sha256),
  tagOf('whetstone.evidence', pageLink(evidence.sha256, gateway)),
];

export const tagOf = (key: string, value: string): Tag => ({ key, value: cut(value, LONGEST_TAG) });

export const millisecondsOf = (at: string): number => {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? 0 : ms;
};

/** Letters, digits and a few signs are what MLflow takes in a name. */
const nameOf = (text: string): string => cut(text.replace(/[^\w\-. :/]/g, '_'), 250);

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 3)}...`);
