import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { JobWaits } from '../../contract/jobs.ts';
import { fakePython, pollUntil, trainingJob } from '../../test/support/fake-python.ts';
import { createMachine } from './machine.ts';
import { createTrlTrainer } from './trl.ts';

it('lets one job at a time take the machine: others wait, the one that runs is adopted, and one that is done needs no turn', async () => {
  const { python, workDir, folder } = await fakePython('while [ ! -e ../../go ]; do sleep 0.02; done; save');
  const machine = createMachine({ lock: workDir, folders: [workDir, path.join(folder, 'bases')] });
  const accelerator = { device: 'cpu', bf16: false } as const;
  const trainer = createTrlTrainer({ python, workDir, accelerator, machine, graceMs: 200 });
  const first = await trainer.launch(trainingJob());
  await pollUntil(trainer, first, 'running');

  const second = { ...trainingJob(), key: 'job-2' };
  await expect(trainer.launch(second)).rejects.toThrow(JobWaits);
  await expect(trainer.launch(second)).rejects.toThrow(
    "candidate 'tiny-sft' waits for its turn: this machine trains job-1 (job job-1)",
  );
  expect(await trainer.launch(trainingJob())).toEqual(first);
  expect(await trainer.running()).toEqual([first]);

  await writeFile(path.join(folder, 'go'), '');
  await pollUntil(trainer, first, 'completed');
  const launched = await trainer.launch(second);
  expect(await trainer.launch(trainingJob())).toEqual(first);
  await pollUntil(trainer, launched, 'completed');
});
