import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { isMap, isPair, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { canonicalJson } from '../datasets/canonical-json.ts';
import { unknownName } from './unknown-name.ts';
import { RunConfigSchema, StagesSchema, type RunConfig, type Stages } from './schema.ts';

/** A config that can't be used: every problem found, each naming file, line and field, and the fix. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.length === 1 ? problems[0] : `${problems.length} problems:\n  ${problems.join('\n  ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Names that only the code knows, so that a config can be refused before anything runs. */
export interface KnownNames {
  judges: readonly string[];
  metrics: readonly string[];
  aliases: readonly string[];
}

export interface LoadedConfig {
  config: RunConfig;
  /** Hash of the whole resolved config: the same settings give the same hash, however they were written. */
  hash: string;
  /** Where it came from, for people: a file below the project, or `input`. */
  source: string;
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
  if (typeof options.config !== 'string') {
    const config = check({ schema: RunConfigSchema, value: options.config, at: (path) => `input: ${fieldName(path)}` });
    checkNames(config, known, (path) => `input: ${fieldName(path)}`);
    return { config, hash: hashOf(config), source: 'input' };
  }
  const file = await findConfig(options.config, projectRoot);
  const { value, at } = await readYaml(file, projectRoot);
  const config = check({ schema: RunConfigSchema, value, at });
  checkNames(config, known, at);
  return { config, hash: hashOf(config), source: relative(projectRoot, file) };
}

/** Loads configs/stages.yaml: the policy of each alias. @throws ConfigError */
export async function loadStages(projectRoot: string): Promise<Stages> {
  const { value, at } = await readYaml(join(projectRoot, 'configs', 'stages.yaml'), projectRoot);
  return check({ schema: StagesSchema, value, at });
}

const hashOf = (config: RunConfig) => createHash('sha256').update(canonicalJson(config)).digest('hex');

type Path = readonly PropertyKey[];
type Locate = (path: Path, key?: string) => string;

async function findConfig(name: string, projectRoot: string): Promise<string> {
  if (/\.ya?ml$/.test(name)) return isAbsolute(name) ? name : resolve(projectRoot, name);
  const folder = join(projectRoot, 'configs');
  const names = (await readdir(folder)).flatMap((f) =>
    f.endsWith('.yaml') && f !== 'stages.yaml' ? [f.slice(0, -5)] : [],
  );
  if (!names.includes(name)) throw new ConfigError([unknownName('config', name, names.sort())]);
  return join(folder, `${name}.yaml`);
}

async function readYaml(file: string, projectRoot: string): Promise<{ value: unknown; at: Locate }> {
  const shown = relative(projectRoot, file).startsWith('..') ? file : relative(projectRoot, file);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (cause as Error).message;
    throw new ConfigError([`${shown}: ${why}; give a YAML file, or the name of one below configs/`]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((e) => `${shown}:${lines.linePos(e.pos[0]).line}: not valid YAML: ${e.message}`),
    );
  }
  return {
    value: document.toJS() ?? {},
    at: (path, key) => `${shown}:${lineOf(document, lines, path, key)}: ${fieldName(key ? [...path, key] : path)}`,
  };
}

/** The line of a field, or of its nearest parent that is written in the file. */
function lineOf(document: Document, lines: LineCounter, path: Path, key?: string): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth) as (string | number)[], true);
    if (!node || typeof node !== 'object' || !('range' in node) || !node.range) continue;
    if (key && depth === path.length && isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === key);
      const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range;
      if (range) return lines.linePos(range[0]).line;
    }
    return lines.linePos((node.range as number[])[0] ?? 0).line;
  }
  return 1;
}

function fieldName(path: Path): string {
  const name = path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  );
  return name || 'the config';
}

function check<S extends z.ZodType>(options: { schema: S; value: unknown; at: Locate }): z.output<S> {
  const result = options.schema.safeParse(options.value);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.flatMap((issue) => describe(issue, options)));
}

function describe(
  issue: z.core.$ZodIssue,
  { schema, value, at }: { schema: z.ZodType; value: unknown; at: Locate },
): string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(schema, issue.path);
    return issue.keys.map((key) => `${at(issue.path, key)}: ${unknownName('field', key, known)}`);
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that got furthest is the one that was meant.
    const branch = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
    if (depthOf(branch) > 0) {
      return branch.flatMap((inner) =>
        describe({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue, { schema, value, at }),
      );
    }
  }
  const found = issue.path.reduce<unknown>((v, part) => (v as Record<PropertyKey, unknown> | undefined)?.[part], value);
  const got = found === undefined ? 'nothing' : JSON.stringify(found);
  return [`${at(issue.path)}: found ${got}; ${issue.message.replace(/^Invalid input: /, '')}`];
}

const depthOf = (issues: readonly z.core.$ZodIssue[]) =>
  Math.max(0, ...issues.map((i) => i.path.length + (i.code === 'unrecognized_keys' ? 1 : 0)));

/** The field names that a strict object at this path knows, through defaults, optionals, arrays and unions. */
function fieldsAt(schema: z.ZodType, path: Path): string[] {
  let level: z.core.$ZodType[] = [schema];
  for (const part of [...path, undefined]) {
    level = level.flatMap(unwrap);
    if (part === undefined) break;
    level = level.flatMap((s) => {
      const def = (s as z.ZodType).def as {
        shape?: Record<string, z.core.$ZodType>;
        element?: z.core.$ZodType;
        valueType?: z.core.$ZodType;
      };
      const next = typeof part === 'number' ? def.element : (def.shape?.[String(part)] ?? def.valueType);
      return next ? [next] : [];
    });
  }
  const fields = level.flatMap((s) => Object.keys(((s as z.ZodType).def as { shape?: object }).shape ?? {}));
  return [...new Set(fields)].sort();
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = (schema as z.ZodType).def as { innerType?: z.core.$ZodType; options?: z.core.$ZodType[] };
  if (def.innerType) return unwrap(def.innerType);
  if (def.options) return def.options.flatMap(unwrap);
  return [schema];
}

/** What the schema can't see: names known to the code, and fields that must agree with each other. */
function checkNames(config: RunConfig, known: KnownNames, at: Locate): void {
  const problems: string[] = [];
  const require = (ok: boolean, path: Path, message: string) => ok || problems.push(`${at(path)}: ${message}`);

  config.judges.forEach((judge, i) => {
    if (typeof judge === 'string')
      require(known.judges.includes(judge), ['judges', i], unknownName('judge', judge, known.judges));
  });
  config.evaluation.metrics.forEach((metric, i) =>
    require(known.metrics.includes(metric), ['evaluation', 'metrics', i], unknownName('metric', metric, known.metrics)),
  );
  const { metrics, suites } = config.evaluation;
  require(metrics.includes(config.gate.metric), ['gate', 'metric'], unknownName('metric', config.gate.metric, metrics));
  const suiteNames = suites.map(suiteName);
  require(suiteNames.includes(config.gate.suite), ['gate', 'suite'], unknownName(
    'suite',
    config.gate.suite,
    suiteNames,
  ));
  config.gate.guardrails.forEach((g, i) =>
    require(metrics.includes(g.metric), ['gate', 'guardrails', i, 'metric'], unknownName('metric', g.metric, metrics)),
  );
  const names = config.candidates.map((c) => c.name);
  names.forEach((name, i) => {
    require(names.indexOf(name) === i, [
      'candidates',
      i,
      'name',
    ], `'${name}' names two candidates; give each its own name`);
    require(!['base', 'incumbent', 'lookup'].includes(name), [
      'candidates',
      i,
      'name',
    ], `'${name}' is the name of an arm that every evaluation has; choose another`);
  });
  config.candidates.forEach((candidate, i) =>
    require(candidate.base === 'tiny-llama' || /^[\w.-]+\/[\w.-]+$/.test(candidate.base), [
      'candidates',
      i,
      'base',
    ], `${unknownName('base', candidate.base, ['tiny-llama'])}, or the id of a model of the hub, such as organisation/model`),
  );
  require(known.aliases.includes(config.promote.alias), [
    'promote',
    'alias',
  ], `${unknownName('alias', config.promote.alias, known.aliases)}; aliases are declared in configs/stages.yaml`);
  require(config.split.heldOutPhrasings < config.generation.phrasings, [
    'split',
    'heldOutPhrasings',
  ], `found ${config.split.heldOutPhrasings}; must be below generation.phrasings (${config.generation.phrasings}), or nothing is left to train on`);
  if (problems.length > 0) throw new ConfigError(problems);
}

/** `test`, or a suite file's name without folder and ending. */
export function suiteName(suite: string): string {
  return suite.replace(/^.*\//, '').replace(/\.jsonl$/, '');
}
