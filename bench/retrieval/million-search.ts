import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mergeByReciprocalRank } from '../../retrieval/search/reciprocal-rank.ts';
import { openIndexStore } from '../../retrieval/store/store.ts';
import type { IndexRef } from '../../schema/retrieval.ts';
import { tableOf } from '../tables.ts';

/** The second half of million.ts: how long a question takes, filters and all, and what memory; and a document that is withdrawn. */
const TODAY = '2026-11-26';
const [place = ''] = process.argv.slice(2);
const { index, questions } = JSON.parse(readFileSync(join(place, 'asked.json'), 'utf8')) as {
  index: IndexRef;
  questions: { text: string; vector: number[] }[];
};
const store = await openIndexStore(join(place, 'index.sqlite'));

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
    const byVectors = await store.byVectors(scope, Float32Array.from(vector), 50);
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
console.log(
  `a document of ${withdrawn.passages} passages withdrawn in ${((performance.now() - withdrawing) / 1000).toFixed(1)} s, in one transaction`,
);
await store.close();

function at(all: readonly number[], share: number): string {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length * share)]!.toFixed(0);
}
