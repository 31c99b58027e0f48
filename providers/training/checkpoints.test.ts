import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { CheckpointStore, JobHandle } from '../../contract/jobs.ts';
import { fakePython, pollUntil, trainingJob } from '../../test/support/fake-python.ts';
import { createCheckpointStore } from '../../training/checkpoints.ts';
import { createCheckpointSender, type TrainedFolder } from './checkpoints.ts';
import { createTrlTrainer } from './trl.ts';

const CPU = { device: 'cpu', bf16: false } as const;

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'moving-'))));
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));

const shared = () =>
  createCheckpointStore({ artifacts: createFileStore(path.join(folder, 'artifacts')), say: () => {} });

/** A trainer of one machine: machines share nothing but the store. */
async function machine(body: string, checkpoints: CheckpointStore = shared()) {
  const { python, workDir } = await fakePython(body);
  const said: string[] = [];
  const options = { python, workDir, accelerator: CPU, graceMs: 200, say: (message: string) => said.push(message) };
  const job = path.join(workDir, 'job-1');
  return {
    trainer: createTrlTrainer({ ...options, checkpoints }),
    job,
    said,
    output: path.join(job, 'output'),
    lines: async (name: string) => (await readFile(path.join(job, name), 'utf8')).trim().split('\n'),
    kill: async () => {
      const { pid } = JSON.parse(await readFile(path.join(job, 'run.json'), 'utf8')) as { pid: number };
      process.kill(-pid, 'SIGKILL');
    },
  };
}

const TRAINS_ON = 'checkpoint 20; checkpoint 40; progress 3.5; exec sleep 600';
const ENDS = 'echo "resumed:$resumed" >> resumes; progress 1.5; save';

/** Polls, as the activity does, until the store has a checkpoint of this step. */
async function untilKept(
  trainer: Pick<Awaited<ReturnType<typeof machine>>['trainer'], 'poll'>,
  handle: JobHandle,
  step: number,
) {
  await expect
    .poll(
      async () => {
        await trainer.poll(handle);
        return (await shared().newest({ key: handle.key, above: 0 }))?.step;
      },
      { timeout: 10_000 },
    )
    .toBe(step);
}

describe('a job whose machine is lost', () => {
  it('goes on elsewhere from its newest checkpoint', async () => {
    const lost = await machine(TRAINS_ON);
    const handle = await lost.trainer.launch(trainingJob());
    await untilKept(lost.trainer, handle, 40);
    await lost.kill();
    await rm(lost.job, { recursive: true, maxRetries: 20, retryDelay: 50 });

    const other = await machine(ENDS);
    await pollUntil(other.trainer, await other.trainer.launch(trainingJob()), 'completed');
    expect(await other.lines('resumes')).toEqual([`resumed:${path.join(other.output, 'checkpoint-40')}`]);
    expect(JSON.parse(await readFile(path.join(other.job, 'run.json'), 'utf8'))).toMatchObject({ startStep: 40 });
    expect(other.said).toEqual(['training job job-1 goes on from step 40, which another machine kept']);
    // What it sends goes on beside the job, and leaves nothing.
    await expect.poll(() => readdir(path.join(other.job, 'moving')).catch(() => []), { timeout: 10_000 }).toEqual([]);
  });

  it.each([
    [20, 40],
    [60, 60],
  ])('goes on from whichever is newer: step %i is here, 40 elsewhere, so from %i', async (here, from) => {
    const lost = await machine(TRAINS_ON);
    await untilKept(lost.trainer, await lost.trainer.launch(trainingJob()), 40);
    await lost.kill();
    const other = await machine(ENDS);
    await mkdir(other.output, { recursive: true });
    const [local, whole] = [path.join(other.output, `checkpoint-${here}`), path.join(lost.output, 'checkpoint-40')];
    await cp(whole, local, { recursive: true });
    await writeFile(path.join(local, 'trainer_state.json'), JSON.stringify({ global_step: here }));
    await pollUntil(other.trainer, await other.trainer.launch(trainingJob()), 'completed');
    expect(await other.lines('resumes')).toEqual([`resumed:${path.join(other.output, `checkpoint-${from}`)}`]);
  });

  it('was killed before it sent its last checkpoint: that is caught up with before the job is called lost', async () => {
    const killed = await machine(
      'checkpoint 20; progress 3.5; while [ ! -e go ]; do sleep 0.02; done; checkpoint 60; kill -9 $$',
    );
    const handle = await killed.trainer.launch(trainingJob());
    await untilKept(killed.trainer, handle, 20);
    await writeFile(path.join(killed.job, 'go'), '');
    await expect.poll(() => existsSync(path.join(killed.job, 'exit'))).toBe(true);
    expect(await killed.trainer.poll(handle)).toMatchObject({ status: 'failed', retryable: true });
    expect(await shared().newest({ key: 'job-1', above: 0 })).toMatchObject({ step: 60 });
  });
});

describe('the trainer', () => {
  it('brings nothing for a job that runs or is done here', async () => {
    const asked: string[] = [];
    const store = { ...shared(), newest: async ({ key }: { key: string }) => void asked.push(key) };
    const { trainer, job } = await machine(
      'while [ ! -e go ]; do sleep 0.02; done; save',
      store as unknown as CheckpointStore,
    );
    const handle = await trainer.launch(trainingJob());
    expect(asked).toEqual(['job-1']);
    await trainer.launch(trainingJob());
    await writeFile(path.join(job, 'go'), '');
    await pollUntil(trainer, handle, 'completed');
    await trainer.launch(trainingJob());
    expect(asked).toEqual(['job-1']);
  });

  it('is looked at while a checkpoint is on its way, however long that takes', async () => {
    let arrived = () => {};
    const never = new Promise<void>((resolve) => (arrived = resolve));
    const puts: number[] = [];
    const store = { ...shared(), put: async ({ step }: { step: number }) => (puts.push(step), never) };
    const { trainer } = await machine(TRAINS_ON, store);
    const handle = await trainer.launch(trainingJob());
    await expect.poll(async () => (await trainer.poll(handle), puts)).toEqual([expect.any(Number)]);
    for (let looks = 0; looks < 3; looks++) expect(await trainer.poll(handle)).toMatchObject({ status: 'running' });
    expect(puts).toHaveLength(1);
    arrived();
    await trainer.cancel(handle);
  });

  it('drops what is kept of a job that failed for good', async () => {
    const { trainer, job } = await machine(
      'checkpoint 20; progress 3.5; while [ ! -e go ]; do sleep 0.02; done; progress nan; exec sleep 600',
    );
    const handle = await trainer.launch(trainingJob());
    await untilKept(trainer, handle, 20);
    await writeFile(path.join(job, 'go'), '');
    await pollUntil(trainer, handle, 'failed');
    expect(await shared().newest({ key: 'job-1', above: 0 })).toBeUndefined();
  });
});

describe('sending', () => {
  const job = (): TrainedFolder => ({
    key: 'job-1',
    output: path.join(folder, 'output'),
    side: path.join(folder, 'moving'),
  });
  async function write(step: number): Promise<string> {
    const at = path.join(folder, 'output', `checkpoint-${step}`);
    await mkdir(at, { recursive: true });
    const empty = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]);
    for (const name of ['optimizer.pt', 'scheduler.pt']) await writeFile(path.join(at, name), name);
    await writeFile(path.join(at, 'model.safetensors'), empty);
    await writeFile(path.join(at, 'trainer_state.json'), JSON.stringify({ global_step: step }));
    return at;
  }

  it('goes on while the trainer removes what is sent', async () => {
    const at = await write(20);
    let found: string[] = [];
    const put = async ({ folder: sent }: { folder: string }) => {
      await rm(at, { recursive: true });
      expect(await readFile(path.join(sent, 'optimizer.pt'), 'utf8')).toBe('optimizer.pt');
      found = await readdir(sent);
    };
    await createCheckpointSender({ store: { put }, say: () => {} }).finish(job());
    expect(found).toHaveLength(4);
    expect(await readdir(job().side)).toEqual([]);
  });

  it('takes the newest whole one, each once, and leaves one that is being written as it is', async () => {
    await write(20);
    await write(40);
    await rm(path.join(await write(60), 'trainer_state.json'));
    const puts: number[] = [];
    const put = async ({ step }: { step: number }) => void puts.push(step);
    const sender = createCheckpointSender({ store: { put }, say: () => {} });
    await sender.finish(job());
    await sender.finish(job());
    expect(puts).toEqual([40]);
    await write(60);
    await sender.finish(job());
    expect(puts).toEqual([40, 60]);
    // A worker that was killed knows nothing of it: the store looks whether it is there.
    await mkdir(path.join(job().side, 'of-a-killed-one'), { recursive: true });
    await createCheckpointSender({ store: { put }, say: () => {} }).finish(job());
    expect(puts).toEqual([40, 60, 60]);
    expect(await readdir(job().side)).toEqual([]);
  });

  it('says what fails, and tries again after a pause', async () => {
    await write(20);
    const said: string[] = [];
    let tries = 0;
    const put = async () => {
      tries += 1;
      if (tries < 3) throw new Error('S3 is away');
    };
    const sender = createCheckpointSender({ store: { put }, say: (message) => said.push(message), pauseMs: 0 });
    await expect.poll(() => (sender.look(job()), tries)).toBe(3);
    expect(said).toEqual(
      Array(2).fill("the checkpoint of job job-1 can't be kept elsewhere, and is tried again: S3 is away"),
    );
    const patient = createCheckpointSender({
      store: { put: () => Promise.reject(new Error('S3 is away')) },
      say: () => (tries += 1),
      pauseMs: 600_000,
    });
    await patient.finish(job());
    for (let looks = 0; looks < 5; looks++) patient.look(job());
    await patient.finish({ ...job(), output: path.join(folder, 'none') });
    expect(tries).toBe(4);
  });
});
