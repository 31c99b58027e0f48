import { posix } from 'node:path';

/** Who may import whom: the house rules of this repository, as data, and the checker that reads them. Pure. */

export interface Import {
  specifier: string;
  /** `import type` and `export type ... from` leave nothing behind when the types are stripped. */
  typeOnly: boolean;
}

export interface SourceFile {
  /** Relative to the project's root. */
  path: string;
  text: string;
}

export interface Exception {
  /** A file, or a folder that ends in a slash. */
  from: string;
  to: string;
  reason: string;
}

/** Files by these names import zod, `@temporalio/common` and other leaves only, so everybody may import them. */
const LEAF_NAMES = ['schema.ts', 'types.ts', 'messages.ts'];
const LEAF_PACKAGES = ['zod', '@temporalio/common'];

/** Rules without I/O that stand beside the types and are shared like them. */
export const PURE_RULES: Readonly<Record<string, string>> = {
  'common/config-errors.ts': 'one wording of what is wrong with a field, for configs, imports and labels',
  'configs/base-schema.ts': 'the part of configs/schema.ts that names base models',
  'configs/evaluation-schema.ts': 'the part of configs/schema.ts on evaluation and gate',
  'common/field-schema.ts': 'what a schema expects, in words, for common/config-errors.ts',
  'configs/filter-schema.ts': 'the part of configs/schema.ts that says what is kept out of a dataset',
  'configs/generation-schema.ts': 'the part of configs/schema.ts on questions and splits',
  'configs/import-schema.ts': 'the part of configs/schema.ts that names files of pairs',
  'configs/judge-schema.ts': 'the part of configs/schema.ts that names judges',
  'configs/model-schema.ts': 'the part of configs/schema.ts that names models',
  'configs/recipe-schema.ts': 'the part of configs/schema.ts on what is trained on',
  'configs/preference-schema.ts': 'the part of configs/schema.ts that asks for preference pairs',
  'common/unknown-name.ts': 'one wording of "did you mean" for configs, judges and rubrics',
  'common/canonical-json.ts': 'what every content hash is taken over',
  'common/decode-text.ts': 'one check of encodings for all that people write',
  'language/echo.ts': 'what a question itself says, for the judge of give-aways and the arm that echoes',
  'documents/markdown.ts': 'one reading of blocks, for chunks and for units',
  'language/sentence-ends.ts': 'where sentences of a passage end, abbreviations and asides known',
  'common/shortened.ts': 'one way to show what is too long, for messages of all parts',
  'language/text.ts': 'one way to count tokens and split sentences',
  'documents/units.ts': 'what a passage states, for teacher, judges and accounting',
  'language/analysis.ts': 'content words, quantities and negations, for judges and suites',
  'language/numbers.ts': 'numbers with their units, for language/analysis.ts',
  'language/stem.ts': 'one stemming of words',
  'language/measures.ts': 'the units of language/numbers.ts',
  'language/words-of-english.ts': 'which words carry a meaning',
  'replies/ask-structured.ts': 'one way to ask a model again, for generation and for judges',
  'replies/relaxed-json.ts': 'one way to read JSON as models write it',
  'replies/reply-cause.ts': 'one naming of why a reply can not be used, for generation and for judges',
  'replies/reply-json.ts': 'one way to read a reply, for generation and for judges',
  'replies/thoughts.ts': 'one way to cut what a model thought, for all who read replies',
  'registry/gate-checks.ts': 'the checks of registry/promotion-gate.ts',
  'registry/gate-figures.ts': 'the figures that registry/promotion-gate.ts reads',
  'contract/failures.ts':
    'what counts as a failure, and when too many failed, for activities, workflows and the terminal',
  'registry/promotion-gate.ts': 'the gate, which an activity runs',
};

/** Which other folders' insides a folder may import; leaves and its own files it always may. `*`: all. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  configs: [],
  datasets: [],
  providers: [],
  evaluation: [],
  registry: [],
  sql: [],
  judges: [],
  activities: ['datasets', 'providers', 'evaluation', 'registry', 'judges'],
  workflows: [],
  serving: ['registry', 'providers'],
  worker: ['*'],
  bench: ['*'],
  test: ['*'],
};

/** Nobody but each other imports these. */
const ROOTS = ['worker', 'bench', 'test'];

/** Who talks to what is outside: besides worker and bench, only these folders load these packages. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@temporalio/activity': ['activities'],
  '@temporalio/client': ['worker'],
  '@temporalio/envconfig': ['worker'],
  '@temporalio/testing': ['worker'],
  '@temporalio/worker': ['worker'],
  '@temporalio/workflow': ['workflows'],
  '@huggingface/hub': ['providers'],
  '@huggingface/inference': ['providers'],
  openai: ['providers'],
  compromise: ['providers'],
  'libphonenumber-js': ['datasets'],
  validator: ['datasets'],
  'csv-parse': ['datasets'],
  'parquetjs-lite': ['datasets'],
  hyparquet: ['datasets'],
  'hyparquet-compressors': ['datasets'],
  hono: ['serving'],
  '@hono/node-server': ['serving'],
  kysely: ['sql', 'registry', 'providers'],
};

/** Packages that workflow code may load; the rest of the world it knows by type only. */
const WORKFLOW_PACKAGES = ['@temporalio/workflow', '@temporalio/common'];

export const EXCEPTIONS: readonly Exception[] = [
  { from: 'activities/', to: 'configs/', reason: 'the first activity resolves and checks the config of a run' },
  { from: 'providers/ledger/store.ts', to: 'sql/', reason: 'the ledger is kept in SQL' },
  {
    from: 'serving/start-gateway.ts',
    to: 'sql/',
    reason: 'the gateway opens the registry itself: it runs without a worker',
  },
  { from: 'serving/main.ts', to: 'configs/paths.ts', reason: 'an entry point finds the state folder' },
];

const STATEMENTS = [
  // import x from 'y'; import 'y'; export { x } from 'y'; over several lines too
  /^[ \t]*(?:import|export)\s+(?<type>type\s+(?!from\b|,))?(?:[\w$*{][^'"`;]*?\bfrom\s*)?['"](?<specifier>[^'"\n]+)['"]/gm,
  /\bimport\s*\(\s*['"](?<specifier>[^'"\n]+)['"]/g,
];

/** Every import of a source, static, dynamic and re-exported. Inline `type` marks leave a value import behind. */
export function importsOf(text: string): Import[] {
  return STATEMENTS.flatMap((statement) =>
    [...text.matchAll(statement)].flatMap(({ groups }) =>
      groups?.specifier ? [{ specifier: groups.specifier, typeOnly: groups.type !== undefined }] : [],
    ),
  );
}

export function isLeaf(path: string): boolean {
  return LEAF_NAMES.includes(posix.basename(path)) || Object.hasOwn(PURE_RULES, path);
}

/** Tests, and the helpers that stand beside them, may import what they need. */
export function isTest(path: string): boolean {
  return folderOf(path) === 'test' || /\.test\.ts$|^(test|fake)-[^/]*\.ts$/.test(posix.basename(path));
}

const folderOf = (path: string) => path.split('/')[0] ?? '';

/** What is wrong with the imports of these files, one line each; `used` gathers the exceptions that were needed. */
export function violations(files: readonly SourceFile[], used = new Set<Exception>()): string[] {
  return files
    .filter(({ path }) => path.includes('/') && !isTest(path))
    .flatMap(({ path, text }) =>
      importsOf(text).flatMap((imported) => {
        const problem = problemOf(path, imported, used);
        return problem ? [`${path}: ${imported.typeOnly ? 'type ' : ''}${imported.specifier}: ${problem}`] : [];
      }),
    )
    .sort();
}

function problemOf(from: string, { specifier, typeOnly }: Import, used: Set<Exception>): string | undefined {
  const folder = folderOf(from);
  const allowed = FOLDERS[folder];
  if (!allowed) return `no rule for the folder ${folder}: add one`;
  if (!specifier.startsWith('.')) return packageProblem({ from, specifier, typeOnly });
  const to = posix.join(posix.dirname(from), specifier);
  if (isLeaf(from)) return isLeaf(to) ? undefined : 'a leaf imports leaves only';
  const target = folderOf(to);
  if (target === folder) return undefined;
  if (ROOTS.includes(target) && !ROOTS.includes(folder)) return `nobody imports ${target}`;
  if (folder === 'workflows')
    return typeOnly ? undefined : 'workflows import their own folder by value, the rest by type';
  if (isLeaf(to) || allowed.includes('*') || allowed.includes(target)) return undefined;
  const exception = EXCEPTIONS.find((e) => covers(e.from, from) && covers(e.to, to));
  if (exception) {
    used.add(exception);
    return undefined;
  }
  return `${folder} may not import the insides of ${target}`;
}

function packageProblem(options: { from: string; specifier: string; typeOnly: boolean }): string | undefined {
  const { from, specifier, typeOnly } = options;
  const folder = folderOf(from);
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (isLeaf(from) && !Object.hasOwn(PURE_RULES, from)) {
    return LEAF_PACKAGES.includes(name) ? undefined : `a leaf imports ${LEAF_PACKAGES.join(', ')} and leaves only`;
  }
  if (folder === 'workflows' && !typeOnly && !WORKFLOW_PACKAGES.includes(name)) {
    return `workflows load ${WORKFLOW_PACKAGES.join(' and ')} only`;
  }
  const owners = PACKAGES[name];
  if (!owners || typeOnly || owners.includes(folder) || FOLDERS[folder]?.includes('*')) return undefined;
  return `${name} belongs to ${owners.join(', ')}`;
}

const covers = (pattern: string, path: string) => (pattern.endsWith('/') ? path.startsWith(pattern) : path === pattern);
