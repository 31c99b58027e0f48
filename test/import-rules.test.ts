import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';
import { EXCEPTIONS, importsOf, isTest, PURE_RULES, violations, type Exception } from './support/import-rules.ts';

const { projectRoot } = resolvePaths({});
const files = readdirSync(projectRoot, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
  .flatMap(({ name }) =>
    readdirSync(join(projectRoot, name), { recursive: true, encoding: 'utf8' }).map((f) => `${name}/${f}`),
  )
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }));

describe('the imports of this repository', () => {
  const used = new Set<Exception>();
  const found = violations(files, used);

  it('keep the rules of the house', () => expect(found).toEqual([]));

  it('are all looked at', () => {
    expect(files.filter(({ path }) => !isTest(path)).length).toBeGreaterThan(100);
    for (const folder of [
      'activities',
      'configs',
      'datasets',
      'evaluation',
      'judges',
      'providers',
      'registry',
      'serving',
      'worker',
      'workflows',
    ]) {
      expect(
        files.flatMap(({ path, text }) => (path.startsWith(`${folder}/`) ? importsOf(text) : [])).length,
      ).toBeGreaterThan(5);
    }
  });

  it('need every exception and every pure rule that is listed', () => {
    expect(EXCEPTIONS.filter((exception) => !used.has(exception))).toEqual([]);
    expect(Object.keys(PURE_RULES).filter((path) => !files.some((file) => file.path === path))).toEqual([]);
  });
});

describe('the reading of imports', () => {
  it.each([
    ["import { a } from './a.ts';", './a.ts', false],
    ["import a, { b } from './a.ts';", './a.ts', false],
    ["import * as a from './a.ts';", './a.ts', false],
    ["import {\n  a,\n  b,\n} from './a.ts';", './a.ts', false],
    ["import './a.ts';", './a.ts', false],
    ['import { a } from "./a.ts";', './a.ts', false],
    ["import type { A } from './a.ts';", './a.ts', true],
    ["import type A from './a.ts';", './a.ts', true],
    ["import type {\n  A,\n} from './a.ts';", './a.ts', true],
    ["import { type A } from './a.ts';", './a.ts', false],
    ["import type from './a.ts';", './a.ts', false],
    ["export { a } from './a.ts';", './a.ts', false],
    ["export * from './a.ts';", './a.ts', false],
    ["export * as a from './a.ts';", './a.ts', false],
    ["export type { A } from './a.ts';", './a.ts', true],
    ["const a = await import('./a.ts');", './a.ts', false],
    ["import { a } from 'zod';", 'zod', false],
  ])('%s', (text, specifier, typeOnly) => {
    expect(importsOf(text)).toEqual([{ specifier, typeOnly }]);
  });

  it('finds each of several, and takes nothing else for one', () => {
    expect(importsOf("import { a } from './a.ts';\nimport type { B } from './b.ts';\n")).toHaveLength(2);
    expect(
      importsOf("export const from = 'x';\nexport function f() { return 'y'; }\nnew URL('./a.ts', import.meta.url);"),
    ).toEqual([]);
    expect(importsOf("export type A = 'a' | 'b';\nexport const b = { c: 'd' };\n")).toEqual([]);
  });
});

describe('what the rules refuse', () => {
  const one = (path: string, text: string) => violations([{ path, text }]);

  it.each([
    [
      'one sibling in another',
      'datasets/assembly/build.ts',
      "import { a } from '../common/concurrent.ts';",
      /datasets may not import the insides of providers/,
    ],
    [
      'a sibling by type',
      'evaluation/suites/suites.ts',
      "import type { A } from '../registry/store.ts';",
      /may not import/,
    ],
    [
      'a sibling re-exported',
      'registry/store.ts',
      "export { a } from '../evaluation/statistics/compare.ts';",
      /may not import/,
    ],
    [
      'a sibling loaded later',
      'providers/index.ts',
      "await import('../datasets/assembly/build.ts');",
      /may not import/,
    ],
    ['judges in providers', 'judges/models/llm.ts', "import { a } from '../common/redact.ts';", /judges may not/],
    ['activities in serving', 'activities/gate.ts', "import { a } from '../serving/router.ts';", /activities may not/],
    [
      'serving in datasets',
      'serving/router.ts',
      "import { a } from '../datasets/assembly/build.ts';",
      /serving may not/,
    ],
    ['sql in the wrong hands', 'serving/gateway.ts', "import { a } from '../sql/database.ts';", /serving may not/],
    [
      'anybody in worker',
      'activities/gate.ts',
      "import { a } from '../worker/system/ports.ts';",
      /nobody imports worker/,
    ],
    [
      'workflows in worker, even by type',
      'workflows/window.ts',
      "import type { A } from '../worker/system/ports.ts';",
      /nobody/,
    ],
    [
      'workflows that load an activity',
      'workflows/proxies.ts',
      "import { a } from '../contract/activities.ts';",
      /by value/,
    ],
    [
      'workflows with a mere inline type',
      'workflows/proxies.ts',
      "import { type A } from '../contract/activities.ts';",
      /by value/,
    ],
    ['workflows that load a package', 'workflows/window.ts', "import pLimit from 'p-limit';", /workflows load/],
    ['workflows that load Node', 'workflows/window.ts', "import { join } from 'node:path';", /workflows load/],
    ['a leaf with a helper', 'schema/evaluation.ts', "import { a } from './compare.ts';", /a leaf imports leaves only/],
    ['a leaf with Node', 'schema/data.ts', "import { a } from 'node:fs';", /a leaf imports zod/],
    ['an SDK in the wrong folder', 'activities/gate.ts', "import OpenAI from 'openai';", /openai belongs to providers/],
    ['a part of an SDK', 'documents/read.ts', "import { a } from 'openai/resources';", /openai belongs to providers/],
    ['a folder without a rule', 'helpers/a.ts', "import { a } from './b.ts';", /no rule for the folder helpers/],
  ])('%s', (_title, path, text, problem) => {
    expect(one(path, text)).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    ['a leaf of another folder', 'datasets/assembly/split.ts', "import { a } from '../configs/schema.ts';"],
    ['a pure rule of another folder', 'judges/models/llm.ts', "import { a } from '../language/text.ts';"],
    ['a type in a workflow', 'workflows/proxies.ts', "import type { A } from '../contract/activities.ts';"],
    ['activities anywhere below', 'activities/gate.ts', "import { a } from '../registry/store.ts';"],
    ['worker anywhere', 'worker/main.ts', "import { a } from '../activities/index.ts';"],
    ['a test beside its source', 'datasets/assembly/build.test.ts', "import { a } from '../worker/system/ports.ts';"],
    ['a fake beside its source', 'test/support/fake-python.ts', "import { a } from '../worker/system/ports.ts';"],
    ['an exception', 'providers/ledger/store.ts', "import { a } from '../sql/database.ts';"],
  ])('but not %s', (_title, path, text) => {
    expect(one(path, text)).toEqual([]);
  });
});
