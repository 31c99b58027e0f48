import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { JobHandle, Trainer, TrainingJob } from '../../contract/jobs.ts';
import { notingAsks } from './noting-asks.ts';

/** A machine on which one job was launched, as two workers of it see it. */
async function machine() {
  const workDir = await mkdtemp(path.join(tmpdir(), 'whetstone-asks-'));
  onTestFinished(() => rm(workDir, { recursive: true, force: true }));
  const handle: JobHandle = { provider: 'trl', key: 'job', location: path.join(workDir, 'job') };
  const trainer: Trainer = {
    launch: async () => {
      await mkdir(handle.location);
      return handle;
    },
    poll: async () => ({ status: 'pending' }),
    cancel: async () => {},
    running: async () => [handle],
  };
  return { handle, one: notingAsks(trainer, workDir), other: notingAsks(trainer, workDir) };
}

const agesMs = async (trainer: Trainer) => (await trainer.running()).map(({ askedAtMs }) => Date.now() - askedAtMs!);

it('knows when a job was last launched or looked at, by whatever worker', async () => {
  const { handle, one, other } = await machine();
  await one.launch({ key: 'job' } as TrainingJob);
  await utimes(path.join(handle.location, 'asked'), 0, 0);
  expect((await agesMs(other))[0]).toBeGreaterThan(1e9);
  await other.poll(handle);
  expect((await agesMs(one))[0]).toBeLessThan(60_000);
});

it('knows nothing of a job that was launched before anything was noted, and makes no folder for one that never was', async () => {
  const { handle, one } = await machine();
  expect(await one.poll(handle)).toEqual({ status: 'pending' });
  expect((await one.running())[0]).toEqual({ ...handle, askedAtMs: undefined });
});
