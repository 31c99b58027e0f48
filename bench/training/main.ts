import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { resolvePaths } from '../../configs/paths.ts';
import { baseSource } from '../../configs/schema.ts';
import { createBaseModelMaker } from '../../providers/training/bases.ts';
import { createModelServer, modelServerCommand } from '../../providers/inference/transformers.ts';
import { createTrlTrainer } from '../../providers/training/trl.ts';
import { ensurePython } from '../../worker/system/python.ts';
import { tableOf } from '../tables.ts';
import { askAll, modelAnswers, tricks, type Scores } from './ask.ts';
import { differenceFrom, mean, spread } from './figures.ts';
import { makeSample } from './sample.ts';
import { indexSample } from './documents.ts';
import { completed, train, type Trained } from './train.ts';

/**
 * `npm run bench:train`: the training of a run and nothing else, on whatever torch finds, to compare parts of a recipe or one machine with
 * another. Each arm is trained once for each seed and asked three suites, beside its base and the two arms that cost nothing.
 */

const USAGE = `npm run bench:train -- [--arm NAME='{"facts": {"passages": 0}}' ...] [--candidate JSON] [--seeds 3] [--parallel 4] ...`;
const projectRoot = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'smollm2-135m' },
    documents: { type: 'string', default: 'datasets/samples/womens-health' },
    people: { type: 'string', default: 'datasets/samples/womens-health/golden.jsonl' },
    /** Fields of every arm's candidate, as JSON. */
    candidate: { type: 'string', default: '{"maxSteps": 190, "learningRate": 0.0004}' },
    /** NAME=JSON: what this arm's candidate has besides. */
    arm: { type: 'string', multiple: true, default: ['facts={}'] },
    seeds: { type: 'string', default: '1' },
    /** Trainings at once: a large GPU has room for several of a small model. */
    parallel: { type: 'string', default: '1' },
    /** Questions asked at once. */
    concurrency: { type: 'string', default: '48' },
    pairs: { type: 'string', default: '900' },
    questions: { type: 'string', default: '200' },
    /** As in a run's config, as JSON: arms answer from the documents too, and may be trained for it (`openBook`). */
    retrieval: { type: 'string' },
    out: { type: 'string', default: '.whetstone/bench-train' },
  },
});
const concurrency = Number(values.concurrency);
/** The arm of a model that answers from the documents. */
const OPEN = (name: string) => `${name}, open`;
const common = JSON.parse(values.candidate) as Record<string, unknown>;
const arms = values.arm.map((text) => {
  const [, name, json] = /^([\w-]+)=(\{.*\})$/s.exec(text) ?? [];
  if (name === undefined || json === undefined) throw new Error(`--arm: found '${text}', expected NAME=JSON\n${USAGE}`);
  return { name, fields: { base: values.base, ...common, ...(JSON.parse(json) as Record<string, unknown>) } };
});

const out = resolve(projectRoot, values.out);
await mkdir(out, { recursive: true });
const home = process.env.WHETSTONE_HOME ?? join(homedir(), '.cache', 'whetstone');
const python = await ensurePython({ projectRoot, home, env: process.env, say: console.log });

const sample = await makeSample({
  projectRoot,
  documents: values.documents,
  people: values.people,
  pairs: Number(values.pairs),
  heldOut: Number(values.questions),
});
const documents =
  values.retrieval === undefined
    ? undefined
    : await indexSample({
        sample,
        retrieval: JSON.parse(values.retrieval) as Record<string, unknown>,
        out,
        paths: resolvePaths(process.env),
      });
const bases = createBaseModelMaker({ python, cacheDir: join(out, 'bases') });
const source = baseSource(values.base);
const { model: base } = await completed(
  bases,
  () =>
    bases.launch({
      base: values.base,
      seed: 17,
      ...(source?.kind === 'path' && { path: resolve(projectRoot, source.path) }),
    }),
  console.log,
);

const trainer = createTrlTrainer({ python, workDir: join(out, 'jobs') });
const limit = pLimit(Number(values.parallel));
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => 17 + i);
const trained = await Promise.all(
  arms.flatMap(({ name, fields }) =>
    seeds.map((seed) =>
      limit(async () => {
        const say = (text: string) => console.log(`${name} ${seed}: ${text}`);
        return {
          name,
          seed,
          ...(await train({ trainer, sample, base, fields, book: documents?.book, seed, out, say })),
        };
      }),
    ),
  ),
);

const port = 18_990;
const { command, args, env } = modelServerCommand({ python, port });
const server = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
const baseUrl = `http://127.0.0.1:${port}`;
const asked: { name: string; seed?: number; scores: Scores; seconds: number }[] = [];
try {
  const isUp = () =>
    fetch(`${baseUrl}/health`)
      .then(({ ok }) => ok)
      .catch(() => false);
  while (!(await isUp())) await sleep(200);
  const models = createModelServer({ baseUrl, timeoutMs: 600_000 });
  const ask = async (name: string, answer: Parameters<typeof askAll>[1], seed?: number) => {
    const started = performance.now();
    const scores = await askAll(sample, answer);
    asked.push({ name, scores, seconds: (performance.now() - started) / 1000, ...(seed !== undefined && { seed }) });
    console.log(`${name} ${seed ?? ''} answered`);
  };
  for (const [name, answer] of Object.entries(tricks(sample))) await ask(name, answer);
  await ask('base', modelAnswers(models.chatModel(base, concurrency)));
  for (const { name, seed, model } of trained)
    await ask(name, modelAnswers(models.chatModel(model, concurrency)), seed);
  if (documents) {
    await ask('extract', documents.answers(3));
    await ask(OPEN('base'), documents.answers(models.chatModel(base, concurrency)));
    for (const { name, seed, model } of trained)
      await ask(OPEN(name), documents.answers(models.chatModel(model, concurrency)), seed);
  }
} finally {
  await documents?.close();
  server.kill('SIGTERM');
}

const of = (name: string) => asked.filter((one) => one.name === name).map(({ scores }) => scores);
const before = of('base');
if (documents)
  for (const { name } of arms)
    for (const other of [name, OPEN('base'), 'extract'])
      console.log(`${OPEN(name)} less ${other}: ${differenceFrom(of(other), of(OPEN(name)), 'people facts')}`);
const row = (name: string) => {
  const scores = of(name);
  return [
    name,
    spread(scores.map((one) => mean(one['held-out correctness']))),
    spread(scores.map((one) => mean(one['people facts']))),
    name === 'base' ? '' : differenceFrom(before, scores, 'people facts'),
    spread(scores.map((one) => mean(one['people must-not']))),
    spread(scores.map((one) => mean(one['everyday facts']))),
  ];
};
const plain = arms.map(({ name }) => name);
const open = documents ? ['extract', ...['base', ...plain].map(OPEN)] : [];
const names = ['base', 'echo', 'lookup', ...plain, ...open];
const { 'held-out': heldOut, people, everyday } = sample.suites;
console.log(
  tableOf(
    [
      'arm',
      `held-out wordings (${heldOut.length})`,
      `people's facts (${people.length})`,
      'less the base',
      'must-not',
      `everyday (${everyday.length})`,
    ],
    names.map(row),
  ),
);
console.log(
  tableOf(
    ['arm', 'recipe', 'examples', 'steps', 'seconds', 'in the loop', 'loss', 'seconds to answer'],
    arms.map(({ name }) => {
      const ones = trained.filter((one) => one.name === name);
      const first = ones[0]!;
      const over = (pick: (one: Trained) => number) => spread(ones.map(pick), 1);
      return [
        name,
        first.recipe,
        first.examples,
        first.steps,
        over(({ seconds }) => seconds),
        over(({ loopSeconds }) => loopSeconds),
        over(({ loss }) => loss ?? Number.NaN),
        spread(
          asked.filter((one) => one.name === name).map(({ seconds }) => seconds),
          1,
        ),
      ];
    }),
  ),
);
await writeFile(
  join(out, 'scores.json'),
  JSON.stringify(
    asked.map((one) => ({
      ...one,
      scores: Object.fromEntries(Object.entries(one.scores).map(([key, map]) => [key, Object.fromEntries(map)])),
    })),
  ),
);
