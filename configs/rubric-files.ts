import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { check, ConfigError, type Locate } from '../common/config-errors.ts';
import type { Path } from '../common/field-schema.ts';
import { RubricSchema, type JudgeSpec } from './judge-schema.ts';
import type { RunConfig } from './schema.ts';
import { readYaml } from '../common/yaml-file.ts';

/** Rubrics that a config names by file become part of it, so that its hash covers them and every worker has them. */

/** The config with every rubric file read in. @throws ConfigError naming the field, the file and what is wrong in it */
export async function readRubricFiles(options: {
  config: RunConfig;
  projectRoot: string;
  at: Locate;
}): Promise<RunConfig> {
  const { config, ...where } = options;
  const judges = await Promise.all(
    config.judges.map((judge, i) => withRubric(judge, { ...where, path: ['judges', i] })),
  );
  return { ...config, judges };
}

async function withRubric(
  judge: JudgeSpec,
  where: { projectRoot: string; at: Locate; path: Path },
): Promise<JudgeSpec> {
  if (typeof judge === 'string') return judge;
  if (judge.judge === 'cascade') {
    const { path } = where;
    const steps = judge.steps.map((step, i) => withRubric(step, { ...where, path: [...path, 'steps', i] }));
    return { ...judge, steps: (await Promise.all(steps)) as typeof judge.steps };
  }
  if (!('rubric' in judge) || typeof judge.rubric !== 'string' || !/\.ya?ml$/.test(judge.rubric)) return judge;
  const { projectRoot, at, path } = where;
  const field = at([...path, 'rubric']);
  const file = resolve(projectRoot, judge.rubric);
  const [real, root] = await Promise.all([
    realpath(file).catch(() => {
      throw new ConfigError([
        `${field}: ${judge.rubric as string}: no such file; expected a rubric in YAML below ${projectRoot}`,
      ]);
    }),
    realpath(projectRoot),
  ]);
  const inside = relative(root, real);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new ConfigError([`${field}: ${judge.rubric} lies outside ${projectRoot}; move the rubric into it`]);
  const { value, at: atLine } = await readYaml(file, projectRoot);
  return { ...judge, rubric: check({ schema: RubricSchema, value, at: atLine }) };
}
