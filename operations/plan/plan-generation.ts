import type { RunConfig } from '../../configs/schema.ts';
import { roundsOf } from '../../contract/shards.ts';
import type { PairToImport } from '../../generation/imports/read-imports.ts';
import { generationRequest } from '../../generation/request.ts';
import { writesInLines } from '../../generation/teacher-settings.ts';
import { likelyInputTokens } from '../../providers/chat/call-cost.ts';
import { modelIdentity } from '../../providers/index.ts';
import type { Ledger } from '../../providers/ledger/ledger.ts';
import type { Chunk, GenerationTask } from '../../schema/data.ts';
import { forecastStage, mean } from './forecast.ts';
import type { Generated } from './further.ts';
import { pairsOf, writtenByRules } from './written-by-rules.ts';

/** Of the facts asked of a passage, the share that passages surely state. */
export const FEWEST_FACTS = 0.5;

/** What is still missing is asked for again, round by round, and half of it found each time: a geometric series, in first rounds. */
const furtherRounds = (config: RunConfig, missing: number): number =>
  (missing * (1 - (1 - FEWEST_FACTS) ** (roundsOf(config) - 1))) / FEWEST_FACTS;

/** What the teacher will be asked, and the pairs that the ledger's replies hold already. */
export async function planGeneration(options: {
  config: RunConfig;
  ledger: Ledger;
  tasks: GenerationTask[];
  chunks: readonly Chunk[];
  imports: readonly PairToImport[];
}): Promise<Generated> {
  const { config, ledger, tasks } = options;
  const { teacher, generation } = config;
  const pairsAsked = (some: GenerationTask[]) => some.reduce((sum, task) => sum + task.facts * task.phrasings, 0);
  const most = pairsAsked(tasks);
  if (teacher.provider === 'builtin') {
    return { stages: [], mayAskAgain: false, ...(await writtenByRules(options)) };
  }
  const { temperature, maxTokens } = teacher;
  const requests = tasks.map((task) => generationRequest(task, generation, { temperature, maxTokens }));
  const model = modelIdentity(teacher);
  const replies = await ledger.peek(model, requests);
  const pairs = tasks.flatMap((task, i) => pairsOf(replies[i], task));
  const missing = tasks.filter((_, i) => replies[i] === undefined);
  const perFact = 15 * generation.phrasings + 100;
  // Where the ledger holds the whole first round, further ones are like it.
  const typical = missing.length > 0 ? missing : tasks;
  const facts = mean(typical.map((task) => task.facts));
  const comingMost = pairsAsked(missing);
  const found = pairs.length + comingMost * FEWEST_FACTS;
  const unfound = found >= generation.target ? 0 : Math.max(0, 1 - found / Math.max(1, most));
  const stage = forecastStage({
    stage: 'generation',
    spec: teacher,
    calls: {
      low: missing.length * callsOf(config),
      high: (missing.length + tasks.length * furtherRounds(config, unfound)) * callsOf(config, facts),
    },
    known: tasks.length - missing.length,
    inputTokens: mean(
      requests
        .filter((_, i) => missing.length === 0 || replies[i] === undefined)
        .map((request) => likelyInputTokens(request)),
    ),
    guess: { low: facts * perFact * 0.5, high: facts * perFact * 1.5 },
    usual: await ledger.usual(model, 'facts'),
  });
  // Further rounds ask for what the first one did not find, and for no more.
  const mayAskAgain = unfound > 0 && roundsOf(config) > 1;
  const high = Math.max(comingMost, mayAskAgain ? most - pairs.length : 0);
  return { stages: [stage], pairs, coming: { low: comingMost * FEWEST_FACTS, high }, share: 1, mayAskAgain };
}

/** Calls for one task: one, or in lines one for each fact and one for its wordings. */
const callsOf = (config: RunConfig, facts = 1): number =>
  writesInLines(config) ? facts * (config.generation.phrasings > 1 ? 2 : 1) : 1;
