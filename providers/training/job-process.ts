import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { withFolderLock } from '../../common/folder-lock.ts';
import { isAlive, processStartTime, stopGroup } from '../../common/process-identity.ts';

/** A long-running command that outlives its parent, adopted by whoever asks for the same folder next. */

export interface Command {
  program: string;
  args: string[];
}

/** One start of a job: what to run, and where it goes on from. */
export interface Attempt {
  /** Run one after the other while they succeed. */
  commands: Command[];
  env: Record<string, string>;
  /** Files to write into the folder first, by name. */
  files: Record<string, string>;
  /** Steps done already: those of the checkpoint that it resumes from. */
  startStep: number;
  /** Steps between two lines of progress. */
  loggingSteps: number;
}

const RunSchema = z.object({
  pid: z.number().int(),
  startTime: z.string(),
  startStep: z.number().int(),
  /** Absent in folders of before, whose job.json has it. */
  loggingSteps: z.number().int().optional(),
  /** Where this attempt's part of the log starts, in bytes. */
  logOffset: z.number().int(),
});
export type Run = z.infer<typeof RunSchema>;

export type JobState =
  | { state: 'absent' }
  | { state: 'running'; run: Run }
  /** It ended by itself, with this exit code: 128 + n when signal n killed the command. */
  | { state: 'exited'; run: Run; code: number }
  /** It left no exit code: killed with everything around it, or the machine stopped. */
  | { state: 'died'; run: Run; cancelled: boolean };

export interface JobToLaunch {
  folder: string;
  /** What the job is, as JSON: a folder holds one job for ever. */
  identity: unknown;
  /** True when what the job makes is there. Called when no process runs; the folder is this caller's alone until it returns. */
  isDone: () => Promise<boolean>;
  /** Called when a process must be started, under the same lock. */
  attempt: () => Promise<Attempt>;
}

/**
 * Makes the job's process run: adopts a live one, starts one where there is none. Callers that race get one process.
 * @throws when the folder holds a different job
 */
export async function launchJob(job: JobToLaunch): Promise<void> {
  await withFolderLock(job.folder, async () => {
    await claimFolder(job);
    const before = await observeJob(job.folder);
    if (before.state === 'running' || (await job.isDone())) return;
    // Its leader is dead; what the leader started may live on, and would write into the same files.
    if (before.state !== 'absent') await stopGroup(before.run, 0);
    await startProcess(job.folder, await job.attempt());
  });
}

async function claimFolder({ folder, identity }: JobToLaunch): Promise<void> {
  const file = path.join(folder, 'job.json');
  const wanted: unknown = JSON.parse(JSON.stringify(identity));
  const found = await readOptional(file);
  if (found === undefined) return writeAtomically(file, `${JSON.stringify(wanted, null, 2)}\n`);
  if (isDeepStrictEqual(whatItIs(JSON.parse(found)), whatItIs(wanted))) return;
  throw new Error(
    `${file}: this key already stands for another job. Expected ${JSON.stringify(wanted)}, found ${JSON.stringify(JSON.parse(found))}. ` +
      'Give the new job a key of its own, or remove the folder.',
  );
}

/** Without how often it logs, which folders of before hold: another version may log otherwise, and it is the same job. */
function whatItIs(identity: unknown): unknown {
  if (typeof identity !== 'object' || identity === null) return identity;
  return Object.fromEntries(Object.entries(identity).filter(([field]) => field !== 'loggingSteps'));
}

/** The log takes everything; the exit code is written last, under a temporary name first, so that it is whole or absent. */
function script(commands: Command[]): string {
  const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  const run = commands.map(({ program, args }) => [program, ...args].map(quote).join(' ')).join(' && ');
  return `read -r go || exit 97\n( ${run} ) </dev/null\ncode=$?\necho $code >exit.tmp && mv exit.tmp exit\n`;
}

async function startProcess(folder: string, attempt: Attempt): Promise<void> {
  for (const name of ['exit', 'cancelled']) await rm(path.join(folder, name), { force: true });
  for (const [name, content] of Object.entries(attempt.files)) await writeFile(path.join(folder, name), content);
  const log = await open(path.join(folder, 'log.txt'), 'a');
  try {
    const { size: logOffset } = await log.stat();
    const child = spawn('sh', ['-c', script(attempt.commands)], {
      cwd: folder,
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
      env: { ...process.env, ...attempt.env },
    });
    await once(child, 'spawn');
    const startTime = child.pid === undefined ? undefined : await processStartTime(child.pid);
    if (child.pid === undefined || startTime === undefined || !child.stdin)
      throw new Error(`${folder}: the job's shell died at once`);
    const { startStep, loggingSteps } = attempt;
    const run: Run = { pid: child.pid, startTime, startStep, loggingSteps, logOffset };
    await writeAtomically(path.join(folder, 'run.json'), JSON.stringify(run));
    await appendFile(
      path.join(folder, 'starts.jsonl'),
      `${JSON.stringify({ ...run, at: new Date().toISOString() })}\n`,
    );
    // The shell waits for this line: had we died before the record was written, it would have ended with nothing done.
    const told = once(child.stdin, 'finish');
    child.stdin.end('go\n');
    await told;
    child.unref();
  } finally {
    await log.close();
  }
}

export async function observeJob(folder: string): Promise<JobState> {
  const text = await readOptional(path.join(folder, 'run.json'));
  if (text === undefined) return { state: 'absent' };
  const run = RunSchema.parse(JSON.parse(text));
  // In this order: a process that ends between the two looks has written its exit code by the second.
  const alive = await isAlive(run);
  const code = await readOptional(path.join(folder, 'exit'));
  if (code !== undefined) return { state: 'exited', run, code: Number(code) };
  if (alive) return { state: 'running', run };
  return { state: 'died', run, cancelled: (await readOptional(path.join(folder, 'cancelled'))) !== undefined };
}

/** Stops a job's whole process group, if it runs. What it wrote stays, and the next launch goes on from it. */
export async function cancelJob(folder: string, graceMs: number): Promise<void> {
  if (!(await exists(folder))) return;
  await withFolderLock(folder, async () => {
    const job = await observeJob(folder);
    if (job.state !== 'running') return;
    await writeFile(path.join(folder, 'cancelled'), '');
    await stopGroup(job.run, graceMs);
  });
}

/** What the current attempt has logged so far. */
export async function readLog(folder: string, { logOffset }: Run): Promise<string> {
  const bytes = await readFile(path.join(folder, 'log.txt'));
  return bytes.subarray(logOffset).toString('utf8');
}

export async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Whole or absent, also after a crash of the machine. */
export async function writeAtomically(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
