import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256Of } from '../../common/hash.ts';
import { baseSource } from '../../configs/base-schema.ts';
import type { RunConfig } from '../../configs/schema.ts';
import type { Activities } from '../../contract/activities.ts';
import type { MadeOf } from '../../contract/runs/run-stages.ts';
import { createJudges, createMetric } from '../../judges/index.ts';
import { createChatModel } from '../../providers/index.ts';
import type { GenerationDependencies } from '../dependencies.ts';

/** What a run is made of, so that a scheduled one can say that nothing changed. */
export function madeOfActivities(dependencies: GenerationDependencies): Pick<Activities, 'readMadeOf'> {
  const { projectRoot, keys } = dependencies;
  return {
    async readMadeOf({ config, configHash, documents }): Promise<MadeOf> {
      return {
        config: configHash,
        documents: documents.documentsSha256,
        ...(documents.imports.rows > 0 && { pairs: documents.imports.sha256 }),
        suites: await suitesOf(config, projectRoot),
        judges: judgesOf(config, keys),
        base: await basesOf(config, projectRoot),
        whetstone: await versionOf(projectRoot),
      };
    },
  };
}

async function suitesOf({ evaluation }: RunConfig, projectRoot: string): Promise<string> {
  const files = await Promise.all(
    evaluation.suites.map(async (suite) =>
      suite === 'test' ? suite : `${suite} ${sha256Of(await readFile(resolve(projectRoot, suite)))}`,
    ),
  );
  return sha256Of(files.join('\n'));
}

/** By name and version: a version changes with a judge's rule or rubric. */
function judgesOf({ judges, evaluation }: RunConfig, keys: GenerationDependencies['keys']): string {
  const made = [
    ...createJudges(judges, { chatModel: (spec) => createChatModel(spec, keys) }),
    ...evaluation.metrics.map((metric) => createMetric(metric)),
  ];
  return made.map(({ name, version }) => `${name} ${version}`).join(', ');
}

/** A base that lies on this machine, by its files' sizes and times: weights take minutes to hash. */
async function basesOf({ candidates }: RunConfig, projectRoot: string): Promise<string> {
  const bases = [...new Set(candidates.map(({ base }) => base))];
  const found = await Promise.all(
    bases.map(async (base) => {
      const source = baseSource(base);
      return source?.kind === 'path' ? `${base} ${await filesOf(resolve(projectRoot, source.path))}` : base;
    }),
  );
  return found.join(', ');
}

async function filesOf(path: string): Promise<string> {
  const about = await stat(path).catch(() => undefined);
  if (!about) return 'missing';
  const names = about.isDirectory() ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
  const lines = await Promise.all(names.map(async (name) => [name, await stat(name)] as const));
  return sha256Of(lines.map(([name, { size, mtimeMs }]) => `${name} ${size} ${mtimeMs}`).join('\n'));
}

async function versionOf(projectRoot: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  return version;
}
