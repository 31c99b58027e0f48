import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  cruise,
  type IConfiguration,
  type ICruiseOptions,
  type IFlattenedRuleSet,
  type IReporterOutput,
} from 'dependency-cruiser';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';
import { ownFiles } from './support/own-files.ts';

const { projectRoot } = resolvePaths({});
interface Room {
  name: string;
  text: string;
  imports: string[];
  types: string[];
  packages: string[];
}
interface Rules {
  default: IConfiguration;
  options: ICruiseOptions;
  readRooms: () => Room[];
  rulesOf: (rooms: Room[]) => IFlattenedRuleSet['forbidden'];
}
const house = (await import(join(projectRoot, '.dependency-cruiser.mjs'))) as Rules;
const rooms = house.readRooms();
const IMPORT = /^(?:import|export)\s[^;]*?from '([^']+)';/gm;

/** What the rules say of the files below a folder, in one line each. */
async function violations(config: { forbidden: unknown; options: object }, folder = projectRoot): Promise<string[]> {
  const { forbidden, options } = config;
  const names = rooms.map(({ name }) => name);
  const ruleSet = { forbidden } as IFlattenedRuleSet;
  const said = await cruise(names, { ...options, baseDir: folder, ruleSet, validate: true });
  const { summary, modules } = (said as IReporterOutput & { output: Exclude<IReporterOutput['output'], string> })
    .output;
  expect(modules.length).toBeGreaterThan(folder === projectRoot ? 300 : 1);
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

describe('the rooms of this repository', () => {
  it('import what their READMEs say, types too, and no circle', async () => {
    const { forbidden, options } = house.default;
    expect(await violations({ forbidden, options: options ?? {} })).toEqual([]);
  });

  it('load nothing of what they know by type alone', () => {
    const statements = rooms.flatMap(({ name, types }) =>
      ownFiles(projectRoot, `${name}/**/*.ts`)
        .filter((file) => !file.endsWith('.test.ts'))
        .flatMap((file) => [...readFileSync(join(projectRoot, file), 'utf8').matchAll(IMPORT)])
        .map(([statement, path = '']) => ({ statement, of: path.split('/').find((part) => part !== '..') ?? '' }))
        .filter(({ of }) => types.includes(of)),
    );
    expect(statements.length).toBeGreaterThan(5);
    expect(statements.filter(({ statement }) => !statement.startsWith('import type '))).toEqual([]);
  });

  it('say what they and their folders are for, and name nothing that they do not use', async () => {
    for (const { name, text } of rooms) {
      expect(text, name).toMatch(new RegExp(`^# ${name}\\n\\n\\S.{20,}\\.\\n`));
      const folders = new Set(
        ownFiles(projectRoot, `${name}/*/**/*.{ts,py,yaml,md}`).map((file) => file.split('/')[1]),
      );
      for (const folder of folders) expect(text, name).toContain(`\`${folder}/\``);
    }
    const all = { ...house.options, parser: 'swc' as const, baseDir: projectRoot };
    const { output } = (await cruise(
      rooms.map(({ name }) => name),
      all,
    )) as IReporterOutput;
    if (typeof output === 'string') throw new Error('no modules');
    for (const { name, imports, types, packages } of rooms) {
      const used = output.modules
        .filter(({ source }) => source.startsWith(`${name}/`))
        .flatMap(({ dependencies }) => dependencies.map(({ resolved }) => resolved));
      const unused = [...imports, ...types].filter((room) => !used.some((path) => path.startsWith(`${room}/`)));
      const unloaded = packages.filter((one) => !used.some((path) => path.includes(`node_modules/${one}/`)));
      expect([...unused, ...unloaded], name).toEqual([]);
    }
  });

  it('have at most some 20 files side by side', () => {
    const files = ownFiles(projectRoot, '**/*.ts');
    const counts = Map.groupBy(
      files.filter((file) => !/^(?:test|bench)\/|\.test\.ts$/.test(file)),
      dirname,
    );
    expect([...counts].filter(([, { length }]) => length > 20).map(([folder]) => folder)).toEqual([]);
  });
});

describe('the rules', () => {
  const room = (name: string, more: Partial<Room> = {}): Room => ({
    name,
    text: '',
    imports: [],
    types: [],
    packages: [],
    ...more,
  });

  it.each([
    ['a room that is not named', { 'common/a.ts': "import '../worker/b.ts';", 'worker/b.ts': '' }, {}, 1],
    [
      'a room by type that is not named',
      { 'common/a.ts': "import type { B } from '../worker/b.ts';", 'worker/b.ts': 'export interface B {}' },
      {},
      1,
    ],
    [
      'nothing of a room that is named',
      { 'common/a.ts': "import '../worker/b.ts';", 'worker/b.ts': '' },
      { imports: ['worker'] },
      0,
    ],
    ['nothing of its own files', { 'common/a.ts': "import './b.ts';", 'common/b.ts': '' }, {}, 0],
    ['nothing of a test', { 'common/a.test.ts': "import '../worker/b.ts';", 'worker/b.ts': '' }, {}, 0],
  ])('refuse %s', async (_what, files, may, expected) => {
    const folder = mkdtempSync(join(projectRoot, 'node_modules', '.rooms-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const { name } of rooms) mkdirSync(join(folder, name));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    const forbidden = house.rulesOf([room('common', may)]);
    const options = { parser: 'swc', enhancedResolveOptions: { extensions: ['.ts'] } };
    const found = await violations({ forbidden, options }, folder);
    expect(found).toHaveLength(expected);
  });
});
