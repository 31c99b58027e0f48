import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { parse } from 'yaml';
import { loadRunConfig, loadStages, type LoadedConfig } from '../../configs/load.ts';
import type { Paths } from '../../configs/paths.ts';
import type { RunConfig } from '../../configs/schema.ts';
import { readPassages } from '../../documents/passages.ts';
import { knownNames } from '../../activities/config.ts';
import { checkSuiteFiles } from '../../evaluation/suites/file.ts';
import { WAITING_FOR, type ImproveInput, type ImproveResult, type PromoteOutcome } from '../../contract/messages.ts';
import { closingText, runReport, type Promotion, type Serving } from './closing.ts';
import { followRun } from '../../operations/follow-run.ts';
import { documentRoots, openRegistry } from '../dependencies.ts';
import { createProgressView } from './progress-view.ts';
import { startRun } from '../../operations/start-run.ts';

/** A promotion that asks nobody is decided within seconds; one that still runs after this waits for people. */
const PROMOTION_PATIENCE_MS = 15_000;

/** What a person typed for a config: a YAML file starts where they stand, any other is a name below configs/. */
export const typedConfig = (name: string): string => (/\.ya?ml$/.test(name) ? resolve(name) : name);

/** Reads and checks a config before anything is started with it. @throws ConfigError */
export async function loadForRun(options: {
  config: string | Record<string, unknown>;
  paths: Paths;
}): Promise<LoadedConfig> {
  const { projectRoot } = options.paths;
  return loadRunConfig({ config: options.config, projectRoot, known: knownNames(await loadStages(projectRoot)) });
}

/**
 * Reads what a config names, where the worker will run on this machine with this environment: a path that leads nowhere is
 * refused before minutes go into starting the system. @throws DocumentError, or Error naming the suite
 */
export async function checkSources(options: {
  config: RunConfig;
  paths: Paths;
  env: NodeJS.ProcessEnv;
}): Promise<void> {
  const { config, paths, env } = options;
  const where = { projectRoot: paths.projectRoot, allowedRoots: documentRoots(env, paths) };
  await readPassages({ ...where, config });
  await checkSuiteFiles({ ...where, suites: config.evaluation.suites, sliceBy: config.evaluation.sliceBy });
}

/** A config below configs/ goes by its name; any other travels whole, for a worker elsewhere may not see the file. */
export function inputOf(config: string, source: string): string | Record<string, unknown> {
  const name = source.match(/^configs\/([\w-]+)\.yaml$/)?.[1];
  return name ?? (parse(readFileSync(config, 'utf8')) as Record<string, unknown>);
}

/** Runs a config to the end: progress, closing table, and the JSON report where one is asked for. */
export async function runAndReport(options: {
  client: Client;
  loaded: LoadedConfig;
  input: ImproveInput;
  paths: Paths;
  reportFile?: string;
  say: (message: string) => void;
}): Promise<ImproveResult> {
  const { client, loaded, input, paths, reportFile, say } = options;
  const started = await startRun({ client, workflow: 'improveModel', loaded, input });
  say(started.joined ? `Going on with run ${started.workflowId}, which was open` : `Run ${started.workflowId}`);
  const view = createProgressView(process.stdout);
  const result = await followRun({ client, workflowId: started.workflowId, runId: started.runId, view });
  const promotion = await awaitPromotion(client, result);
  const serving = await whatServes({ paths, model: loaded.config.name, alias: loaded.config.promote.alias });
  // Of a run that was joined, too: its stages are counted from its start.
  const { startTime } = await client.workflow.getHandle(started.workflowId, started.runId).describe();
  const totalSeconds = (Date.now() - startTime.getTime()) / 1000;
  say(closingText({ result, promotion, serving, totalSeconds, width: process.stdout.columns }));
  if (reportFile) {
    writeWhole(reportFile, `${JSON.stringify(runReport({ result, promotion, serving, totalSeconds }), null, 2)}\n`);
    say(`Report written to ${reportFile}`);
  }
  return result;
}

async function awaitPromotion(client: Client, { promotion }: ImproveResult): Promise<Promotion> {
  if (!promotion) return null;
  const handle = client.workflow.getHandle(promotion.workflowId);
  const waiting: Promotion = { status: 'waiting', ...promotion };
  const deadline = Date.now() + PROMOTION_PATIENCE_MS;
  while (Date.now() < deadline) {
    const { status, typedSearchAttributes } = await handle.describe();
    if (status.name !== 'RUNNING') return (await handle.result()) as PromoteOutcome;
    if (typedSearchAttributes.get(WAITING_FOR)) return waiting;
    await sleep(250);
  }
  return waiting;
}

async function whatServes(options: { paths: Paths; model: string; alias: string }): Promise<Serving> {
  const { paths, model, alias } = options;
  const { registry, close } = await openRegistry(paths);
  try {
    const found = (await registry.models()).find(({ name }) => name === model);
    return { model, alias, version: found?.aliases[alias] ?? null };
  } finally {
    await close();
  }
}

/** A reader never sees half a report. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}
