import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LONGEST, longestFirst, type Placed } from './longest-first.ts';

const file = (moduleId: string, groupOrder = 1): Placed => ({
  moduleId,
  project: { config: { sequence: { groupOrder } } },
});

it('the longest files start first, once the unit tests are done, and the others stay as they stood', () => {
  const given = [
    file('/a/test/serve.real.test.ts'),
    file('/a/test/train.real.test.ts'),
    file('/a/test/ui.real.test.ts'),
    file('/a/test/crash.real.test.ts'),
    file('/a/registry/store.test.ts', 0),
    file('/a/test/loop.test.ts', 0),
  ];
  expect(longestFirst(given).map(({ moduleId }) => moduleId)).toEqual([
    '/a/registry/store.test.ts',
    '/a/test/loop.test.ts',
    '/a/test/crash.real.test.ts',
    '/a/test/train.real.test.ts',
    '/a/test/serve.real.test.ts',
    '/a/test/ui.real.test.ts',
  ]);
});

it('each of them is there', () => {
  expect(LONGEST.filter((name) => !existsSync(join(import.meta.dirname, '..', `${name}.real.test.ts`)))).toEqual([]);
});
