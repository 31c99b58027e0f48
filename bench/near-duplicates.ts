import { execFileSync } from 'node:child_process';
import { nearPairs } from '../datasets/assembly/near-pairs.ts';
import { mix, ShingleSets } from '../datasets/assembly/shingle-sets.ts';
import { exactNearPairs } from '../test/support/exact-near-pairs.ts';
import { percent, tableOf } from './tables.ts';

/** Near duplicates by MinHash: beside datasketch where it is installed, against exact Jaccard, and up to a million texts. */
const THRESHOLD = 0.8;
const DATASKETCH = `
import json, sys, time
from datasketch import MinHash, MinHashLSH
texts = json.load(sys.stdin)
start = time.perf_counter()
sets = []
for text in texts:
    words = ['^'] + text.lower().split() + ['$']
    sets.append([f'{a} {b}'.encode() for a, b in zip(words, words[1:])])
hashes = MinHash.bulk(sets, num_perm=128)
lsh = MinHashLSH(threshold=${THRESHOLD}, num_perm=128)
with lsh.insertion_session() as session:
    for i, h in enumerate(hashes):
        session.insert(i, h)
found = sum(len(lsh.query(h)) - 1 for h in hashes)
print(time.perf_counter() - start)
`;

export async function nearDuplicates(): Promise<string> {
  const rows: string[][] = [];
  const texts = questions(20_000);
  const measured = await measure(texts);
  const exact = new Set(exactNearPairs(texts, { threshold: THRESHOLD, measure: 'ordered' }).map(String));
  const right = measured.pairs.filter((pair) => exact.has(String(pair))).length;
  const python = datasketchSeconds(texts);
  const ratio = python === undefined ? 'not installed' : `${(python / measured.seconds).toFixed(1)} x faster`;
  const recall = percent(right / exact.size);
  const precision = percent(right / measured.pairs.length);
  rows.push([
    '20,000',
    measured.seconds.toFixed(2),
    python?.toFixed(2) ?? '',
    ratio,
    String(exact.size),
    recall,
    precision,
    '',
  ]);
  for (const count of [100_000, 1_000_000]) {
    const { seconds, pairs, megabytes } = await measure(questions(count));
    rows.push([
      count.toLocaleString('en'),
      seconds.toFixed(2),
      '',
      '',
      String(pairs.length),
      '',
      '',
      megabytes.toFixed(0),
    ]);
  }
  const head = ['texts', 'seconds', 'datasketch s', 'ratio', 'pairs', 'recall', 'precision', 'MB'];
  return tableOf(head, rows);
}

async function measure(texts: string[]) {
  const before = process.memoryUsage().rss;
  const startedMs = performance.now();
  const sets = new ShingleSets('ordered');
  for (const text of texts) sets.add(text);
  const pairs = await nearPairs(sets, { threshold: THRESHOLD });
  const seconds = (performance.now() - startedMs) / 1000;
  return { seconds, pairs, megabytes: Math.max(0, process.memoryUsage().rss - before) / 2 ** 20 };
}

/** Questions of 10 to 29 words from a vocabulary of some thousand; one in ten repeats an earlier one with a word changed. */
function questions(count: number): string[] {
  let state = 0;
  const random = (below: number) => mix(++state) % below;
  const word = () => `w${random(4_000)}`;
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const source = i > 100 && random(10) === 0 ? texts[random(i)]?.split(' ') : undefined;
    if (source) source[random(source.length)] = word();
    texts.push((source ?? Array.from({ length: 10 + random(20) }, word)).join(' '));
  }
  return texts;
}

function datasketchSeconds(texts: string[]): number | undefined {
  const python = process.env.WHETSTONE_BENCH_PYTHON;
  if (!python) return undefined;
  const output = execFileSync(python, ['-c', DATASKETCH], { input: JSON.stringify(texts), encoding: 'utf8' });
  return Number(output);
}
