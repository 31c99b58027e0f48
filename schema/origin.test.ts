import { expect, it } from 'vitest';
import { importedFrom, originOf } from './origin.ts';

const pair = { id: 'a#0/f1/0', chunkId: 'a#0', documentId: 'a' };

it.each([
  [
    'a pair says where it comes from',
    { ...pair, origin: { kind: 'import', file: 'x.csv' } },
    { kind: 'import', file: 'x.csv' },
  ],
  ['of before: a teacher', pair, { kind: 'teacher' }],
  [
    'of before: a correction',
    { ...pair, id: 'a#0/f1/0~1', correctionOf: 'a#0/f1/0' },
    { kind: 'correction', attempt: 1 },
  ],
  [
    'of before: a correction of one',
    { ...pair, id: 'a#0/f1/0~2', correctionOf: 'a#0/f1/0~1' },
    { kind: 'correction', attempt: 2 },
  ],
  [
    'of before: an imported pair',
    { id: 'import/x.csv/f/1', chunkId: 'import/x.csv', documentId: 'import/x.csv' },
    { kind: 'import', file: 'x.csv' },
  ],
  [
    'of before: a passage of a document below a folder import',
    { id: 'import/a#0/f/0', chunkId: 'import/a#0', documentId: 'import/a' },
    { kind: 'teacher' },
  ],
] as const)('%s', (_title, made, origin) => {
  expect(originOf(made)).toEqual(origin);
  expect(importedFrom(made)).toBe(origin.kind === 'import' ? origin.file : undefined);
});
