import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TrlCandidateSchema } from '../../configs/schema.ts';
import { fakePython, pollUntil, trainingJob } from '../../test/support/fake-python.ts';
import { modelId } from '../../contract/model-ref.ts';
import { createTrlTrainer } from './trl.ts';
import { processStartTime } from '../../common/process-identity.ts';

const CPU = { device: 'cpu', bf16: false } as const;

async function trainerOn(body: string) {
  const { python, workDir, folder } = await fakePython(body);
  const make = () => createTrlTrainer({ python, workDir, accelerator: CPU, graceMs: 200 });
  const job = path.join(workDir, 'job-1');
  const lines = async (name: string) => (await readFile(path.join(job, name), 'utf8')).trim().split('\n');
  return { trainer: make(), make, job, lines, python, workDir, folder };
}

/** Those of the process numbers that still run; a zombie that its parent has not yet collected does not. */
async function living(pids: string[]): Promise<string[]> {
  const startTimes = await Promise.all(pids.map((pid) => processStartTime(Number(pid))));
  return pids.filter((_, index) => startTimes[index] !== undefined);
}

const TRAINS_FOREVER = 'progress 3.5; progress 2.5; echo $$ >> pids; exec sleep 600';

describe('a training job', () => {
  it('reports its steps and loss, then a model named by its content', async () => {
    const { trainer, job } = await trainerOn(
      'progress 3.5; while [ ! -e go ]; do sleep 0.02; done; progress 2.5; save',
    );
    const handle = await trainer.launch(trainingJob());
    const running = await pollUntil(trainer, handle, 'running', ({ step }) => step > 0);
    expect(running).toEqual({ status: 'running', step: 10, totalSteps: 1000, loss: 3.5 });
    await writeFile(path.join(job, 'go'), '');
    const done = await pollUntil(trainer, handle, 'completed');
    expect(done).toMatchObject({ step: 1000, loss: 2.5, trainSeconds: 12.5 });
    expect(modelId(done.model)).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(path.join(job, 'model'))).toEqual(['config.json', 'model.safetensors']);
  });

  it('says how many examples were too long for it, and which (F11)', async () => {
    const { python, workDir } = await fakePython('save');
    const counts = { examples: 40, tooLong: 1, limit: 64, longest: 90, meanTokens: 31.5 };
    const first = [{ line: 7, tokens: 90, question: 'What?' }];
    const report = JSON.stringify({ ...counts, first });
    const script = (await readFile(python, 'utf8')).replace(
      '*prepare_train.py) exit 0',
      `*prepare_train.py) echo '${report}' > examples.json; exit 0`,
    );
    await writeFile(python, script);
    const trainer = createTrlTrainer({ python, workDir, accelerator: CPU });
    const done = await pollUntil(trainer, await trainer.launch(trainingJob()), 'completed');
    expect(done.examples).toEqual({ ...counts, first });
  });

  it('stops before it trains when the preparation says why, in its words alone (F11)', async () => {
    const { python, workDir } = await fakePython('save');
    const script = (await readFile(python, 'utf8')).replace(
      'exit 0',
      `echo 'error: 15 of 25 training examples are longer than maxSequenceTokens (64)' >&2; exit 1`,
    );
    await writeFile(python, script);
    const trainer = createTrlTrainer({ python, workDir, accelerator: CPU });
    const failed = await pollUntil(trainer, await trainer.launch(trainingJob()), 'failed');
    expect(failed).toEqual({
      status: 'failed',
      retryable: false,
      reason: "candidate 'tiny-sft': 15 of 25 training examples are longer than maxSequenceTokens (64)",
    });
  });

  it('is not trained again once it has completed, also when it was never polled', async () => {
    const { trainer, lines } = await trainerOn('save');
    const handle = await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'completed');
    await trainer.launch(trainingJob());
    expect(await trainer.poll(handle)).toMatchObject({ status: 'completed' });
    expect(await lines('starts.jsonl')).toHaveLength(1);
  });

  it('is the same job in a folder of before, which names how often it logs', async () => {
    const { trainer, job, lines } = await trainerOn('save');
    const handle = await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'completed');
    const file = path.join(job, 'job.json');
    const identity = JSON.parse(await readFile(file, 'utf8')) as object;
    expect(identity).not.toHaveProperty('loggingSteps');
    await writeFile(file, JSON.stringify({ ...identity, loggingSteps: 7 }));
    await trainer.launch(trainingJob());
    expect(await trainer.poll(handle)).toMatchObject({ status: 'completed' });
    expect(await lines('starts.jsonl')).toHaveLength(1);
  });

  it('refuses another job under the same key', async () => {
    const { trainer } = await trainerOn('save');
    await trainer.launch(trainingJob());
    await expect(trainer.launch(trainingJob({ seed: 18 }))).rejects.toThrow(
      /already stands for another job.*"seed":18/,
    );
  });

  it('refuses a key that would lead out of its folder', async () => {
    const { trainer } = await trainerOn('save');
    await expect(trainer.launch(trainingJob({ key: '../x' }))).rejects.toThrow(/it names a folder/);
  });

  it('merges a LoRA adapter after training it', async () => {
    const { trainer, job } = await trainerOn('case $1 in *merge_adapter.py) echo merged >> merged ;; *) save ;; esac');
    const candidate = { ...TrlCandidateSchema.parse({ name: 'lora', lora: {} }), maxSteps: 10 };
    await pollUntil(trainer, await trainer.launch(trainingJob({ candidate })), 'completed');
    expect(await readFile(path.join(job, 'merged'), 'utf8')).toBe('merged\n');
  });
});

describe('a launch', () => {
  it('adopts a live process', async () => {
    const { trainer, make, lines } = await trainerOn(TRAINS_FOREVER);
    const handle = await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'running', ({ step }) => step === 20);
    await make().launch(trainingJob());
    expect(await lines('starts.jsonl')).toHaveLength(1);
    await trainer.cancel(handle);
  });

  it('makes one process when many race, from this process and others', async () => {
    const { make, lines, python, workDir } = await trainerOn(TRAINS_FOREVER);
    const options = JSON.stringify({ python, workDir, accelerator: CPU });
    const elsewhere = `import { createTrlTrainer } from ${JSON.stringify(path.join(import.meta.dirname, 'trl.ts'))};
      await createTrlTrainer(${options}).launch(${JSON.stringify(trainingJob())});`;
    const launchElsewhere = () =>
      promisify(execFile)(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', elsewhere]);
    await Promise.all([
      launchElsewhere(),
      launchElsewhere(),
      ...Array.from({ length: 4 }, () => make().launch(trainingJob())),
    ]);
    const trainer = make();
    const handle = await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'running', ({ step }) => step === 20);
    expect(await lines('starts.jsonl')).toHaveLength(1);
    expect(await lines('pids')).toHaveLength(1);
    await trainer.cancel(handle);
  });

  it('goes on from the last whole checkpoint after a kill, and removes a half-written one', async () => {
    const { trainer, job, lines } = await trainerOn(`
      echo "resumed:$resumed" >> resumes
      if [ -n "$resumed" ]; then progress 1.5; save; exit 0; fi
      checkpoint 20; checkpoint 40; checkpoint 60
      rm "$output/checkpoint-60/trainer_state.json"
      checkpoint 80; printf '\\377\\000\\000\\000\\000\\000\\000\\000{' > "$output/checkpoint-80/model.safetensors"
      progress 4.5; exec sleep 600`);
    const handle = await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'running', ({ step }) => step > 0);
    const { pid } = JSON.parse(await readFile(path.join(job, 'run.json'), 'utf8')) as { pid: number };
    process.kill(-pid, 'SIGKILL');
    expect(await pollUntil(trainer, handle, 'failed')).toMatchObject({ retryable: true });

    await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'completed');
    expect(await lines('resumes')).toEqual(['resumed:', `resumed:${path.join(job, 'output', 'checkpoint-40')}`]);
    const starts = (await lines('starts.jsonl')).map((line) => (JSON.parse(line) as { startStep: number }).startStep);
    expect(starts).toEqual([0, 40]);
  });

  it('ends what an earlier process left running before it starts another', async () => {
    const { trainer, job, lines } = await trainerOn(TRAINS_FOREVER);
    const handle = await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'running', ({ step }) => step === 20);
    const { pid } = JSON.parse(await readFile(path.join(job, 'run.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await pollUntil(trainer, handle, 'failed');
    await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'running', ({ step }) => step === 20);
    const [first, second] = await lines('pids');
    expect(await living([first ?? '', second ?? ''])).toEqual([second]);
    await trainer.cancel(handle);
  });

  it('does not take a stranger with a recycled process number for its job, nor harm it', async () => {
    const { trainer, job } = await trainerOn('progress 1.5; save');
    await mkdir(job, { recursive: true });
    const stale = { pid: process.pid, startTime: 'long ago', startStep: 0, logOffset: 0 };
    await writeFile(path.join(job, 'run.json'), JSON.stringify(stale));
    await pollUntil(trainer, await trainer.launch(trainingJob()), 'completed');
  });
});

describe('a failure', () => {
  it('is final when the loss is not a number, and the process is stopped', async () => {
    const { trainer, lines, job } = await trainerOn(`progress 3.5; progress nan; ${TRAINS_FOREVER}`);
    const handle = await trainer.launch(trainingJob());
    const failed = await pollUntil(trainer, handle, 'failed');
    expect(failed).toEqual({
      status: 'failed',
      retryable: false,
      reason:
        "candidate 'tiny-sft': training loss is not a number at step 20: lower learningRate (now 0.002), or raise warmupSteps or batchSize",
    });
    expect(await trainer.poll(handle)).toEqual(failed);
    expect(await living(await lines('pids'))).toEqual([]);
    expect(existsSync(path.join(job, 'output'))).toBe(false);
  });

  it('is noticed when only the closing line says that the loss was infinite', async () => {
    const { trainer } = await trainerOn(`save; echo "{'train_runtime': '1', 'train_loss': 'inf'}"`);
    const failed = await pollUntil(trainer, await trainer.launch(trainingJob()), 'failed');
    expect(failed.reason).toMatch(/not a number/);
  });

  it('says what Python said, and is final', async () => {
    const { trainer } = await trainerOn(
      'echo "Traceback (most recent call last):"; echo "ValueError: no such column" >&2; exit 1',
    );
    const failed = await pollUntil(trainer, await trainer.launch(trainingJob()), 'failed');
    expect(failed).toMatchObject({ retryable: false });
    expect(failed.reason).toMatch(
      /^candidate 'tiny-sft': failed with exit code 1: ValueError: no such column; log: .*log\.txt$/,
    );
  });

  it('names a Python that is not there', async () => {
    const { workDir } = await fakePython('');
    const trainer = createTrlTrainer({ python: '/nowhere/python', workDir, accelerator: CPU });
    const failed = await pollUntil(trainer, await trainer.launch(trainingJob()), 'failed');
    expect(failed.reason).toMatch(/exit code 127: .*\/nowhere\/python.*not found/);
  });

  it('may be retried when the process was killed', async () => {
    const { trainer } = await trainerOn('progress 3.5; kill -9 $$');
    const failed = await pollUntil(trainer, await trainer.launch(trainingJob()), 'failed');
    expect(failed).toMatchObject({ retryable: true });
    expect(failed.reason).toMatch(/signal 9 at step 10 \(out of memory/);
  });

  it.each([
    ['by itself', 'exit 1'],
    ['by a signal', 'kill -9 $$'],
    ['with its shell, which could not write its exit code', 'kill -9 0'],
  ])('names a full disk, of which a job died %s, and may be retried once there is room', async (_how, end) => {
    const said = 'OSError: [Errno 28] No space left on device: output/checkpoint-20';
    const { trainer, job } = await trainerOn(`progress 3.5; progress 2.5; echo '${said}' >&2; ${end}`);
    const failed = await pollUntil(trainer, await trainer.launch(trainingJob()), 'failed');
    expect(failed).toEqual({
      status: 'failed',
      retryable: true,
      reason: `candidate 'tiny-sft': the disk is full at step 20 (${said}): free some of that of ${job}; it goes on from its last checkpoint`,
    });
  });

  it('is final when the process ends well but leaves no model', async () => {
    const { trainer } = await trainerOn('true');
    const failed = await pollUntil(trainer, await trainer.launch(trainingJob()), 'failed');
    expect(failed.reason).toMatch(/ended without a model: .*expected config\.json and weights, found nothing/);
  });
});

describe('cancelling', () => {
  it('ends the whole process group, also what ignores SIGTERM, and can be repeated', async () => {
    const { trainer, lines } = await trainerOn(`
      trap '' TERM
      echo $$ >> pids; sleep 600 & echo $! >> pids
      progress 3.5; while true; do sleep 1; done`);
    const handle = await trainer.launch(trainingJob());
    await pollUntil(trainer, handle, 'running', ({ step }) => step > 0);
    await Promise.all([trainer.cancel(handle), trainer.cancel(handle)]);
    await trainer.cancel(handle);
    expect(await lines('pids')).toHaveLength(2);
    expect(await living(await lines('pids'))).toEqual([]);
    const { reason, ...status } = await pollUntil(trainer, handle, 'failed');
    expect(status).toEqual({ status: 'failed', retryable: true });
    expect(reason).toMatch(/was cancelled at step 10/);
  });

  it('of a job that never was does nothing', async () => {
    const { trainer, workDir } = await trainerOn('save');
    await trainer.cancel({ provider: 'trl', key: 'none', location: path.join(workDir, 'none') });
    expect(existsSync(path.join(workDir, 'none'))).toBe(false);
  });
});
