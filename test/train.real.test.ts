import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TrlCandidateSchema } from '../configs/schema.ts';
import type { DataRef } from '../schema/data.ts';
import { createBaseModelMaker } from '../providers/training/bases.ts';
import { createTrlTrainer } from '../providers/training/trl.ts';
import { createCheckpointStore } from '../training/checkpoints.ts';
import { createFileStore } from '../artifacts/file/file-store.ts';
import { createModelServer, modelServerCommand } from '../providers/inference/transformers.ts';
import { trainingEnvironment, type TrlConfig } from '../providers/training/trl-config.ts';
import { weightsOf } from '../contract/model-ref.ts';
import type { JobHandle, JobStatus, Trainer } from '../contract/jobs.ts';
import { freePorts } from './support/system.ts';

/** Real tools, tiny work: a base from five sentences, ten steps of fine-tuning, one answer. */

const SENTENCES = [
  'Ovulation usually happens 14 days before the next period.',
  'A condom protects against most infections.',
  'Iron tablets can make stools darker.',
  'The menopause usually starts between 45 and 55 years of age.',
  'Folic acid should be taken before pregnancy.',
];

let python = '';
let folder = '';
let server: ChildProcess | undefined;

beforeAll(async () => {
  python = process.env.WHETSTONE_PYTHON ?? '';
  if (!python) {
    throw new Error(
      'WHETSTONE_PYTHON is not set: name the Python of an environment made from providers/python/requirements.txt',
    );
  }
  folder = await mkdtemp(path.join(os.tmpdir(), 'whetstone-real-'));
});
afterAll(async () => {
  server?.kill('SIGKILL');
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function jsonLines(name: string, rows: unknown[]): Promise<DataRef> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await writeFile(path.join(folder, name), text);
  const uri = pathToFileURL(path.join(folder, name)).href;
  return { uri, sha256: createHash('sha256').update(text).digest('hex'), rows: rows.length };
}

async function completed(jobs: Pick<Trainer, 'poll'>, handle: JobHandle) {
  let status: JobStatus;
  do {
    await sleep(100);
    status = await jobs.poll(handle);
  } while (status.status === 'running');
  if (status.status !== 'completed') throw new Error(JSON.stringify(status));
  return { ...status, model: weightsOf(status.model, handle.key) };
}

async function run(program: string, args: string[], env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...env } });
  return stdout;
}

const accelerator = { device: 'cpu', bf16: false } as const;

/** The base, made once, and what is trained on. */
async function baseAndTrain() {
  const corpus = await jsonLines(
    'corpus.jsonl',
    Array.from({ length: 12 }, () => SENTENCES)
      .flat()
      .map((text) => ({ text })),
  );
  const maker = createBaseModelMaker({
    python,
    cacheDir: path.join(folder, 'bases'),
    accelerator,
    pretrainingSteps: 3,
  });
  const base = await completed(maker, await maker.launch({ base: 'tiny-llama', corpus, seed: 1 }));

  const chat = (content: string) => ({
    messages: [
      { role: 'user', content: `Tell me: ${content.split(' ').slice(0, 3).join(' ')}?` },
      { role: 'assistant', content },
    ],
  });
  return { base, train: await jsonLines('train.jsonl', SENTENCES.map(chat)) };
}

it('makes a base, fine-tunes it in full and with LoRA, and answers, with the real tools', async () => {
  const { base, train } = await baseAndTrain();
  const settings = TrlCandidateSchema.parse({ name: 'tiny', batchSize: 5, warmupSteps: 2, saveSteps: 5 });
  const candidate = { ...settings, maxSteps: 10 };
  const trainer = createTrlTrainer({ python, workDir: path.join(folder, 'jobs'), accelerator });
  const job = { key: 'real', candidate, base: base.model, train, seed: 1 };
  const tuned = await completed(trainer, await trainer.launch(job));
  expect(tuned.model.sha256).not.toBe(base.model.sha256);
  expect(tuned.loss).toBeGreaterThan(0);
  expect(tuned).toMatchObject({ step: 10 });

  // What a CPU computes in a shorter way is trl's own loss.
  const jobFolder = path.join(folder, 'jobs', job.key);
  const config = JSON.parse(await readFile(path.join(jobFolder, 'config.json'), 'utf8')) as TrlConfig;
  const steps = 4;
  const tokens = Array.from({ length: steps * 5 }, (_, i) => ({
    input_ids: Array.from({ length: 12 + (i % 5) }, (__, at) => 10 + ((i * 7 + at) % 40)),
    completion_mask: Array.from({ length: 12 + (i % 5) }, (__, at) => (at < 4 + (i % 3) ? 0 : 1)),
  }));
  const prepared = await jsonLines('tokens.jsonl', tokens);
  const datasets = [{ path: 'json', data_files: fileURLToPath(prepared.uri), split: 'train' }];
  const logs = await Promise.all(
    [['-m', 'trl.scripts.sft'], [path.join(import.meta.dirname, '../providers/python/train_sft.py')]].map(
      async (script, i) => {
        const own = path.join(folder, `same-${i}.json`);
        await writeFile(
          own,
          JSON.stringify({ ...config, datasets, max_steps: steps, output_dir: path.join(folder, `same-${i}`) }),
        );
        return run(python, [...script, '--config', own], trainingEnvironment(path.join(folder, `cache-${i}`)));
      },
    ),
  );
  const [trls = [], ours = []] = logs.map((log) =>
    [...log.matchAll(/'loss': '([\d.]+)'/g)].map(([, loss]) => Number(loss)),
  );
  expect(trls).toHaveLength(steps);
  expect(ours).toHaveLength(steps);
  for (const [i, loss] of ours.entries()) expect(loss / trls[i]!).toBeCloseTo(1, 2);

  const lora = { ...candidate, name: 'lora', lora: { rank: 4, alpha: 8, dropout: 0 } };
  const adapted = await completed(trainer, await trainer.launch({ ...job, key: 'real-lora', candidate: lora }));
  expect([base.model.sha256, tuned.model.sha256]).not.toContain(adapted.model.sha256);

  const [port = 0] = await freePorts(1);
  const { command, args, env } = modelServerCommand({ python, port, device: 'cpu' });
  server = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  const baseUrl = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${baseUrl}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await sleep(100);

  const model = createModelServer({ baseUrl }).chatModel(tuned.model, 4);
  const ask = () => model.chat({ messages: [{ role: 'user', content: 'Tell me: Iron tablets can?' }], maxTokens: 24 });
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers[0]?.text).toMatch(/\p{L}/u);
  expect(answers[0]?.outputTokens).toBeGreaterThan(0);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  // The adapters were merged: what serves is a whole model.
  const merged = createModelServer({ baseUrl }).chatModel(adapted.model, 1);
  const { text } = await merged.chat({
    messages: [{ role: 'user', content: 'Tell me: Iron tablets can?' }],
    maxTokens: 24,
  });
  expect(text).toMatch(/\p{L}/u);
});

it('goes on elsewhere when its machine is lost, to the very same weights', async () => {
  const { base, train } = await baseAndTrain();
  const settings = TrlCandidateSchema.parse({ name: 'tiny', batchSize: 5, warmupSteps: 2, saveSteps: 5 });
  const job = { key: 'moved', candidate: { ...settings, maxSteps: 40 }, base: base.model, train, seed: 1 };
  const artifacts = createFileStore(path.join(folder, 'artifacts'));
  const checkpoints = createCheckpointStore({ artifacts, say: () => {} });
  const machine = (name: string) => {
    const workDir = path.join(folder, name);
    return { workDir, trainer: createTrlTrainer({ python, workDir, accelerator, checkpoints }) };
  };
  const startSteps = async (workDir: string) => {
    const text = await readFile(path.join(workDir, job.key, 'starts.jsonl'), 'utf8');
    return text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { startStep: number }).startStep);
  };

  const lost = machine('lost');
  const handle = await lost.trainer.launch(job);
  while (!(await checkpoints.newest({ key: job.key, above: 0 }))) {
    expect(await lost.trainer.poll(handle)).toMatchObject({ status: 'running' });
    await sleep(20);
  }
  const { pid } = JSON.parse(await readFile(path.join(handle.location, 'run.json'), 'utf8')) as { pid: number };
  process.kill(-pid, 'SIGKILL');
  const kept = await checkpoints.newest({ key: job.key, above: 0 });
  await rm(lost.workDir, { recursive: true, maxRetries: 20, retryDelay: 50 });

  const other = machine('other');
  const moved = await completed(other.trainer, await other.trainer.launch(job));
  expect(await startSteps(other.workDir)).toEqual([kept?.step]);
  expect(kept?.step).toBeGreaterThan(0);
  expect(kept?.step).toBeLessThan(40);

  const undisturbed = createTrlTrainer({ python, workDir: path.join(folder, 'undisturbed'), accelerator });
  const whole = await completed(undisturbed, await undisturbed.launch({ ...job, key: 'undisturbed' }));
  expect(moved.model.sha256).toBe(whole.model.sha256);
});
