import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { ProviderError, type EmbeddingModel, type Reranker } from '../../contract/ports.ts';
import { EMBEDDING, passage } from '../../test/support/index-contract.ts';
import type { EmbeddingRef, IndexedPassage } from '../../schema/retrieval.ts';
import { openIndexStore, type IndexStore } from '../store/store.ts';
import { createIndexer } from './indexer.ts';
import { createRetriever, type RetrieverMeans } from './retriever.ts';

let store: IndexStore;
let embedded: string[];
beforeEach(async () => {
  store = await openIndexStore(':memory:');
  embedded = [];
});
afterEach(() => store.close());

/** Vectors of a text's words: texts that share words are near. */
function model(more: Partial<EmbeddingModel> = {}): EmbeddingModel {
  const { dimensions } = EMBEDDING;
  return {
    provider: EMBEDDING.provider,
    model: EMBEDDING.model,
    concurrency: 1,
    embed: (texts) => {
      embedded.push(...texts);
      const vectors = texts.map((text) => {
        const vector = new Float32Array(dimensions).fill(0.01);
        for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? [])
          vector[createHash('sha256').update(word).digest().readUInt32LE(0) % dimensions]! += 3;
        return vector;
      });
      return Promise.resolve({ vectors, inputTokens: 0 });
    },
    ...more,
  };
}

const { dimensions: _dimensions, ...ref } = EMBEDDING;
const filled = (passages: IndexedPassage[], asked = model()) =>
  createIndexer({ store, embeddingOf: () => ({ model: asked, ref }) }).index({
    name: 'n',
    passages,
    embedding: 'builtin',
  });
const retriever = (more: Partial<RetrieverMeans> = {}) =>
  createRetriever({ store, embeddingOf: () => model(), ...more });

const PASSAGES = [
  passage('scan#0', 'An anomaly scan happens between 18 and 21 weeks.'),
  passage('scan#1', 'A midwife does the scan.'),
  passage('oil#0', 'Oil damages condoms.'),
  passage('sick#0', 'Sickness stops by 16 weeks.'),
];

describe('retrieving', () => {
  it('merges what words and vectors find, and says where each had it', async () => {
    const { index } = await filled(PASSAGES);
    const [first, ...others] = await retriever().retrieve({ question: 'anomaly scan weeks', index, k: 3 });
    expect(first).toMatchObject({ passage: PASSAGES[0], score: 2 / 61, ranks: { words: 1, vectors: 1 } });
    expect(first!.cosine).toBeGreaterThan(0.3);
    expect(others.map(({ passage: { id } }) => id)).toContain('scan#1');
    const words = await retriever().retrieve({ question: 'anomaly scan', index, k: 4, method: 'words' });
    expect(words.map(({ passage: { id } }) => id)).toEqual(['scan#0', 'scan#1']);
    expect(words.every(({ cosine, ranks }) => cosine > 0 && ranks.vectors === undefined)).toBe(true);
    const vectors = await retriever().retrieve({ question: 'anomaly scan', index, k: 4, method: 'vectors' });
    expect(vectors.map(({ score, cosine }) => score === cosine)).toEqual([true, true, true, true]);
  });

  it('embeds a question once, and gives cosines with texts', async () => {
    const { index } = await filled(PASSAGES);
    embedded = [];
    const asking = retriever();
    await asking.retrieve({ question: 'anomaly scan', index, k: 1 });
    const near = await asking.similarities({
      embedding: EMBEDDING,
      question: 'anomaly scan',
      texts: ['anomaly scan', 'oil'],
    });
    expect(near[0]).toBeCloseTo(1, 5);
    expect(near[1]!).toBeLessThan(0.5);
    expect(embedded).toEqual(['anomaly scan', 'oil']);
  });

  it('refuses a model that gives vectors of another length than before', async () => {
    const { index } = await filled(PASSAGES);
    const shorter = model({ embed: () => Promise.resolve({ vectors: [new Float32Array(3)], inputTokens: 0 }) });
    await expect(retriever({ embeddingOf: () => shorter }).retrieve({ question: 'q', index, k: 1 })).rejects.toThrow(
      'embedding model openai embedder: found vectors of 3 numbers, expected 40',
    );
  });

  const reranker = { provider: 'openai', model: 'orders' } as const;
  const reranks = (rerank: Reranker['rerank']) => () => ({ ...reranker, rerank });

  it('orders again what was found, by a reranker', async () => {
    const { index } = await filled(PASSAGES);
    const shortest = reranks((_, texts) => Promise.resolve(texts.map((text) => -text.length)));
    const found = await retriever({ rerankerOf: shortest }).retrieve({ question: 'weeks', index, k: 2, reranker });
    expect(found.map(({ passage: { id } }) => id)).toEqual(['oil#0', 'scan#1']);
    expect(found[0]!.score).toBe(-'Oil damages condoms.'.length);
  });

  it('keeps the order of the search, and says so, where the reranker fails', async () => {
    const { index } = await filled(PASSAGES);
    const notes: string[] = [];
    const broken = reranks(() => Promise.reject(new ProviderError('server', "reranker 'orders': HTTP 500")));
    const plain = await retriever().retrieve({ question: 'weeks', index, k: 4 });
    const asked = { question: 'weeks', index, k: 4, reranker };
    const onNote = (note: string) => void notes.push(note);
    expect(await retriever({ rerankerOf: broken, onNote }).retrieve(asked)).toEqual(plain);
    expect(await retriever({ onNote }).retrieve(asked)).toEqual(plain);
    expect(notes).toEqual([
      "reranker 'orders': HTTP 500; what was found stays in the order of the search",
      'no reranker can be asked here; what was found stays in the order of the search',
    ]);
  });
});

describe('indexing', () => {
  it('embeds only texts that are new, and tells how far it is', async () => {
    const progress: [number, number][] = [];
    const onProgress = (done: number, total: number) => void progress.push([done, total]);
    const indexer = createIndexer({ store, embeddingOf: () => ({ model: model(), ref, dimensions: 40 }) });
    const index = (passages: IndexedPassage[]) =>
      indexer.index({ name: 'n', passages, embedding: 'builtin' }, { onProgress });
    await index(PASSAGES.slice(0, 2));
    const twice = [...PASSAGES, passage('copy#0', PASSAGES[2]!.text)];
    expect(await index(twice)).toMatchObject({ added: 3, kept: 2, removed: 0 });
    expect(embedded.toSorted()).toEqual(PASSAGES.map(({ text }) => text).toSorted());
    expect(progress).toEqual([
      [0, 2],
      [2, 2],
      [2, 4],
      [4, 4],
    ]);
  });

  it('has the ledger before a model that is paid for, and not before one that is free', async () => {
    const paid: string[] = [];
    for (const free of [true, false]) {
      const indexer = createIndexer({
        store,
        embeddingOf: () => ({ model: model({ free }), ref, dimensions: 40 }),
      });
      const paidOnce = (asked: EmbeddingModel) => {
        paid.push(asked.model);
        return asked;
      };
      await indexer.index({ name: 'n', passages: PASSAGES, embedding: 'builtin' }, { paidOnce });
    }
    expect(paid).toEqual(['embedder']);
  });

  it('says that the index was made by another model before anything is embedded', async () => {
    await filled(PASSAGES);
    embedded = [];
    const other: Omit<EmbeddingRef, 'dimensions'> = { ...ref, model: 'other' };
    const indexer = createIndexer({ store, embeddingOf: () => ({ model: model(), ref: other, dimensions: 40 }) });
    await expect(indexer.index({ name: 'n', passages: PASSAGES, embedding: 'builtin' })).rejects.toThrow(
      "index 'n': its vectors were made by openai embedder",
    );
    expect(embedded).toEqual([]);
  });
});
