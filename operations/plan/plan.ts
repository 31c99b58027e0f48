import { probit } from 'simple-statistics';
import { suiteName } from '../../configs/check-names.ts';
import type { RemoteModelSpec, RunConfig, StagePolicy } from '../../configs/schema.ts';
import { generationRequest } from '../../generation/request.ts';
import type { Chunk, GenerationTask } from '../../schema/data.ts';
import { sourceQuotas } from '../../generation/tasks/source-quotas.ts';
import { contextOf, subjectOf } from '../../generation/judge-pairs.ts';
import { firstTasks } from '../../generation/tasks/first-tasks.ts';
import { readImports, type PairToImport } from '../../generation/imports/read-imports.ts';
import { readPassages } from '../../documents/passages.ts';
import { writesInLines } from '../../generation/teacher-settings.ts';
import { checkSuiteFiles, readSuiteFile } from '../../evaluation/suites/file.ts';
import { createJudges } from '../../judges/index.ts';
import type { Judge, Subject } from '../../judges/types.ts';
import { mergedNote } from '../../evaluation/suites/lines.ts';
import { likelyInputTokens } from '../../providers/chat/call-cost.ts';
import { modelIdentity } from '../../providers/index.ts';
import type { PastTraining } from '../../providers/training/past-trainings.ts';
import type { Ledger } from '../../providers/ledger/ledger.ts';
import type { ChatModel, ChatRequest } from '../../contract/ports.ts';
import { needsPeoplesQuestions } from '../../registry/promotion-gate.ts';
import { roundsOf } from '../../contract/shards.ts';
import { detectableDifference, forecastStage, mean, type Range, type StageForecast } from './forecast.ts';
import { planProbes } from './probes.ts';
import { planTraining, type LocalForecast } from './plan-training.ts';
import type { Machine } from './training-rate.ts';
import { planCorrections, planEmbedding, planFacts, planPreferences, type Generated } from './further.ts';
import { pairsOf, SAMPLING, writtenByRules } from './written-by-rules.ts';

export interface Plan {
  documents: number;
  chunks: number;
  imported: number;
  /** What of the files was left out or merged, and why. */
  notes: string[];
  stages: StageForecast[];
  /** What this machine does itself, and how long that may take. */
  local: LocalForecast[];
  /** Whether passages may be asked again; what the ledger holds of that is not known. */
  mayAskAgain: boolean;
  /** What the gate can show on its suite, for shares of questions that the two models answer differently. */
  gate: {
    suite: string;
    clusters: Range;
    detectable: { discordant: number; difference: Range }[];
    /** Facts that it asks for. */
    minClusters: number;
    /** Whether it holds because no suite has people's questions. */
    lacksPeople: boolean;
  };
}

const POWER = 0.8;
const DISCORDANT = [0.1, 0.3, 0.5];
/** Of the facts asked of a passage, the share that passages surely state. */
const FEWEST_FACTS = 0.5;

/** What is still missing is asked for again, round by round, and half of it found each time: a geometric series, in first rounds. */
const furtherRounds = (config: RunConfig, missing: number): number =>
  (missing * (1 - (1 - FEWEST_FACTS) ** (roundsOf(config) - 1))) / FEWEST_FACTS;

function suiteNotes({
  suite,
  notes,
  questions,
  ...read
}: Awaited<ReturnType<typeof checkSuiteFiles>>[number]): string[] {
  const merged = mergedNote({ ...read, questions: questions.length });
  return [...notes, ...(merged ? [`${suite}: ${merged}`] : [])];
}

/** Forecasts a run from its documents and from what the ledger knows. Asks no model and needs no key. */
export async function planRun(options: {
  config: RunConfig;
  projectRoot: string;
  allowedRoots: string[];
  ledger: Ledger;
  /** Of the alias that the winner goes to. */
  policy?: StagePolicy | undefined;
  /** How fast this machine trains: what earlier trainings say, and what it has. */
  past: readonly PastTraining[];
  machine: Machine;
  /** Told of each document that was cut into passages, and in the midst of a big one. */
  onDocument?: (done: number, total: number, text: string) => void;
}): Promise<Plan> {
  const { config, ledger, policy, past, machine, onDocument, ...where } = options;
  const suites = await checkSuiteFiles({
    ...where,
    suites: config.evaluation.suites,
    sliceBy: config.evaluation.sliceBy,
  });
  const { documents, chunks, ...passages } = await readPassages({
    ...where,
    config,
    ...(onDocument && { onDocument }),
  });
  const { imports, notes } = await readImports({ ...where, config });
  const { tasks } = firstTasks({ config, chunks, imports });
  const generated = await planGeneration({ config, ledger, tasks, chunks, imports });
  const preferences = planPreferences({ config, tasks, generated });
  return {
    documents: documents.length,
    chunks: chunks.length,
    stages: [
      ...generated.stages,
      ...(await planJudging({ config, ledger, tasks, generated, imports, answers: preferences.answers })),
      ...preferences.stages,
      ...planCorrections({ config, tasks, generated }),
      ...planEmbedding({ config, generated }),
      ...planFacts({ config, suites }),
      ...(await planProbes({ config, ledger })),
    ],
    local: planTraining({ config, chunks, imports, generated, suites, past, machine }),
    mayAskAgain: generated.mayAskAgain,
    imported: imports.length,
    notes: [...passages.notes, ...notes, ...suites.flatMap(suiteNotes)],
    gate: await planGate({ config, where, tasks, imports, generated, policy }),
  };
}

async function planGeneration(options: {
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

/** Judges' calls, one stage for each judge and model. */
interface JudgeStage {
  stage: string;
  spec: RemoteModelSpec;
  requests: ChatRequest[];
  /** Of pairs still to come: calls for each, at least and at most, and tokens in. */
  perPair: Range;
  typical: number[];
}

async function planJudging(options: {
  config: RunConfig;
  ledger: Ledger;
  tasks: GenerationTask[];
  generated: Generated;
  imports: readonly PairToImport[];
  /** Answers of preference pairs, which are judged too. */
  answers: Range;
}): Promise<StageForecast[]> {
  const { config, ledger, tasks, generated, imports, answers } = options;
  const specs = new Map<ChatModel, RemoteModelSpec>();
  const judges = createJudges(config.judges, {
    chatModel: (spec) => {
      const model = modelIdentity(spec);
      specs.set(model, spec);
      return model;
    },
  });
  const subjects = [
    ...generated.pairs.map(({ pair, task }) => subjectOf(pair, contextOf(task.chunks))),
    ...imports.flatMap(({ pair, context, judge }) => (judge ? [subjectOf(pair, context)] : [])),
  ];
  const typical = tasks.slice(0, 200).map(({ chunks }): Subject => {
    const context = contextOf(chunks);
    return { question: context.slice(0, 120), answer: context.slice(0, 120), context };
  });
  const stages: StageForecast[] = [];
  for (const { stage, spec, requests, perPair, typical: tokens } of stagesOf(judges, { specs, subjects, typical })) {
    const model = modelIdentity(spec);
    const answered = (await ledger.peek(model, requests)).filter(Boolean).length;
    const left = requests.length - answered;
    const coming = { low: generated.coming.low + answers.low, high: generated.coming.high + answers.high };
    stages.push(
      forecastStage({
        stage,
        spec,
        calls: { low: left + coming.low * perPair.low, high: left + coming.high * perPair.high },
        known: answered,
        inputTokens: mean(tokens),
        guess: { low: 30, high: 120 },
        usual: await ledger.usual(model, requests[0]?.responseSchema?.name ?? 'judgement'),
      }),
    );
  }
  return stages;
}

function stagesOf(
  judges: readonly Judge[],
  input: { specs: Map<ChatModel, RemoteModelSpec>; subjects: Subject[]; typical: Subject[] },
): JudgeStage[] {
  const { specs, subjects, typical } = input;
  const stages = new Map<string, JudgeStage>();
  const callsOf = (judge: Judge, subject: Subject) =>
    (judge.applies?.(subject) ?? true) ? (judge.calls?.(subject) ?? []) : [];
  for (const judge of judges) {
    for (const subject of typical) {
      for (const [i, { model, request, sure }] of callsOf(judge, subject).entries()) {
        const key = `${judge.name} ${i}`;
        const spec = specs.get(model);
        if (!spec) continue;
        const stage = stages.get(key) ?? {
          stage: `judging by ${judge.name}`,
          spec,
          requests: [],
          perPair: { low: sure ? 1 : 0, high: 1 },
          typical: [],
        };
        stage.typical.push(likelyInputTokens(request));
        stages.set(key, stage);
      }
    }
    // What a judge may yet not ask is not counted as left to pay.
    for (const subject of subjects)
      for (const [i, { request, sure }] of callsOf(judge, subject).entries())
        if (sure) stages.get(`${judge.name} ${i}`)?.requests.push(request);
  }
  return [...stages.values()];
}

async function planGate(options: {
  config: RunConfig;
  where: { projectRoot: string; allowedRoots: string[] };
  tasks: readonly GenerationTask[];
  imports: readonly PairToImport[];
  generated: Generated;
  policy: StagePolicy | undefined;
}): Promise<Plan['gate']> {
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
  for (const { documentId, most } of sourceQuotas(config)) {
    let room = Math.min(most, left);
    const ofFile = imports.filter(({ pair }) => pair.documentId === documentId);
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
