import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CandidateSchema, recipeOf, stepsOf } from '../configs/schema.ts';
import { chatLine } from '../datasets/files/chat-line.ts';
import { chunkDocument } from '../documents/chunk.ts';
import { generationRequest } from '../generation/request.ts';
import { parseGeneration } from '../generation/parse.ts';
import { readDocuments } from '../documents/read.ts';
import { factsLines } from '../training/recipe.ts';
import type { Chunk, DataRef, Example, QaPair } from '../schema/data.ts';
import { taskOf } from '../test/support/examples.ts';
import { METRICS } from '../judges/index.ts';
import { createBaseModelMaker } from '../providers/training/bases.ts';
import { createBuiltinTeacher } from '../teacher/model.ts';
import { createTrlTrainer } from '../providers/training/trl.ts';
import { weightsBytes } from '../providers/training/model-folder.ts';
import { createModelServer, modelServerCommand } from '../providers/inference/transformers.ts';
import type { JobHandle, Trainer } from '../contract/jobs.ts';
import { weightsOf } from '../contract/model-ref.ts';
import type { Weights } from '../schema/model-ref.ts';
import { ensurePython } from '../worker/system/python.ts';
import { tableOf } from './tables.ts';

/**
 * The training of a run and nothing else, where a GPU is at hand: the sample's questions by the built-in teacher, the last wording of each
 * fact held out; trained, served and asked by the product's own parts. Prints seconds and the share of held-out wordings that are answered.
 */

const projectRoot = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'smollm2-135m' },
    documents: { type: 'string', default: 'datasets/samples/womens-health' },
    /** Of a candidate, as JSON: {"epochs": 3, "learningRate": 0.0003}. */
    candidate: { type: 'string', default: '{}' },
    questions: { type: 'string', default: '200' },
    out: { type: 'string', default: '.whetstone/train-gpu' },
  },
});

const out = join(projectRoot, values.out);
await mkdir(out, { recursive: true });
const python = await ensurePython({
  projectRoot,
  home: process.env.WHETSTONE_HOME ?? join(homedir(), '.cache', 'whetstone'),
  env: process.env,
  say: console.log,
});

const pairs = await generate(values.documents);
const heldOut = pairs.filter(({ phrasing }) => phrasing === 3).slice(0, Number(values.questions));
const learnt = pairs.filter(({ phrasing }) => phrasing < 3);

const seconds: Record<string, number> = {};
const bases = createBaseModelMaker({ python, cacheDir: join(out, 'bases') });
const base = await timed('base', () => completed(bases, () => bases.launch({ base: values.base, seed: 17 })));

const wanted = CandidateSchema.parse({ name: 'gpu', base: values.base, ...(JSON.parse(values.candidate) as object) });
const recipe = recipeOf(wanted, await weightsBytes(new URL(base.model.uri).pathname));
const chunks = [...new Map(pairs.map(({ chunk }) => [chunk.id, chunk])).values()];
const examples = learnt.map(({ chunk: _chunk, ...pair }) => asExample(pair));
const lines = examples.map((example) => chatLine(example, ''));
const added = recipe === 'facts' ? factsLines({ examples, chunks, settings: wanted.facts, systemPrompt: '' }) : [];
const train = await jsonLines('train.jsonl', [...lines, ...added]);
const candidate = { ...wanted, maxSteps: stepsOf(wanted, train.rows) };
const trainer = createTrlTrainer({ python, workDir: join(out, 'jobs') });
const key = `gpu-${createHash('sha256')
  .update(JSON.stringify([candidate, train.sha256]))
  .digest('hex')
  .slice(0, 12)}`;
const trained = await timed('training', () =>
  completed(trainer, () => trainer.launch({ key, candidate, base: base.model, train, seed: 17 })),
);

const port = 18_990;
const { command, args, env } = modelServerCommand({ python, port });
const server = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
const baseUrl = `http://127.0.0.1:${port}`;
try {
  const isUp = () =>
    fetch(`${baseUrl}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await sleep(200);
  const rows = [];
  for (const [name, model] of [['base', base.model] as const, ['tuned', trained.model] as const]) {
    const started = performance.now();
    const { correct, tokens } = await ask(model);
    const took = (performance.now() - started) / 1000;
    rows.push([name, (correct / heldOut.length).toFixed(3), took.toFixed(1), Math.round(tokens / took)]);
  }
  console.log(tableOf(['arm', `correct of ${heldOut.length} held-out wordings`, 'seconds', 'tokens a second'], rows));
} finally {
  server.kill('SIGTERM');
}
console.log(
  tableOf(
    ['base', 'recipe', 'examples', 'steps', 'batch', 'seconds in all', 'in the loop', 'loss'],
    [
      [
        values.base,
        recipe,
        train.rows,
        candidate.maxSteps,
        candidate.batchSize,
        (seconds.training ?? 0).toFixed(1),
        trained.trainSeconds.toFixed(1),
        trained.loss?.toFixed(3) ?? '?',
      ],
    ],
  ),
);

async function generate(source: string): Promise<(QaPair & { chunk: Chunk })[]> {
  const teacher = createBuiltinTeacher();
  const documents = await readDocuments({ sources: [source], projectRoot, allowedRoots: [projectRoot] });
  const passages = documents.flatMap((document) => chunkDocument(document, { maxTokens: 160 }));
  const made = await Promise.all(
    passages.map(async (chunk) => {
      const task = taskOf(chunk, { facts: 20 });
      const { text } = await teacher.chat(generationRequest(task, { guidelines: [] }));
      return parseGeneration({ reply: text, task, teacher: 'builtin' }).pairs.map((pair) => ({ ...pair, chunk }));
    }),
  );
  return made.flat();
}

function asExample(pair: QaPair): Example {
  return { ...pair, verdict: { decision: 'keep', reasons: [], judgements: [] } };
}

async function jsonLines(name: string, rows: unknown[]): Promise<DataRef> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const file = join(out, name);
  await writeFile(file, text);
  return { uri: pathToFileURL(file).href, sha256: createHash('sha256').update(text).digest('hex'), rows: rows.length };
}

async function completed(jobs: Pick<Trainer, 'poll'>, launch: () => Promise<JobHandle>) {
  const handle = await launch();
  for (let said = ''; ; await sleep(500)) {
    const status = await jobs.poll(handle);
    if (status.status === 'completed') return { ...status, model: weightsOf(status.model, handle.key) };
    if (status.status === 'failed') throw new Error(status.reason);
    const now = status.status === 'running' ? `${status.step} of ${status.totalSteps}, loss ${status.loss ?? '?'}` : '';
    if (now !== said) console.log(now);
    said = now;
  }
}

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  seconds[name] = (performance.now() - started) / 1000;
  return result;
}

async function ask(model: Weights): Promise<{ correct: number; tokens: number }> {
  const chat = createModelServer({ baseUrl, timeoutMs: 600_000 }).chatModel(model, 48);
  const judge = METRICS.correctness?.();
  const answered = await Promise.all(
    heldOut.map(async ({ question, answer: reference }) => {
      const { text, outputTokens } = await chat.chat({
        messages: [{ role: 'user', content: question }],
        maxTokens: 96,
      });
      const judged = await judge?.judge({ question, answer: text, reference });
      return { correct: judged?.score === 1, tokens: outputTokens };
    }),
  );
  return {
    correct: answered.filter(({ correct }) => correct).length,
    tokens: answered.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}
