import { basename } from 'node:path';
import { candidateProblems } from './candidates/check-candidates.ts';
import type { FieldProblem, Path } from '../common/field-schema.ts';
import { judgeName, SplitSchema, type JudgeSpec, type RemoteModelSpec, type RunConfig } from './schema.ts';
import { unknownName } from '../common/unknown-name.ts';

/** Names that only the code knows, so that a config can be refused before anything runs. */
export interface KnownNames {
  judges: readonly string[];
  rubrics: readonly string[];
  metrics: readonly string[];
  aliases: readonly string[];
  /** ISO 3166 codes of the countries whose phone numbers are known. */
  phoneRegions: readonly string[];
}

const SUITE_ENDING = /\.(?:jsonl|ndjson|json|csv|tsv|parquet)$/i;

/** `test`, or a suite file's name without folder and ending. */
export function suiteName(suite: string): string {
  return suite.replace(/^.*\//, '').replace(SUITE_ENDING, '');
}

/** Ragas' metrics of what was retrieved, by a judge model. */
const CONTEXT_METRICS = ['context-precision', 'context-recall', 'faithfulness'];
const RETRIEVAL_METRIC =
  /@\d+$|^(?:context-precision|context-recall|faithfulness|groundedness|citation-recall|citation-precision)$/;

/** The name that a metric is known by, and its number: of `ndcg@10` they are `ndcg@5` and 10; of a metric without one 0. */
export function knownMetric(metric: string): { name: string; k: number } {
  const [, stem, digits] = /^(.+@)([1-9]|[1-4]\d|50)$/.exec(metric) ?? [];
  return stem === undefined ? { name: metric, k: 0 } : { name: `${stem}5`, k: Number(digits) };
}

/** Checks what the schema can't see: names known to the code, and fields that must agree with each other. */
export function nameProblems(options: { config: RunConfig; known: KnownNames }): FieldProblem[] {
  const { config, known } = options;
  const problems: FieldProblem[] = [];
  const demand = (ok: boolean, path: Path, message: string) => {
    if (!ok) problems.push({ path, message });
  };
  const knownAs = (kind: string, name: string, names: readonly string[], path: Path) =>
    demand(names.includes(name), path, unknownName(kind, name, names));
  const distinct = (names: readonly string[], path: (index: number) => Path, what: string) =>
    names.forEach((name, i) => demand(names.indexOf(name) === i, path(i), `'${name}' ${what}`));

  for (const { path, file } of filesOf(config))
    demand(
      !file.startsWith('~'),
      path,
      `found '${file}'; ~ is not filled in, for a run may be on another machine: write the path from the project's root, or a whole one`,
    );
  for (const { judge, path } of judgeSpecs(config)) {
    if (typeof judge === 'string') knownAs('judge', judge, known.judges, path);
    else if ('rubric' in judge && typeof judge.rubric === 'string')
      knownAs('rubric', judge.rubric, known.rubrics, [...path, 'rubric']);
    if (typeof judge === 'object' && judge.judge === 'cascade')
      demand(
        judge.sureBelow < judge.sureAbove,
        [...path, 'sureBelow'],
        `found ${judge.sureBelow}; expected a number below sureAbove (${judge.sureAbove})`,
      );
    if (typeof judge === 'object' && judge.judge === 'format') {
      const { judge: _judge, name: _name, forbids, ...rules } = judge;
      demand(
        forbids.length > 0 || Object.values(rules).some((rule) => rule !== undefined),
        path,
        'found no rule, and so every answer would pass; expected one at least: minWords, maxWords, maxSentences, matches or forbids',
      );
      demand(
        (judge.minWords ?? 0) <= (judge.maxWords ?? Infinity),
        [...path, 'minWords'],
        `found ${judge.minWords}; expected at most maxWords (${judge.maxWords}), or every answer is rejected`,
      );
    }
    if (typeof judge === 'object' && judge.judge === 'panel')
      demand(
        judge.quorum === undefined || judge.quorum <= judge.models.length,
        [...path, 'quorum'],
        `found ${judge.quorum}; expected at most ${judge.models.length}, the count of models`,
      );
  }
  distinct(
    config.judges.map(judgeName),
    (i) => ['judges', i],
    'names two judges, whose rejects could not be told apart; remove one, or give it another name',
  );

  // The built-in teacher writes what its rules find: a setting that it can't keep would be lost in silence.
  for (const field of ['kinds', 'personas', 'languages', 'tone', 'guidelines'] as const)
    demand(
      config.teacher.provider !== 'builtin' || Object.keys(config.generation[field] ?? {}).length === 0,
      ['generation', field],
      'needs a model as teacher: the built-in one writes what its rules find; name a teacher, or leave the field out',
    );
  const { phoneRegion } = config.filters;
  demand(
    phoneRegion === undefined || known.phoneRegions.includes(phoneRegion),
    ['filters', 'phoneRegion'],
    `found '${phoneRegion}', which is no country's code; expected one of ISO 3166, such as GB for the United Kingdom, US or DE`,
  );
  demand(
    config.generation.preferences === undefined ||
      config.generation.preferences.model !== undefined ||
      config.teacher.provider !== 'builtin',
    ['generation', 'preferences', 'model'],
    'found none, and the built-in teacher answers no questions; name a model that does',
  );
  const { imports, generation } = config;
  distinct(
    imports.map(({ path }) => basename(path)),
    (i) => ['imports', i, 'path'],
    'names two files; pairs are told apart by the file they come from: rename one',
  );
  const shares = imports.reduce((sum, { share = 0 }) => sum + share, 0);
  demand(
    shares <= 1 + 1e-9,
    ['imports', imports.findLastIndex(({ share }) => share !== undefined), 'share'],
    `the shares of all imports add up to ${Number(shares.toFixed(6))}; expected at most 1`,
  );
  demand(
    generation.synthetic || imports.length > 0,
    ['generation', 'synthetic'],
    'found false, and no imports; expected a file of pairs in imports, or leave the field out',
  );

  remoteModels(config).forEach(({ model, path }) =>
    demand(
      config.budget.usd === undefined || model.prices !== undefined,
      [...path, 'prices'],
      'found none; expected prices: { inputPerMillion, outputPerMillion } of each model that is paid for, because budget.usd is set',
    ),
  );

  for (const { model, path } of remoteModels(config))
    demand(
      model.format === 'json' || takesLines(config, path),
      [...path, 'format'],
      'found lines, which only a teacher and the judges llm, guideline and panel can be read in; leave the field out',
    );
  for (const kind of ['multi-turn', 'multi-hop'] as const)
    demand(
      config.teacher.provider === 'builtin' || config.teacher.format === 'json' || !generation.kinds?.[kind],
      ['generation', 'kinds', kind],
      'needs a teacher that writes JSON; leave teacher.format out, or this kind',
    );

  const { metrics, suites } = config.evaluation;
  metrics.forEach((metric, i) =>
    knownAs('metric', knownMetric(metric).name, known.metrics, ['evaluation', 'metrics', i]),
  );
  metrics.forEach((metric, i) =>
    demand(
      !CONTEXT_METRICS.includes(metric) || config.evaluation.contextsModel !== undefined,
      ['evaluation', 'metrics', i],
      `found '${metric}', which a judge model measures; name one in evaluation.contextsModel, or take a metric that rules measure, such as ndcg@5 or groundedness`,
    ),
  );
  metrics.forEach((metric, i) =>
    demand(
      config.retrieval !== undefined || !RETRIEVAL_METRIC.test(metric),
      ['evaluation', 'metrics', i],
      `found '${metric}', which is of what was retrieved, and the config has no retrieval; add it, or leave the metric out`,
    ),
  );
  distinct(metrics, (i) => ['evaluation', 'metrics', i], 'is listed twice; keep one');
  suites.forEach((suite, i) =>
    demand(
      suite === 'test' || SUITE_ENDING.test(suite),
      ['evaluation', 'suites', i],
      `found '${suite}'; expected 'test', or a file that ends in .jsonl, .csv or .parquet`,
    ),
  );
  const suiteNames = suites.map(suiteName);
  distinct(suiteNames, (i) => ['evaluation', 'suites', i], 'names two suites; rename one of the files');

  knownAs('suite', config.gate.suite, suiteNames, ['gate', 'suite']);
  const evaluated = (metric: string, path: Path) =>
    demand(
      metrics.includes(metric),
      path,
      `'${metric}' is not evaluated: ${unknownName('metric', metric, metrics)}; add it to evaluation.metrics, or choose one of those`,
    );
  evaluated(config.gate.metric, ['gate', 'metric']);
  config.gate.guardrails.forEach(({ suite, metric }, i) => {
    if (suite !== undefined) knownAs('suite', suite, suiteNames, ['gate', 'guardrails', i, 'suite']);
    evaluated(metric, ['gate', 'guardrails', i, 'metric']);
  });

  problems.push(...candidateProblems(config));
  demand(
    known.aliases.includes(config.promote.alias),
    ['promote', 'alias'],
    `${unknownName('alias', config.promote.alias, known.aliases)}; aliases are declared in configs/stages.yaml`,
  );
  const { heldOutPhrasings } = config.split;
  if (heldOutPhrasings >= generation.phrasings)
    problems.push(
      // The one of the two that is not the default.
      heldOutPhrasings === SplitSchema.parse({}).heldOutPhrasings
        ? {
            path: ['generation', 'phrasings'],
            message: `found ${generation.phrasings}; expected a number above split.heldOutPhrasings (${heldOutPhrasings}), or nothing is left to train on`,
          }
        : {
            path: ['split', 'heldOutPhrasings'],
            message: `found ${heldOutPhrasings}; expected a number below generation.phrasings (${generation.phrasings}), or nothing is left to train on`,
          },
    );
  demand(
    config.split.heldOutPhrasings > 0 || !suites.includes('test'),
    ['split', 'heldOutPhrasings'],
    'found 0; expected at least 1, because evaluation.suites lists test, which is made of what is held out',
  );
  return problems;
}

/** The files and folders that a config names, and where they stand. */
function filesOf({ documents, imports, evaluation, candidates }: RunConfig): { path: Path; file: string }[] {
  return [
    ...(typeof documents === 'string'
      ? [{ path: ['documents'], file: documents }]
      : documents.flatMap((file, i) => (typeof file === 'string' ? { path: ['documents', i], file } : []))),
    ...imports.map(({ path: file }, i) => ({ path: ['imports', i, 'path'], file })),
    ...evaluation.suites.map((file, i) => ({ path: ['evaluation', 'suites', i], file })),
    ...candidates.map(({ base: file }, i) => ({ path: ['candidates', i, 'base'], file })),
  ];
}

/** Every judge of a config, those within a cascade too, and where they stand. */
export function judgeSpecs({ judges }: RunConfig): { judge: JudgeSpec; path: Path }[] {
  return judges.flatMap((judge, i) => [
    { judge, path: ['judges', i] },
    ...(typeof judge === 'object' && judge.judge === 'cascade'
      ? judge.steps.map((step, j) => ({ judge: step, path: ['judges', i, 'steps', j] }))
      : []),
  ]);
}

/** Whether what a model is asked for can be written in lines. */
function takesLines(config: RunConfig, path: Path): boolean {
  if (path[0] === 'teacher') return true;
  const asked = judgeSpecs(config).find((one) => one.path.every((part, i) => path[i] === part) && isModelOf(one, path));
  return (
    asked !== undefined && typeof asked.judge === 'object' && ['llm', 'guideline', 'panel'].includes(asked.judge.judge)
  );
}

/** A cascade has no model of its own: its steps do. */
const isModelOf = ({ path }: { path: Path }, model: Path): boolean =>
  ['model', 'models'].includes(String(model[path.length]));

/** Whether any model's calls go out in batches, which take up to a day. */
export const isBatched = (config: RunConfig): boolean =>
  remoteModels(config).some(({ model }) => model.provider === 'openai' && model.mode === 'batch');

/** The models of a config that are paid for, and where they stand. */
export function remoteModels(config: RunConfig): { model: RemoteModelSpec; path: Path }[] {
  const { teacher } = config;
  const judges = judgeSpecs(config).flatMap(({ judge, path }) => {
    if (typeof judge === 'string') return [];
    if (judge.judge === 'panel') return judge.models.map((model, i) => ({ model, path: [...path, 'models', i] }));
    return 'model' in judge ? [{ model: judge.model, path: [...path, 'model'] }] : [];
  });
  const answering = config.generation.preferences?.model;
  const comparing = config.generation.preferences?.confirmedBy;
  const embedding = config.filters.semanticDuplicates?.model;
  return [
    ...(teacher.provider === 'builtin' ? [] : [{ model: teacher, path: ['teacher'] }]),
    ...(comparing ? [{ model: comparing, path: ['generation', 'preferences', 'confirmedBy'] }] : []),
    ...(answering ? [{ model: answering, path: ['generation', 'preferences', 'model'] }] : []),
    ...(embedding ? [{ model: embedding, path: ['filters', 'semanticDuplicates', 'model'] }] : []),
    ...(['factsModel', 'contextsModel'] as const).flatMap((field) => {
      const model = config.evaluation[field];
      return model ? [{ model, path: ['evaluation', field] }] : [];
    }),
    ...judges,
  ];
}
