import { expect, it } from 'vitest';
import { QaPairSchema } from '../schema/data.ts';
import { newPair } from './new-pair.ts';

const made = { id: 'a/0', factId: 'a', chunkId: 'doc#0', documentId: 'doc', kind: 'factual' } as const;
const by = { teacher: 'builtin/rules', promptVersion: '1' };

it('a pair begins without words, and is whole by the schema', () => {
  const pair = newPair({ ...made, ...by });
  expect(QaPairSchema.parse(pair)).toEqual(pair);
  expect(pair).toMatchObject({ question: '', answer: '', history: [], spans: [], phrasing: 0 });
});

it('what its maker says of it stays', () => {
  const said = { question: 'How long?', phrasing: 2, origin: { kind: 'import', file: 'x.csv' } as const };
  expect(newPair({ ...made, ...by, ...said })).toMatchObject({ ...made, ...by, ...said });
});
