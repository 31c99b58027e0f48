import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { resolvePaths } from '../../configs/paths.ts';
import { RunConfigSchema } from '../../configs/schema.ts';
import type { RetrievalMethod } from '../../contract/retrieval.ts';
import { readPassages } from '../../documents/passages.ts';
import type { IndexedPassage } from '../../schema/retrieval.ts';
import { openRetrievalHere } from '../../retrieval/open-here.ts';
import { tableOf } from '../tables.ts';
import { plain, readGolden, scoreOf, within, type Shown } from './golden.ts';

/**
 * `npm run bench:retrieval -- DOCUMENTS GOLDEN`: of how many questions of a suite a passage that answers is among the first five, by words, by
 * vectors and by both. With `--peers FOLDER` it also writes what bench/retrieval/peers.py asks LlamaIndex and Haystack.
 */
const { positionals, values } = parseArgs({ allowPositionals: true, options: { peers: { type: 'string' } } });
const [documents, golden] = positionals;
if (!documents || !golden) throw new Error('expected a folder of documents and a suite: DOCUMENTS GOLDEN');

const K = 5;
const WORDS = 500;
const env = { ...process.env };
const state = await mkdtemp(join(tmpdir(), 'bench-retrieval-'));
const paths = resolvePaths({ ...env, WHETSTONE_STATE: state });
const folder = resolve(documents);
const config = RunConfigSchema.parse({ name: 'bench', documents: folder, retrieval: {} });
const read = await readPassages({ config, projectRoot: paths.projectRoot, allowedRoots: [folder] });
const texts = new Map(read.documents.map(({ id, uri, text }) => [basename(uri), { id, text }]));
const { asked, left } = await readGolden(resolve(golden), (name) => texts.get(name)?.text);

const documentOf = new Map(read.documents.map(({ id, uri }) => [id, basename(uri)]));
const passages = read.chunks.map(({ index: _i, tokens: _t, ...chunk }): IndexedPassage => ({
  ...chunk,
  documentSha256: '',
}));
const retrieval = openRetrievalHere({ env, paths, keys: { env: {}, servers: {} }, say: console.log });
const began = performance.now();
const { index } = await retrieval.indexer.index({ name: 'bench', passages, embedding: 'builtin' });
const indexedMs = performance.now() - began;

const rows: string[][] = [];
for (const method of ['words', 'vectors', 'hybrid'] as const satisfies RetrievalMethod[]) {
  const times: number[] = [];
  const [scores, roomy]: [ReturnType<typeof scoreOf>[], ReturnType<typeof scoreOf>[]] = [[], []];
  for (const one of asked) {
    const start = performance.now();
    const found = await retrieval.retriever.retrieve({ question: one.question, index, k: 50, method });
    times.push(performance.now() - start);
    const shown = found.map(({ passage }): Shown => {
      return { text: passage.text, document: documentOf.get(passage.documentId)! };
    });
    scores.push(scoreOf(one, shown.slice(0, K)));
    roomy.push(scoreOf(one, within(WORDS, shown)));
  }
  const mean = (all: typeof scores, of: (score: (typeof scores)[number]) => number) =>
    (all.reduce((sum, score) => sum + of(score), 0) / all.length).toFixed(3);
  const right = ({ right: is }: (typeof scores)[number]) => Number(is);
  const p95 = times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.95)]!;
  rows.push([
    method,
    mean(scores, right),
    mean(scores, ({ reciprocal }) => reciprocal),
    mean(scores, ({ share }) => share),
    mean(roomy, right),
    `${p95.toFixed(0)} ms`,
  ]);
}
console.log(
  `${asked.length} questions (${left} without a sentence to look for), ${read.documents.length} documents, ${passages.length} passages of ${Math.round(passages.reduce((sum, { text }) => sum + plain(text).split(' ').length - 2, 0) / passages.length)} words, indexed in ${(indexedMs / 1000).toFixed(0)} s`,
);
console.log(
  tableOf(
    ['method', `right passage in ${K}`, 'MRR', `share of the sentences in ${K}`, `right in ${WORDS} words`, 'p95'],
    rows,
  ),
);
if (values.peers) {
  await writeFile(join(values.peers, 'questions.json'), JSON.stringify(asked));
  await writeFile(
    join(values.peers, 'documents.json'),
    JSON.stringify(read.documents.map(({ uri, text }) => ({ name: basename(uri), text }))),
  );
}
await retrieval.close();
await rm(state, { recursive: true });
process.exit();
