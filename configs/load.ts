import { sha256Of } from '../common/hash.ts';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { canonicalJson } from '../common/canonical-json.ts';
import { check, ConfigError, fieldName, type Locate } from '../common/config-errors.ts';
import { checkForm, checkNames } from './check-config.ts';
import type { KnownNames } from './check-names.ts';
import {
  HostedSchema,
  KeysSchema,
  StagesSchema,
  type HostedProviders,
  type KeyPolicy,
  type RunConfig,
  type Stages,
} from './schema.ts';
import { SourcesSchema, type SourcePolicy } from './sources-schema.ts';
import { readPromptFiles } from './prompts/prompt-files.ts';
import { readRubricFiles } from './rubric-files.ts';
import { unknownName } from '../common/unknown-name.ts';
import { readYaml } from '../common/yaml-file.ts';

/** Files of configs/ that are the operator's policies, not runs. */
const POLICIES = ['stages.yaml', 'keys.yaml', 'hosted.yaml', 'webhooks.yaml', 'sources.yaml'];

export interface LoadedConfig {
  config: RunConfig;
  /** Hash of the whole resolved config: the same settings give the same hash, however they were written. */
  hash: string;
  /** Where it came from, for people: a file below the project, or `input`. */
  source: string;
  /** Where a field stands, for what is found wrong later. */
  at: Locate;
}

/**
 * Loads a run config from a name below configs/, a YAML file, or an object.
 * @throws ConfigError with every problem found
 */
export async function loadRunConfig(options: {
  config: string | Record<string, unknown>;
  projectRoot: string;
  known: KnownNames;
}): Promise<LoadedConfig> {
  const { projectRoot, known } = options;
  const { value, at, source } = await read(options.config, projectRoot);
  const rubrics = await readRubricFiles({ config: checkForm({ value, known, at }), projectRoot, at });
  const config = await readPromptFiles({ config: rubrics, projectRoot, at });
  checkNames({ config, known, at });
  return { config, hash: sha256Of(canonicalJson(config)), source, at };
}

/** Loads configs/stages.yaml: the policy of each alias. @throws ConfigError */
export async function loadStages(projectRoot: string): Promise<Stages> {
  const { value, at } = await readYaml(join(projectRoot, 'configs', 'stages.yaml'), projectRoot);
  return check({ schema: StagesSchema, value, at });
}

/** Loads configs/keys.yaml: which servers each key may be sent to. @throws ConfigError */
export async function loadKeyPolicy(projectRoot: string): Promise<KeyPolicy> {
  const { value, at } = await readYaml(join(projectRoot, 'configs', 'keys.yaml'), projectRoot);
  return check({ schema: KeysSchema, value, at }).keys;
}

/** Loads configs/sources.yaml: what runs may fetch documents from. Without the file, nothing. @throws ConfigError */
export async function loadSources(projectRoot: string): Promise<SourcePolicy> {
  const file = join(projectRoot, 'configs', 'sources.yaml');
  if (!existsSync(file)) return { allowed: [] };
  const { value, at } = await readYaml(file, projectRoot);
  return check({ schema: SourcesSchema, value, at });
}

/** Loads configs/hosted.yaml: who answers for models that we have no weights of. Without the file nobody does. @throws ConfigError */
export async function loadHosted(projectRoot: string): Promise<HostedProviders> {
  const file = join(projectRoot, 'configs', 'hosted.yaml');
  if (!existsSync(file)) return {};
  const { value, at } = await readYaml(file, projectRoot);
  return check({ schema: HostedSchema, value, at }).providers;
}

async function read(
  config: string | Record<string, unknown>,
  projectRoot: string,
): Promise<{ value: unknown; at: Locate; source: string }> {
  if (typeof config !== 'string') {
    const at: Locate = (path, key) => `input: ${fieldName(key ? [...path, key] : path)}`;
    return { value: config, at, source: 'input' };
  }
  const file = await findConfig(config, projectRoot);
  return { ...(await readYaml(file, projectRoot)), source: relative(projectRoot, file) };
}

async function findConfig(name: string, projectRoot: string): Promise<string> {
  if (/\.ya?ml$/.test(name)) return isAbsolute(name) ? name : resolve(projectRoot, name);
  const folder = join(projectRoot, 'configs');
  const names = (await readdir(folder)).flatMap((f) =>
    f.endsWith('.yaml') && !POLICIES.includes(f) ? [f.slice(0, -5)] : [],
  );
  if (!names.includes(name)) throw new ConfigError([unknownName('config', name, names.sort())]);
  return join(folder, `${name}.yaml`);
}
