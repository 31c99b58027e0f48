import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { withFolderLock } from '../../common/folder-lock.ts';
import { fullDisk } from '../full-disk.ts';
import { cancelJob, launchJob, observeJob, readLog, readOptional, writeAtomically } from './job-process.ts';
import type { Attempt, Command, Run } from './job-process.ts';
import { hasModel, latestCheckpoint, hashModelFolder, moveModel } from './model-folder.ts';
import { errorOf, parseTrainingLog } from './training-log.ts';
import type { JobStatus } from '../../contract/jobs.ts';
import type { JobFolder } from './job-folders.ts';
import type { Machine } from './machine.ts';

/** A job whose process makes a model in `<folder>/output`. Shared by fine-tuning and by the making of bases. */

/** Read by poll, which knows the folder alone. */
const IdentitySchema = z.object({
  key: z.string(),
  /** How the job is named in messages. */
  subject: z.string(),
  totalSteps: z.number().int(),
  /** In folders of before; each start of a job says it now. */
  loggingSteps: z.number().int().optional(),
  learningRate: z.number().optional(),
});
export type TrlJobIdentity = Omit<z.infer<typeof IdentitySchema>, 'loggingSteps'> & { job: unknown };

/** What the preparation of a training file counted, where a job has one. */
export const EXAMPLES_FILE = 'examples.json';
const ExamplesSchema = z.object({
  examples: z.number(),
  tooLong: z.number(),
  limit: z.number(),
  longest: z.number(),
  meanTokens: z.number(),
  first: z.array(z.object({ line: z.number(), tokens: z.number(), question: z.string() })),
});

const ResultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('completed'),
    sha256: z.string(),
    step: z.number(),
    loss: z.number().optional(),
    trainSeconds: z.number(),
    examples: ExamplesSchema.optional(),
  }),
  z.object({ status: z.literal('failed'), reason: z.string(), retryable: z.boolean() }),
]);
type Result = z.infer<typeof ResultSchema>;

export interface TrlJob {
  folder: string;
  identity: TrlJobIdentity;
  /** Steps between two lines of its progress. */
  loggingSteps: number;
  /** What to run to go on from a checkpoint, or from the start. */
  plan: (paths: JobPaths, resumeFrom: string | undefined) => Promise<Plan>;
}
export interface Plan {
  commands: Command[];
  env: Record<string, string>;
  files: Record<string, string>;
}
export interface JobPaths {
  folder: string;
  /** Where the process writes checkpoints and the model. */
  output: string;
  /** Caches of this job alone. */
  cache: string;
}

/** Finds, adopts, resumes or starts the job; see JobRunner. A job that must be started takes the machine, where one is given. */
export async function launchTrlJob(
  { folder, identity, loggingSteps, plan }: TrlJob,
  machine?: Machine,
): Promise<JobFolder> {
  const paths = pathsOf(folder);
  const launch = (take: () => Promise<void>) =>
    launchJob({
      folder,
      identity,
      isDone: () => isDone(folder),
      attempt: async (): Promise<Attempt> => {
        await take();
        await rm(paths.result, { force: true });
        const checkpoint = await latestCheckpoint(paths.output);
        return { ...(await plan(paths, checkpoint?.folder)), startStep: checkpoint?.step ?? 0, loggingSteps };
      },
    });
  if (machine) await machine.inTurn({ folder, subject: identity.subject }, launch);
  else await launch(async () => {});
  return { key: identity.key, location: folder };
}

export async function pollTrlJob({ key, location: folder }: JobFolder, graceMs: number): Promise<JobStatus> {
  const result = await readResult(folder);
  if (result) return toStatus(folder, result);
  const job = await observeJob(folder);
  if (job.state === 'absent') {
    return { status: 'failed', reason: `job '${key}': nothing was started in ${folder}; launch it`, retryable: true };
  }
  const identity = IdentitySchema.parse(JSON.parse(await readFile(path.join(folder, 'job.json'), 'utf8')));
  const text = await readLog(folder, job.run);
  const log = parseTrainingLog(text);
  const stepOf = (lines: number) => stepAfter(identity, job.run, lines);
  const step = stepOf(log.progressLines);

  if (log.notANumberAt !== undefined) {
    await cancelJob(folder, graceMs);
    return settle(folder, async () => {
      // Its checkpoints may hold what is not a number as well.
      await rm(pathsOf(folder).output, { recursive: true, force: true });
      const rate = identity.learningRate === undefined ? '' : ` lower learningRate (now ${identity.learningRate}), or`;
      return {
        status: 'failed',
        reason: `${identity.subject}: training loss is not a number at step ${stepOf(log.notANumberAt ?? 0)}:${rate} raise warmupSteps or batchSize`,
        retryable: false,
      };
    });
  }
  if (job.state === 'running') {
    return {
      status: 'running',
      step,
      totalSteps: identity.totalSteps,
      ...(log.loss !== undefined && { loss: log.loss }),
      ...(log.loss === undefined && log.note !== undefined && { note: log.note }),
    };
  }
  const full = await fullDisk(folder, { text, job });
  if (full !== undefined) {
    return {
      status: 'failed',
      reason: `${identity.subject}: the disk is full at step ${step} (${full}): free some of that of ${folder}; it goes on from its last checkpoint`,
      retryable: true,
    };
  }
  if (job.state === 'died') {
    const how = job.cancelled ? 'was cancelled' : 'was killed, or the machine stopped';
    return {
      status: 'failed',
      reason: `${identity.subject}: ${how} at step ${step}; it goes on from its last checkpoint`,
      retryable: true,
    };
  }
  if (job.code === 0) {
    return settle(folder, async () => {
      const { output, model, cache } = pathsOf(folder);
      try {
        await moveModel({ output, model });
      } catch (error) {
        const reason = `${identity.subject}: ended without a model: ${(error as Error).message}; log: ${path.join(folder, 'log.txt')}`;
        return { status: 'failed', reason, retryable: false };
      }
      await rm(cache, { recursive: true, force: true });
      const examples = await readOptional(path.join(folder, EXAMPLES_FILE));
      return {
        status: 'completed',
        sha256: await hashModelFolder(model),
        step: identity.totalSteps,
        ...(log.loss !== undefined && { loss: log.loss }),
        trainSeconds: log.trainSeconds ?? 0,
        ...(examples !== undefined && { examples: ExamplesSchema.parse(JSON.parse(examples)) }),
      };
    });
  }
  // 128 + n: signal n killed it, as the system does when memory runs out, and a person or a shutdown may.
  const killed = job.code > 128 && job.code < 160;
  const said = errorOf(text);
  // Our own scripts say what is wrong and what to do; what else a process says needs its log.
  const plain = /^error: (.+)/s.exec(said)?.[1];
  if (!killed && plain !== undefined)
    return { status: 'failed', reason: `${identity.subject}: ${plain}`, retryable: false };
  const why = killed
    ? `was killed by signal ${job.code - 128} at step ${step}${job.code === 137 ? ' (out of memory? lower batchSize)' : ''}`
    : `failed with exit code ${job.code}: ${said}`;
  return {
    status: 'failed',
    reason: `${identity.subject}: ${why}; log: ${path.join(folder, 'log.txt')}`,
    retryable: killed,
  };
}

export async function cancelTrlJob({ location }: JobFolder, graceMs: number): Promise<void> {
  await cancelJob(location, graceMs);
}

/** Trainers log at whole multiples of `loggingSteps`, also when they start from a checkpoint in between. */
function stepAfter(identity: z.infer<typeof IdentitySchema>, run: Run, lines: number): number {
  if (lines === 0) return run.startStep;
  const { totalSteps } = identity;
  const loggingSteps = run.loggingSteps ?? identity.loggingSteps ?? 1;
  return Math.min(totalSteps, (Math.floor(run.startStep / loggingSteps) + lines) * loggingSteps);
}

/** Finds an end that was recorded, or makes and records it: once, however many ask. */
async function settle(folder: string, end: () => Promise<Result>): Promise<JobStatus> {
  return withFolderLock(folder, async () => {
    const found = await readResult(folder);
    if (found) return toStatus(folder, found);
    const result = await end();
    await writeAtomically(pathsOf(folder).result, `${JSON.stringify(result, null, 2)}\n`);
    return toStatus(folder, result);
  });
}

async function readResult(folder: string): Promise<Result | undefined> {
  const text = await readOptional(pathsOf(folder).result);
  if (text === undefined) return undefined;
  const result = ResultSchema.parse(JSON.parse(text));
  // A model that somebody removed is made again.
  return result.status === 'completed' && !(await hasModel(pathsOf(folder).model)) ? undefined : result;
}

/** Whether a launch would start no process. */
export async function runsOrIsDone(folder: string): Promise<boolean> {
  return (await observeJob(folder)).state === 'running' || (await isDone(folder));
}

/** The model is there, or its process is through, and what it made waits to be moved into place by the next poll. */
async function isDone(folder: string): Promise<boolean> {
  const { model, output } = pathsOf(folder);
  if (await hasModel(model)) return true;
  const job = await observeJob(folder);
  return job.state === 'exited' && job.code === 0 && (await hasModel(output));
}

export function pathsOf(folder: string): JobPaths & { model: string; result: string } {
  return {
    folder,
    output: path.join(folder, 'output'),
    cache: path.join(folder, 'cache'),
    model: path.join(folder, 'model'),
    result: path.join(folder, 'result.json'),
  };
}

function toStatus(folder: string, result: Result): JobStatus {
  if (result.status === 'failed') return result;
  const { sha256, step, loss, trainSeconds, examples } = result;
  const model = { uri: pathToFileURL(pathsOf(folder).model).href, sha256 };
  return {
    status: 'completed',
    model,
    step,
    trainSeconds,
    ...(loss !== undefined && { loss }),
    ...(examples && { examples }),
  };
}
