import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LONGEST, longestFirst } from './longest-first.ts';

const file = (moduleId: string) => ({ moduleId });

it('the longest files start first, then the others on real processes, and the rest stays as it stood', () => {
  const given = [
    file('/a/registry/store.test.ts'),
    file('/a/test/serve.real.test.ts'),
    file('/a/test/train.real.test.ts'),
    file('/a/test/ui.real.test.ts'),
    file('/a/test/crash.real.test.ts'),
    file('/a/test/loop.test.ts'),
  ];
  expect(longestFirst(given).map(({ moduleId }) => moduleId)).toEqual([
    '/a/test/crash.real.test.ts',
    '/a/test/train.real.test.ts',
    '/a/test/serve.real.test.ts',
    '/a/test/ui.real.test.ts',
    '/a/registry/store.test.ts',
    '/a/test/loop.test.ts',
  ]);
});

it('each of them is there', () => {
  expect(LONGEST.filter((name) => !existsSync(join(import.meta.dirname, '..', `${name}.real.test.ts`)))).toEqual([]);
});
