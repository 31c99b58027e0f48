import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { createMetric } from '../../judges/index.ts';
import { sentences } from '../../language/text.ts';
import { scriptedModel } from '../../test/fakes/scripted-model.ts';

/**
 * Our metrics of retrieval beside the package `ragas` on the same rows: the sample's golden questions, each with five sentences of the articles, among them
 * some that its answer rests on. The judge models of both say the same, so that what differs is the formula.
 * Needs a Python with `ragas==0.4.3`, `langchain-community<0.4` and `rapidfuzz`, named in WHETSTONE_BENCH_PYTHON.
 */

const python = process.env.WHETSTONE_BENCH_PYTHON;
if (!python) {
  console.error(
    'WHETSTONE_BENCH_PYTHON is not set: a Python where `pip install ragas==0.4.3 "langchain-community<0.4" rapidfuzz` was run',
  );
  process.exit(1);
}

interface Row {
  question: string;
  reference: string;
  retrieved: string[];
  contexts: string[];
  useful: boolean[];
  sentences: string[];
  supported: boolean[];
}
type Scores = Record<string, number>;

const SAMPLE = new URL('../../datasets/samples/womens-health/', import.meta.url);
const articles = new URL('articles/', SAMPLE);
const statements = readdirSync(articles).flatMap((name) =>
  readFileSync(new URL(name, articles), 'utf8')
    .split(/^---$/m)
    .at(-1)!
    .split(/\n|(?<=\.) /)
    .filter((text) => text.endsWith('.')),
);
const random = xoroshiro128plus(17);
const draw = (below: number) => (random.next() >>> 0) % below;

const golden = readFileSync(new URL('golden.jsonl', SAMPLE), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { question: string; answer: string; contexts: string[] });
const rows = golden.map(({ question, answer, contexts }): Row => {
  const retrieved = Array.from({ length: 5 }, () => statements[draw(statements.length)]!);
  for (const context of contexts) if (draw(10) < 7) retrieved[draw(5)] = context;
  const said = sentences(answer).map(({ text }) => text);
  return {
    question,
    reference: answer,
    retrieved,
    contexts,
    useful: retrieved.map((text) => contexts.includes(text)),
    sentences: said,
    supported: said.map(() => draw(3) > 0),
  };
});

async function ours(row: Row): Promise<Scores> {
  const numbers = (verdicts: readonly boolean[]) =>
    scriptedModel([JSON.stringify({ numbers: verdicts.flatMap((yes, at) => (yes ? [at + 1] : [])) })]);
  const score = async (name: string, verdicts: readonly boolean[] = []) => {
    const { question, reference, retrieved, contexts } = row;
    const subject = { question, answer: reference, reference, retrieved, contexts };
    return (await createMetric(name, { contextsModel: numbers(verdicts) }).judge(subject)).score;
  };
  return {
    'context-precision': await score('context-precision', row.useful),
    'context-recall': await score('context-recall', row.supported),
    'context-precision@5': await score('context-precision@5'),
    'recall@5': await score('recall@5'),
  };
}

const script = fileURLToPath(new URL('ragas_scores.py', import.meta.url));
const input = rows.map((row) => JSON.stringify(row)).join('\n');
const { status, stdout, stderr } = spawnSync(python, [script], { input, encoding: 'utf8' });
if (status !== 0) {
  console.error(stderr);
  process.exit(1);
}
const theirs = stdout
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Scores);
const mine = await Promise.all(rows.map(ours));
const mean = (scores: readonly Scores[], name: string) =>
  (scores.reduce((sum, one) => sum + one[name]!, 0) / scores.length).toFixed(3);
console.table(
  Object.keys(mine[0]!).map((metric) => ({
    metric,
    ours: mean(mine, metric),
    ragas: mean(theirs, metric),
    'rows that differ': mine.filter((one, at) => Math.abs(one[metric]! - theirs[at]![metric]!) > 1e-6).length,
    of: rows.length,
  })),
);
