import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { TrlCandidateSchema } from '../../configs/schema.ts';
import type { JobHandle, JobStatus, TrainingJob } from '../../contract/jobs.ts';

/** Test support: a shell script in place of Python, that says and writes what trl would. */

const PRELUDE = `#!/bin/sh
case $1 in *prepare_train.py) exit 0 ;; esac
config=$3
field() { sed -n "s|.*\\"$1\\": \\"\\(.*\\)\\",*|\\1|p" "$config"; }
output=$(field output_dir)
resumed=$(field resume_from_checkpoint)
mkdir -p "$output"
progress() { echo "{'loss': '$1', 'grad_norm': '1.5', 'epoch': '0.1'}"; }
weights() { printf '\\002\\000\\000\\000\\000\\000\\000\\000{}' > "$1/model.safetensors"; }
checkpoint() {
  mkdir -p "$output/checkpoint-$1" && weights "$output/checkpoint-$1"
  touch "$output/checkpoint-$1/optimizer.pt" "$output/checkpoint-$1/scheduler.pt"
  echo "{\\"global_step\\": $1}" > "$output/checkpoint-$1/trainer_state.json"
}
save() {
  echo '{}' > "$output/config.json" && weights "$output" && touch "$output/training_args.bin"
  echo "{'train_runtime': '12.5', 'train_loss': '2.0'}"
}
`;

/** A folder for one test, with a stand-in for Python whose body is `body`. */
export async function fakePython(body: string): Promise<{ folder: string; python: string; workDir: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'whetstone-trainer-'));
  // A script that a test does not wait for may still be writing.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  const python = path.join(folder, 'python');
  await writeFile(python, PRELUDE + body);
  await chmod(python, 0o755);
  return { folder, python, workDir: path.join(folder, 'jobs') };
}

export function trainingJob(changes: Partial<TrainingJob<'trl'>> = {}): TrainingJob<'trl'> {
  const uri = (name: string) => pathToFileURL(path.join(os.tmpdir(), name)).href;
  return {
    key: 'job-1',
    candidate: TrlCandidateSchema.parse({ name: 'tiny-sft', saveSteps: 20, maxSteps: 1000 }),
    base: { uri: uri('base'), sha256: 'b' },
    train: { uri: uri('train.jsonl'), sha256: 't', rows: 2 },
    seed: 17,
    ...changes,
  };
}

type Status<Name extends JobStatus['status']> = Extract<JobStatus, { status: Name }>;

/** Polls until the job has this status, and for as long as `unless` is not met. */
export async function pollUntil<Name extends JobStatus['status']>(
  trainer: { poll: (handle: JobHandle) => Promise<JobStatus> },
  handle: JobHandle,
  status: Name,
  also: (found: Status<Name>) => boolean = () => true,
): Promise<Status<Name>> {
  for (const until = Date.now() + 10_000; ; await sleep(20)) {
    const found = await trainer.poll(handle);
    if (found.status === status && also(found as Status<Name>)) return found as Status<Name>;
    if (Date.now() > until) throw new Error(`expected ${status}, still ${JSON.stringify(found)}`);
  }
}
