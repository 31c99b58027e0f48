import type { RemoteModelSpec } from '../../configs/schema.ts';

/** What a stage will ask of a model, as a range. Pure. */
export interface Range {
  low: number;
  high: number;
}

export interface StageForecast {
  stage: string;
  /** `provider/model`, or what stands in for one. */
  model: string;
  /** Calls to make; those of the ledger are not among them. */
  calls: Range;
  /** Calls that the ledger answers. */
  known: number;
  inputTokens: Range;
  outputTokens: Range;
  /** Undefined where the config states no prices. */
  usd: Range | undefined;
  seconds: Range;
}

/** Replies that must be asked for again, at most, as a share of calls. */
const ASKED_AGAIN = 0.05;
/** Milliseconds of a call, where the ledger has none to learn from. */
const UNKNOWN_LATENCY: Range = { low: 1_000, high: 10_000 };
/** How far the mean of the coming calls may lie from that of the past ones. */
const SPREAD = 0.2;

/** A stage's forecast from its calls: how many, what one sends, and what one usually brings back. */
export function forecastStage(options: {
  stage: string;
  spec: RemoteModelSpec;
  calls: Range;
  known: number;
  /** Of one call. */
  inputTokens: number;
  /** Of one call, where the ledger knows none. */
  guess: Range;
  usual: { outputTokens: number; latencyMs: number } | undefined;
}): StageForecast {
  const { stage, spec, known, inputTokens, guess, usual } = options;
  const calls = { low: options.calls.low, high: Math.ceil(options.calls.high * (1 + ASKED_AGAIN)) };
  const output = usual ? around(usual.outputTokens) : guess;
  const latency = usual ? around(usual.latencyMs) : UNKNOWN_LATENCY;
  const input = { low: calls.low * inputTokens * (1 - SPREAD), high: calls.high * inputTokens * (1 + SPREAD) };
  const out = { low: calls.low * output.low, high: calls.high * Math.min(spec.maxTokens, output.high) };
  const perMinute = spec.requestsPerMinute ?? Infinity;
  const seconds = (count: number, ms: number) =>
    Math.max((count * ms) / 1000 / spec.concurrency, (count / perMinute) * 60);
  const { prices } = spec;
  const usd = (inTokens: number, outTokens: number) =>
    prices ? (inTokens * prices.inputPerMillion + outTokens * prices.outputPerMillion) / 1e6 : 0;
  return {
    stage,
    model: `${spec.provider}/${spec.model}`,
    calls,
    known,
    inputTokens: input,
    outputTokens: out,
    usd: prices && { low: usd(input.low, out.low), high: usd(input.high, out.high) },
    seconds: { low: seconds(calls.low, latency.low), high: seconds(calls.high, latency.high) },
  };
}

const around = (mean: number): Range => ({ low: mean * (1 - SPREAD), high: mean * (1 + SPREAD) });

/**
 * The least true difference of a yes-or-no metric that a paired comparison shows with probability `power`: (z of the
 * confidence + z of the power) times the standard error, the root of `discordant / clusters` (Connor, "Sample size for testing
 * differences in proportions for the paired-sample design", Biometrics 43, 1987, for small differences).
 * @param discordant share of questions that one model answers right and the other wrong
 */
export function detectableDifference(options: {
  clusters: number;
  discordant: number;
  zConfidence: number;
  zPower: number;
}): number {
  const { clusters, discordant, zConfidence, zPower } = options;
  return Math.min(1, (zConfidence + zPower) * Math.sqrt(discordant / Math.max(1, clusters)));
}

/** 0 for no values. */
export const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
