import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { filesBelow, sha256Of } from '../../common/hash.ts';
import { mergeByReciprocalRank } from '../../retrieval/search/reciprocal-rank.ts';
import { openIndexStore } from '../../retrieval/store/store.ts';
import { searchedText } from '../../retrieval/store/text.ts';
import type { EmbeddingRef, IndexedPassage } from '../../schema/retrieval.ts';
import { tableOf } from '../tables.ts';

/**
 * `npm run bench:retrieval:large -- DOCUMENTS [--passages N]`: an index of many passages, made of the sentences of a folder's documents in
 * other company, with vectors in clusters. How long a question takes, filters and all, and what memory; and a document that is withdrawn.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { passages: { type: 'string', default: '1000000' }, questions: { type: 'string', default: '200' } },
});
const COUNT = Number(values.passages);
const QUESTIONS = Number(values.questions);
const EMBEDDING: EmbeddingRef = { provider: 'openai', model: 'made', dimensions: 384 };
const KEPT_AT_ONCE = 500;
const SENTENCES_OF_A_PASSAGE = 4;
const TODAY = '2026-11-26';

let state = 1;
const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
const one = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)]!;

const folder = resolve(positionals[0] ?? 'datasets/samples/womens-health');
const sentences: string[] = [];
for (const file of await filesBelow(folder))
  if (file.endsWith('.md'))
    sentences.push(
      ...(await readFile(join(folder, file), 'utf8')).split(/(?<=[.?!])\s+/).filter((text) => text.length > 20),
    );
const words = [...new Set(sentences.join(' ').match(/[a-z]{5,}/gi))];

/** Sentences in new company, some with a word of another one: as many different words in a passage as in real ones. */
function textOf(): string {
  const some = Array.from({ length: SENTENCES_OF_A_PASSAGE }, () => one(sentences));
  return `${some.join(' ')} ${one(words)} ${one(words)}-${Math.floor(random() * 50_000)}`;
}

const CLUSTERS = Array.from({ length: 500 }, () =>
  Float32Array.from({ length: EMBEDDING.dimensions }, () => random() - 0.5),
);
function vectorNear(cluster: Float32Array): Float32Array {
  const vector = cluster.map((value) => value + (random() - 0.5));
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

const place = await mkdtemp(join(tmpdir(), 'bench-million-'));
const url = join(place, 'index.sqlite');
let store = await openIndexStore(url);
const passages: IndexedPassage[] = [];
const began = performance.now();
for (let at = 0; at < COUNT; at += KEPT_AT_ONCE) {
  const part = Array.from({ length: Math.min(KEPT_AT_ONCE, COUNT - at) }, (_, i): IndexedPassage => {
    const chance = random();
    const text = textOf();
    return {
      id: `d${Math.floor((at + i) / 20)}#${(at + i) % 20}`,
      documentId: `d${Math.floor((at + i) / 20)}`,
      documentSha256: '',
      title: '',
      headings: [],
      text,
      start: 0,
      end: text.length,
      ...(chance < 0.001 ? { groups: ['few'] } : chance < 0.3 && { groups: ['many'] }),
      ...(random() < 0.1 && { validUntil: '2026-01-01' }),
    };
  });
  passages.push(...part);
  await store.keep(
    EMBEDDING,
    part.map((passage) => ({ textSha256: sha256Of(searchedText(passage)), vector: vectorNear(one(CLUSTERS)) })),
  );
  if (at % 100_000 === 0) console.log(`${at} vectors kept after ${seconds(began)}`);
}
const made = performance.now();
const { index } = await store.replace({ name: 'million', embedding: EMBEDDING, passages });
console.log(
  `${index.passages} passages: vectors kept in ${((made - began) / 1000).toFixed(0)} s, one transaction of ${seconds(made)}; ${((await stat(url)).size / 1e9).toFixed(1)} GB`,
);
const questions = Array.from({ length: QUESTIONS }, () => ({
  text: one(sentences).split(' ').slice(0, 12).join(' '),
  vector: vectorNear(one(CLUSTERS)),
}));
passages.length = 0;
await store.close();
store = await openIndexStore(url);

const rows: string[][] = [];
const askers = {
  'everybody, today': { today: TODAY },
  'one group of two, today': { groups: ['many'], today: TODAY },
  'what one of a thousand may see': { groups: ['few'], today: TODAY },
};
for (const [name, asker] of Object.entries(askers)) {
  const times = { words: [] as number[], vectors: [] as number[], hybrid: [] as number[], cpu: [] as number[] };
  for (const { text, vector } of questions) {
    const used = process.cpuUsage();
    const start = performance.now();
    const scope = await store.scope(index, asker);
    const byWords = await store.byWords(scope, text, 50);
    const middle = performance.now();
    const byVectors = await store.byVectors(scope, vector, 50);
    const end = performance.now();
    const ids = (list: typeof byWords) => list.map(({ id }) => String(id));
    mergeByReciprocalRank({ words: ids(byWords), vectors: ids(byVectors) }, 5);
    await store.passages([...byWords, ...byVectors].map(({ id }) => id));
    const { user, system } = process.cpuUsage(used);
    times.words.push(middle - start);
    times.vectors.push(end - middle);
    times.hybrid.push(performance.now() - start);
    times.cpu.push((user + system) / 1000);
  }
  rows.push([name, ...Object.values(times).map((all) => `${at(all, 0.5)} / ${at(all, 0.95)} ms`)]);
}
console.log(tableOf(['who asks', 'words, p50 / p95', 'vectors', 'both', 'processor'], rows));
console.log(`memory of the process: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);

const withdrawing = performance.now();
const withdrawn = await store.withdraw('d7');
console.log(`a document of ${withdrawn.passages} passages withdrawn in ${seconds(withdrawing)}, in one transaction`);
await store.close();
await rm(place, { recursive: true });
process.exit();

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
function at(all: readonly number[], share: number): string {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length * share)]!.toFixed(0);
}
