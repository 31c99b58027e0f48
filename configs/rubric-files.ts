import { check, type Locate } from '../common/config-errors.ts';
import type { Path } from '../common/field-schema.ts';
import { projectFile } from './project-file.ts';
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
  const file = await projectFile({ file: judge.rubric, field, projectRoot, expected: 'a rubric in YAML' });
  const { value, at: atLine } = await readYaml(file, projectRoot);
  return { ...judge, rubric: check({ schema: RubricSchema, value, at: atLine }) };
}
