import { describe, expect, it } from 'vitest';
import { RunConfigSchema } from '../configs/schema.ts';
import type { Incumbent } from '../contract/promotion-stages.ts';
import type { ModelRef } from '../schema/model-ref.ts';
import { openBookOf } from '../test/support/open-book.ts';
import { armsOf } from './arms.ts';

const weights = (sha256: string): ModelRef => ({ uri: `file:///${sha256}`, sha256 });
const quote: ModelRef = { kind: 'quote', sentences: 2, rule: 1 };
const made = (model: ModelRef) => ({ model, trainSeconds: 0, steps: 0 });
const openBook = openBookOf();

const candidates = [
  { name: 'tuned', base: 'smollm2-135m' },
  { name: 'quote', provider: 'quote' as const, sentences: 2 },
];
const armsWith = (options: { open?: boolean; incumbent?: Incumbent; second?: boolean } = {}) => {
  const { open = true, incumbent = null, second = false } = options;
  const config = RunConfigSchema.parse({
    name: 'x',
    documents: 'docs',
    retrieval: {},
    candidates: [...candidates, ...(second ? [{ name: 'tiny', base: 'tiny-llama' }] : [])],
  });
  return armsOf({
    config,
    baseOf: new Map([
      ['smollm2-135m', made(weights('base'))],
      ['tiny-llama', made(weights('tiny-base'))],
    ]),
    trained: new Map([
      ['tuned', made(weights('tuned'))],
      ['quote', made(quote)],
      ...(second ? [['tiny', made(weights('tiny'))] as const] : []),
    ]),
    incumbent,
    ...(open && { openBook }),
    train: { uri: 'file:///t', sha256: 't', rows: 1 },
    all: true,
  });
};
const namesOf = ({ arms }: ReturnType<typeof armsWith>) => arms.map(({ name }) => name);

describe('with the documents', () => {
  it('each answers as it would serve, and beside that the base with them, each tuned one without, and the extract', () => {
    const found = armsWith();
    expect(namesOf(found)).toEqual([
      'base',
      'base-open',
      'tuned',
      'tuned-closed',
      'quote',
      'extract',
      'echo',
      'lookup',
    ]);
    const open = found.arms.flatMap((arm) => (arm.kind === 'model' && arm.servedAs?.openBook ? [arm.name] : []));
    expect(open).toEqual(['base-open', 'tuned', 'quote', 'extract']);
    expect(found.arms.find(({ name }) => name === 'extract')).toMatchObject({ model: { kind: 'quote', sentences: 3 } });
    expect(found.bases).toBeUndefined();
  });

  it('what serves answers out of its own snapshot, not of this run', () => {
    const own = openBookOf({ index: { ...openBook.index, sha256: 'c'.repeat(64) } });
    const servedAs = { systemPrompt: '', temperature: 0, maxTokens: 96, openBook: own };
    const { arms, against } = armsWith({ incumbent: { version: 3, model: weights('base'), servedAs } });
    expect(against).toBe('incumbent');
    expect(arms.find(({ name }) => name === 'incumbent')).toMatchObject({ servedAs: { openBook: own } });
  });

  it('a base that serves without them answers once', () => {
    const { arms, against } = armsWith({ incumbent: { version: 1, model: weights('base') } });
    expect(against).toBe('base');
    expect(arms.filter(({ name }) => name === 'incumbent')).toEqual([]);
  });

  it('each of several bases has both arms', () => {
    const found = armsWith({ second: true });
    expect(namesOf(found).filter((name) => name.startsWith('base'))).toEqual([
      'base:smollm2-135m',
      'base:tiny-llama',
      'base-open:smollm2-135m',
      'base-open:tiny-llama',
    ]);
    expect(found.bases).toEqual({ tuned: 'base:smollm2-135m', quote: 'base:smollm2-135m', tiny: 'base:tiny-llama' });
  });
});

it('without documents there are the arms that there always were', () => {
  expect(namesOf(armsWith({ open: false }))).toEqual(['base', 'tuned', 'quote', 'echo', 'lookup']);
});
