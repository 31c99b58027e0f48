import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { filesBelow, sha256Of } from '../../common/hash.ts';
import { openIndexStore } from '../../retrieval/store/store.ts';
import { searchedText } from '../../retrieval/store/text.ts';
import type { EmbeddingRef, IndexedPassage } from '../../schema/retrieval.ts';

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
const store = await openIndexStore(url);
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
  vector: [...vectorNear(one(CLUSTERS))],
}));
await store.close();
// In a process of its own, as a gateway is: this one still has what the passages were made of.
await writeFile(join(place, 'asked.json'), JSON.stringify({ index, questions }));
execFileSync(process.execPath, [...process.execArgv, join(import.meta.dirname, 'million-search.ts'), place], {
  stdio: 'inherit',
});
await rm(place, { recursive: true });
process.exit();

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
