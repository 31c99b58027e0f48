import { durationMs, type StagePolicy } from '../../configs/schema.ts';
import type { Measured } from '../../schema/evaluation.ts';
import type { ModelRef } from '../../schema/model-ref.ts';
import type { AskedOfRun, ModelVersion } from '../schema.ts';
import type { Lack } from './lack.ts';

/** What a policy asks of a version that no approval can give it: how old its evidence is, how fast it answers, what that costs, and where. Pure. */

type Constraints = NonNullable<StagePolicy['constraints']>;

export interface MeasuredRules {
  version: Pick<ModelVersion, 'model' | 'version' | 'ref' | 'createdAt' | 'measured' | 'evaluated'>;
  policy: Pick<StagePolicy, 'maxAge' | 'constraints'>;
  /** What its run asks beside the policy. */
  asks?: AskedOfRun | undefined;
  /** ISO 8601. */
  now: string;
}

/** What does not hold; empty where all does. */
export function measuredLacks({ version, policy, asks = {}, now }: MeasuredRules): Lack[] {
  const { constraints = {} } = policy;
  const limits = {
    ...constraints,
    p95LatencyMs: smaller(constraints.p95LatencyMs, asks.p95LatencyMs),
    usdPer1000Answers: smaller(constraints.usdPer1000Answers, asks.usdPer1000Answers),
  };
  return [
    ageLack({ version, maxAge: shorter(policy.maxAge, asks.maxAge), now }),
    latencyLack(version, limits),
    costLack(version, limits),
    regionLack(version.ref, limits),
  ].filter((lack) => lack !== undefined);
}

const smaller = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
const shorter = (one: string | undefined, other: string | undefined) =>
  one === undefined || other === undefined ? (one ?? other) : durationMs(one) < durationMs(other) ? one : other;

const again = ({ model, version }: Pick<ModelVersion, 'model' | 'version'>) =>
  `evaluate it anew: npx whetstone evaluate ${model}@v${version}`;

/** A version is registered when its first evaluation is done. */
function ageLack(options: {
  version: MeasuredRules['version'];
  maxAge: string | undefined;
  now: string;
}): Lack | undefined {
  const { version, maxAge, now } = options;
  if (maxAge === undefined) return undefined;
  const evaluatedAt = version.evaluated?.at ?? version.createdAt;
  const ageMs = Date.parse(now) - Date.parse(evaluatedAt);
  if (ageMs <= durationMs(maxAge)) return undefined;
  const hours = ageMs / 3_600_000;
  const age = hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
  return {
    rule: 'maxAge',
    found: `an evaluation of ${evaluatedAt}, ${age} old`,
    expected: `${maxAge} at most`,
    fix: again(version),
  };
}

function latencyLack(version: MeasuredRules['version'], { p95LatencyMs }: Constraints): Lack | undefined {
  if (p95LatencyMs === undefined) return undefined;
  const rule = 'constraints.p95LatencyMs';
  const expected = `${p95LatencyMs} ms at most for 95 of 100 answers`;
  const { measured } = version;
  if (!measured) return { rule, found: 'no latency in its evaluation', expected, fix: again(version) };
  if (measured.p95LatencyMs <= p95LatencyMs) return undefined;
  const fix =
    'shorten its answers (serving.maxTokens), train a smaller base or serve on a faster machine, and run its config again';
  return { rule, found: `${Math.ceil(measured.p95LatencyMs)} ms`, expected, fix };
}

function costLack(version: MeasuredRules['version'], constraints: Constraints): Lack | undefined {
  const { ref, measured } = version;
  const { usdPer1000Answers: most } = constraints;
  if (most === undefined) return undefined;
  const rule = 'constraints.usdPer1000Answers';
  const expected = `${most} USD at most`;
  const unknown = (found: string, fix: string): Lack => ({ rule, found, expected, fix });
  if (!measured) return unknown('no measured answers in its evaluation', again(version));
  const usd =
    ref.kind === 'hosted' ? hostedUsd(measured, constraints.providers?.[ref.provider]) : ownUsd(measured, constraints);
  if (usd === undefined)
    return ref.kind === 'hosted'
      ? unknown(
          measured.inputTokens === undefined ? 'no count of its tokens' : `no prices of provider '${ref.provider}'`,
          measured.inputTokens === undefined
            ? again(version)
            : `declare them in configs/stages.yaml: constraints.providers.${ref.provider}.prices`,
        )
      : unknown('no price of the machine', 'declare it in configs/stages.yaml: constraints.machineUsdPerHour');
  if (usd <= most) return undefined;
  const fix = 'shorten its answers (serving.maxTokens), or choose a smaller or cheaper model, and run its config again';
  return { rule, found: `${usd.toFixed(2)} USD for 1,000 answers`, expected, fix };
}

function hostedUsd(
  { inputTokens, outputTokens }: Measured,
  provider: NonNullable<Constraints['providers']>[string] | undefined,
): number | undefined {
  const prices = provider?.prices;
  if (!prices || inputTokens === undefined || outputTokens === undefined) return undefined;
  // Mean tokens of an answer, times 1,000 answers, at a price for a million.
  return (inputTokens * prices.inputPerMillion + outputTokens * prices.outputPerMillion) / 1000;
}

const ownUsd = ({ meanLatencyMs }: Measured, { machineUsdPerHour }: Constraints): number | undefined =>
  machineUsdPerHour && (meanLatencyMs / 3_600) * machineUsdPerHour;

function regionLack(ref: ModelRef, { regions, providers }: Constraints): Lack | undefined {
  if (!regions || ref.kind !== 'hosted') return undefined;
  const region = providers?.[ref.provider]?.region;
  if (region !== undefined && regions.includes(region)) return undefined;
  const rule = 'constraints.regions';
  const expected = `one of ${regions.join(', ')}`;
  return region === undefined
    ? {
        rule,
        found: `provider '${ref.provider}', of an unknown region`,
        expected,
        fix: `declare it in configs/stages.yaml: constraints.providers.${ref.provider}.region`,
      }
    : { rule, found: `provider '${ref.provider}' in ${region}`, expected, fix: 'promote a version that answers there' };
}
