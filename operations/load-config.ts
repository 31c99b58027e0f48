import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { documentRoots } from '../configs/document-roots.ts';
import { loadRunConfig, loadStages, type LoadedConfig } from '../configs/load.ts';
import type { Paths } from '../configs/paths.ts';
import type { RunConfig } from '../configs/schema.ts';
import type { ImproveInput } from '../contract/messages.ts';
import { readPassages } from '../documents/passages.ts';
import { knownNames } from '../evaluation/known-names.ts';
import { checkSuiteFiles } from '../evaluation/suites/file.ts';

/** A config as its owner names it: a name below configs/, a YAML file, or the whole config. */
export type ConfigSource = string | Record<string, unknown>;

/** Reads and checks a config before anything is started with it. @throws ConfigError with every problem */
export async function loadConfig(options: { config: ConfigSource; paths: Paths }): Promise<LoadedConfig> {
  const { projectRoot } = options.paths;
  return loadRunConfig({ config: options.config, projectRoot, known: knownNames(await loadStages(projectRoot)) });
}

/** What a run starts with: its config as it was checked, and the input of its workflow. */
export interface PreparedRun {
  loaded: LoadedConfig;
  input: ImproveInput;
}

/**
 * Makes a config ready to start a run with.
 * @param options.fresh ask the models again for what earlier runs have paid for
 * @throws ConfigError with every problem
 */
export async function prepareRun(options: {
  config: ConfigSource;
  paths: Paths;
  fresh?: boolean;
}): Promise<PreparedRun> {
  const { config, paths, fresh = false } = options;
  const loaded = await loadConfig({ config, paths });
  return { loaded, input: { config: travelling(config, loaded.source), fresh } };
}

/**
 * Reads what a config names, where the worker will run on this machine with this environment: a path that leads nowhere is
 * refused before minutes go into starting the system. @throws DocumentError, or RunError naming the suite
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
function travelling(config: ConfigSource, source: string): ConfigSource {
  if (typeof config !== 'string') return config;
  const name = source.match(/^configs\/([\w-]+)\.yaml$/)?.[1];
  return name ?? (parse(readFileSync(config, 'utf8')) as Record<string, unknown>);
}
