import { parseArgs } from 'node:util';
import { budget } from './budget.ts';
import { crash } from './crash.ts';
import { faults } from './faults.ts';
import { ledger } from './ledger.ts';
import { manyWorkers } from './many-workers.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { registry } from './registry.ts';
import { scale } from './scale.ts';
import { throughput } from './throughput.ts';

/** `npm run bench [-- NAME ...]`: each benchmark prints a table, with ratios against a bound measured in the same run. */
const BENCHMARKS: Record<string, () => Promise<string>> = {
  'throughput-100ms': () => throughput({ chunks: 1000, latenciesMs: [100] }),
  'throughput-1s': () => throughput({ chunks: 1000, latenciesMs: [1000] }),
  faults: () => faults({ chunks: 1000 }),
  crash: () => crash({ chunks: 1000 }),
  ledger: () => ledger({ chunks: 4000 }),
  budget: () => budget({ chunks: 5000 }),
  'near-duplicates': nearDuplicates,
  registry: () => registry({ versions: 1_000, moves: 10_000 }),
  scale: () => scale({ pairs: [5_000, 100_000] }),
  'many-workers': () => manyWorkers({ pairs: 100_000 }),
};

const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}; known: ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(2);
}
for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHMARKS)) {
  console.log(`\n${name}`);
  console.log(await BENCHMARKS[name]?.());
}
process.exit();
