import { baseSource } from '../../configs/base-schema.ts';
import type { CandidateOf } from '../../configs/schema.ts';
import type { PastTraining } from '../../providers/training/past-trainings.ts';
import type { Range } from './forecast.ts';

/** How many tokens a second this machine trains on: as earlier runs did here, else by an assumption. Pure. */

export interface Machine {
  cores: number;
  /** A GPU's driver is there, or may be. */
  gpu: boolean;
}

export interface Rate {
  tokensPerSecond: Range;
  /** What it rests on, for a person. */
  from: string;
}

/** The speed of a machine that does other things too changes by half from day to day. */
const MEASURED_SPREAD = 1.5;
/**
 * Floating-point operations a second of one core. Measured on two cores of an AMD EPYC, over all of a training: 23 and 35 billion
 * for tiny-llama, 25 and 37 billion for smollm2-135m. Other processors may differ as much again.
 */
const CORE_FLOPS: Range = { low: 12e9, high: 60e9 };
/** A token costs 6 operations for each parameter in training, 2 of them forward: Kaplan et al., arXiv 2001.08361, section 2.1. */
const TRAIN_OPERATIONS = 6;
const ANSWER_OPERATIONS = 2;
/** With adapters the weights' own gradients, a third of it, are not computed. */
const LORA_SHARE = 2 / 3;

/** Answering takes the forward share of training; that it goes token by token is what batches make up for. */
export const ANSWERS_PER_TRAINED = TRAIN_OPERATIONS / ANSWER_OPERATIONS;

/** Parameters of the bases that have a name. tiny-llama's vocabulary, and so its size, follows the documents. */
const PARAMETERS: Readonly<Record<string, number>> = { 'tiny-llama': 1.9e6, 'smollm2-135m': 134.5e6 };

/** Parameters of a base by its name, as in `owner/model-0.5B-instruct`; undefined where the name does not say. */
export function parametersOf(base: string): number | undefined {
  if (Object.hasOwn(PARAMETERS, base)) return PARAMETERS[base];
  if (baseSource(base)?.kind !== 'hub') return undefined;
  const [, count, unit] = /(?<![\w.])(\d+(?:\.\d+)?)([mb])(?![a-z0-9])/i.exec(base.split('/').at(-1) ?? '') ?? [];
  return count === undefined ? undefined : Number(count) * (unit?.toLowerCase() === 'b' ? 1e9 : 1e6);
}

/** The rate of a candidate's training, or why none is known. */
export function rateOf(options: {
  candidate: Pick<CandidateOf<'trl'>, 'base' | 'lora'>;
  past: readonly PastTraining[];
  machine: Machine;
}): Rate | { unknown: string } {
  const { candidate, past, machine } = options;
  const { base, lora } = candidate;
  const rates = past.filter((one) => one.base === base && one.lora === (lora !== undefined));
  if (rates.length > 0) {
    const speeds = rates.map(({ tokensPerSecond }) => tokensPerSecond);
    return {
      tokensPerSecond: { low: Math.min(...speeds) / MEASURED_SPREAD, high: Math.max(...speeds) * MEASURED_SPREAD },
      from: `as measured here in ${rates.length} earlier training${rates.length === 1 ? '' : 's'} of ${base}`,
    };
  }
  if (machine.gpu) return { unknown: `no training of ${base} has ended here yet, and a GPU may be of any speed` };
  const parameters = parametersOf(base);
  if (parameters === undefined)
    return { unknown: `no training of ${base} has ended here yet, and its size is not known` };
  const operations = TRAIN_OPERATIONS * parameters * (lora ? LORA_SHARE : 1);
  const speed = (flops: number) => (machine.cores * flops) / operations;
  return {
    tokensPerSecond: { low: speed(CORE_FLOPS.low), high: speed(CORE_FLOPS.high) },
    from: `assumed, not measured here: 6 operations a token and parameter, ${CORE_FLOPS.low / 1e9} to ${CORE_FLOPS.high / 1e9} billion a second on each of ${machine.cores} cores`,
  };
}
