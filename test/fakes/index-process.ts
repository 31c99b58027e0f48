import { appendFileSync } from 'node:fs';
import { createIndexer } from '../../retrieval/search/indexer.ts';
import { openIndexStore } from '../../retrieval/store/store.ts';
import { EMBEDDING, passage, vectorOf } from '../support/index-contract.ts';

/**
 * Fills an index: `node index-process.ts URL PASSAGES LOG [GONE]`. Each text that is embedded is a line of the log, before it is, and `all` when
 * all are. The first GONE documents are gone.
 */
const [url = '', count = '0', log = '', goneCount = '0'] = process.argv.slice(2);
const { dimensions: _dimensions, ...ref } = EMBEDDING;
const store = await openIndexStore(url);
const model = {
  ...ref,
  concurrency: 1,
  embed: async (texts: readonly string[]) => {
    appendFileSync(log, texts.map((text) => `${text}\n`).join(''));
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { vectors: texts.map((text) => vectorOf(text)), inputTokens: 0 };
  },
};
const indexer = createIndexer({ store, embeddingOf: () => ({ model, ref, dimensions: EMBEDDING.dimensions }) });
const passages = Array.from({ length: Number(count) }, (_, i) => passage(`d${i}#0`, `apples number ${i}`)).slice(
  Number(goneCount),
);
const present = passages.map(({ documentId: id }) => ({ id, location: id, source: 'file:docs', sha256: id }));
const presence = { present, fateOf: () => Promise.resolve('gone' as const) };
const onProgress = (done: number, total: number) => {
  if (done === total) appendFileSync(log, 'all\n');
};
const { index, added } = await indexer.index({ name: 'n', passages, embedding: 'builtin', presence }, { onProgress });
console.log(JSON.stringify({ index, added }));
await store.close();
