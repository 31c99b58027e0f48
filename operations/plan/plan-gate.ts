import { importedFrom } from '../../schema/origin.ts';
import { probit } from 'simple-statistics';
import { suiteName } from '../../configs/check-names.ts';
import type { RunConfig, StagePolicy } from '../../configs/schema.ts';
import { roundsOf } from '../../contract/shards.ts';
import { readSuiteFile } from '../../evaluation/suites/file.ts';
import type { PairToImport } from '../../generation/imports/read-imports.ts';
import { sourceQuotas } from '../../generation/tasks/source-quotas.ts';
import { needsPeoplesQuestions } from '../../registry/promotion-gate.ts';
import type { GenerationTask } from '../../schema/data.ts';
import { detectableDifference, type Range } from './forecast.ts';
import type { Generated } from './further.ts';
import { FEWEST_FACTS } from './plan-generation.ts';
import { SAMPLING } from './written-by-rules.ts';

/** What the gate can show on its suite, for shares of questions that the two models answer differently. */
export interface GateForecast {
  suite: string;
  clusters: Range;
  detectable: { discordant: number; difference: Range }[];
  /** Facts that it asks for. */
  minClusters: number;
  /** Whether it holds because no suite has people's questions. */
  lacksPeople: boolean;
}

const POWER = 0.8;
const DISCORDANT = [0.1, 0.3, 0.5];

/** What the gate will decide on, and whether that can be enough. */
export async function planGate(options: {
  config: RunConfig;
  where: { projectRoot: string; allowedRoots: string[] };
  tasks: readonly GenerationTask[];
  imports: readonly PairToImport[];
  generated: Generated;
  policy: StagePolicy | undefined;
}): Promise<GateForecast> {
  const { config, where, tasks, imports, generated, policy } = options;
  const { suite, confidence, minClusters } = config.gate;
  const file = config.evaluation.suites.find((one) => suiteName(one) === suite) ?? suite;
  const questions = file === 'test' ? 0 : (await readSuiteFile({ ...where, suite: file })).questions.length;
  const clusters =
    file === 'test' ? heldOutFacts({ config, tasks, imports, generated }) : { low: questions, high: questions };
  const z = { zConfidence: probit(0.5 + confidence / 2), zPower: probit(POWER) };
  const detectable = DISCORDANT.map((discordant) => ({
    discordant,
    // More facts show a smaller difference.
    difference: {
      low: detectableDifference({ clusters: clusters.high, discordant, ...z }),
      high: detectableDifference({ clusters: clusters.low, discordant, ...z }),
    },
  }));
  const lacksPeople = config.evaluation.suites.every((one) => one === 'test') && needsPeoplesQuestions(config, policy);
  return { suite, clusters, detectable, minClusters, lacksPeople };
}

/** Facts with a phrasing to hold out: those asked of the teacher, fewer where passages state fewer, and imported ones with several. */
function heldOutFacts(options: {
  config: RunConfig;
  tasks: readonly GenerationTask[];
  imports: readonly PairToImport[];
  generated: Generated;
}): Range {
  const { config, tasks, imports, generated } = options;
  const { target, phrasings } = config.generation;
  let imported = 0;
  let left = target;
  for (const { file, most } of sourceQuotas(config)) {
    let room = Math.min(most, left);
    const ofFile = imports.filter(({ pair }) => importedFrom(pair) === file);
    for (const pairs of Map.groupBy(ofFile, ({ pair }) => pair.factId).values()) {
      if (pairs.length > room) break;
      room -= pairs.length;
      left -= pairs.length;
      if (pairs.length > 1) imported += 1;
    }
  }
  const room = Math.floor(left / phrasings);
  if (config.teacher.provider === 'builtin') {
    const facts = Map.groupBy(generated.pairs, ({ pair }) => pair.factId).size;
    const off = generated.share === 1 ? 0 : SAMPLING;
    const known = (most: number) => Math.min(Math.round(most / generated.share), room) + imported;
    return { low: known(facts * (1 - off)), high: known(facts * (1 + off)) };
  }
  const asked = Math.min(
    tasks.reduce((sum, task) => sum + task.facts, 0),
    room,
  );
  return { low: Math.floor(asked * (1 - (1 - FEWEST_FACTS) ** roundsOf(config))) + imported, high: asked + imported };
}
