import { failureLines } from '../../contract/failures.ts';
import type { RunConfig, StagePolicy } from '../../configs/schema.ts';
import { readPassages } from '../../documents/passages.ts';
import { checkSuiteFiles } from '../../evaluation/suites/file.ts';
import { checkPrompts } from '../../evaluation/suites/shown.ts';
import { mergedNote } from '../../evaluation/suites/lines.ts';
import { readImports } from '../../generation/imports/read-imports.ts';
import { firstTasks } from '../../generation/tasks/first-tasks.ts';
import type { Ledger } from '../../providers/ledger/ledger.ts';
import type { PastTraining } from '../../providers/training/past-trainings.ts';
import type { StageForecast } from './forecast.ts';
import { rulesInWords } from '../../registry/rules/words.ts';
import { planContexts, planCorrections, planEmbedding, planFacts, planPreferences } from './further.ts';
import { planChanges, type ChangesForecast, type Serves } from './plan-changes.ts';
import { planGate, type GateForecast } from './plan-gate.ts';
import { planGeneration } from './plan-generation.ts';
import { planJudging } from './plan-judging.ts';
import { planTraining, type LocalForecast } from './plan-training.ts';
import { planProbes } from './probes.ts';
import type { Machine } from './training-rate.ts';

/** What a run would do, ask and take. */
export interface RunPlan {
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
  gate: GateForecast;
  /** What the alias that the winner goes to asks of its move, a line each; undefined where it has no policy. */
  rules?: { alias: string; lines: string[] };
  /** What the documents say otherwise than those of what serves, where something does. */
  changes?: ChangesForecast;
}

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
  /** What the winner would replace, and where its passages are. */
  serves?: Serves | undefined;
  /** Told of each document that was cut into passages, and in the midst of a big one. */
  onDocument?: (done: number, total: number, text: string) => void;
}): Promise<RunPlan> {
  const { config, ledger, policy, past, machine, serves, onDocument, ...where } = options;
  const suites = await checkSuiteFiles({
    ...where,
    suites: config.evaluation.suites,
    sliceBy: config.evaluation.sliceBy,
  });
  await checkPrompts({ config, suites });
  const { documents, chunks, ...passages } = await readPassages({
    ...where,
    config,
    ...(onDocument && { onDocument }),
  });
  const { imports, notes } = await readImports({ ...where, config });
  const compared = serves && (await planChanges({ config, chunks, serves }));
  const { tasks } = firstTasks({ config, chunks, imports, ...(compared && { first: compared.first }) });
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
      ...planContexts({ config, suites }),
      ...(await planProbes({ config, ledger })),
    ],
    local: planTraining({ config, chunks, imports, generated, suites, past, machine }),
    mayAskAgain: generated.mayAskAgain,
    imported: imports.length,
    notes: [...failureLines(passages.failures), ...passages.notes, ...notes, ...suites.flatMap(suiteNotes)],
    gate: await planGate({ config, where, tasks, imports, generated, policy }),
    ...(policy && { rules: { alias: config.promote.alias, lines: rulesInWords(policy, config.promote) } }),
    ...(compared && { changes: compared.changes }),
  };
}
