import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { documentRoots } from '../configs/document-roots.ts';
import { loadRunConfig, loadStages, type LoadedConfig } from '../configs/load.ts';
import { ConfigError } from '../common/config-errors.ts';
import { DocumentError, RunError } from '../common/errors.ts';
import type { Paths } from '../configs/paths.ts';
import type { ImproveInput } from '../contract/messages.ts';
import { readPassages } from '../documents/passages.ts';
import { knownNames } from '../evaluation/known-names.ts';
import { checkSuiteFiles } from '../evaluation/suites/file.ts';
import { checkPrompts } from '../evaluation/suites/shown.ts';

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
 * @param options.startedBy who can't approve its promotion where four eyes are asked: a claim
 * @throws ConfigError with every problem
 */
export async function prepareRun(options: {
  config: ConfigSource;
  paths: Paths;
  fresh?: boolean;
  startedBy?: ImproveInput['startedBy'];
}): Promise<PreparedRun> {
  const { config, paths, fresh = false, startedBy } = options;
  const loaded = await loadConfig({ config, paths });
  return { loaded, input: { config: travelling(config, loaded.source), fresh, ...(startedBy && { startedBy }) } };
}

/**
 * Reads what a config names, where the worker will run on this machine with this environment: a path that leads nowhere is
 * refused before minutes go into starting the system.
 * @throws ConfigError with everything that is wrong with the documents and with the suites, and the fields that name them
 */
export async function checkSources(options: {
  loaded: Pick<LoadedConfig, 'config' | 'at'>;
  paths: Paths;
  env: NodeJS.ProcessEnv;
}): Promise<void> {
  const { loaded, paths, env } = options;
  const { config, at } = loaded;
  const where = { projectRoot: paths.projectRoot, allowedRoots: documentRoots(env, paths) };
  const { suites, sliceBy } = config.evaluation;
  const problems = [
    await problemOf(readPassages({ ...where, config })),
    await problemOf(
      checkSuiteFiles({ ...where, suites, sliceBy, at }).then((read) => checkPrompts({ config, suites: read, at })),
    ),
  ].flatMap((error) => {
    if (error === undefined) return [];
    return error instanceof DocumentError ? `${at(['documents'])}: ${error.message}` : error.message;
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** What a person must change, where that is why something failed. */
async function problemOf(work: Promise<unknown>): Promise<DocumentError | RunError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof DocumentError || error instanceof RunError) return error;
    throw error;
  }
}

/** A config below configs/ goes by its name; any other travels whole, for a worker elsewhere may not see the file. */
function travelling(config: ConfigSource, source: string): ConfigSource {
  if (typeof config !== 'string') return config;
  const name = source.match(/^configs\/([\w-]+)\.yaml$/)?.[1];
  return name ?? (parse(readFileSync(config, 'utf8')) as Record<string, unknown>);
}
