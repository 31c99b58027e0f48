import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

/** A model is a folder: weights, config, tokenizer, chat template, and nothing else. */

const WEIGHTS = /\.(?:safetensors|bin)$/;
/** What trainers leave beside the model: not part of what answers. */
const LEFT_OUT = new Set(['training_args.bin', 'README.md', 'trainer_state.json', 'optimizer.pt', 'scheduler.pt']);

/** Hash over the sorted names and contents of the folder's files: the identity of the model. */
export async function hashModelFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await fileNames(folder)) hash.update(`${name}\n${await hashModelFile(path.join(folder, name))}\n`);
  return hash.digest('hex');
}

/** The same of a model that is kept, beside which its card lies: the identity that it had before it got one. */
export async function hashKeptModel(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await fileNames(folder))
    if (!LEFT_OUT.has(name)) hash.update(`${name}\n${await hashModelFile(path.join(folder, name))}\n`);
  return hash.digest('hex');
}

export async function hashModelFile(file: string): Promise<string> {
  const content = createHash('sha256');
  await pipeline(createReadStream(file), content);
  return content.digest('hex');
}

/**
 * The folder that a model's or a data file's URI names.
 * @throws when it is not on this machine
 */
export function localPath(uri: string, subject: string): string {
  if (uri.startsWith('file://')) return fileURLToPath(uri);
  throw new Error(`${subject}: expected a file:// URI, found ${uri}: bring it to this machine first`);
}

/** Of a checkpoint that was written to its end: a killed trainer leaves folders without weights, or with half a state. */
async function checkpointStep(folder: string): Promise<number | undefined> {
  try {
    const state = JSON.parse(await readFile(path.join(folder, 'trainer_state.json'), 'utf8')) as {
      global_step?: unknown;
    };
    const step = state.global_step;
    if (typeof step !== 'number' || !path.basename(folder).endsWith(`-${step}`)) return undefined;
    const names = await fileNames(folder);
    const weights = names.filter((name) => name.endsWith('.safetensors'));
    // trl saves these before trainer_state.json; without them a resumed run would not be the same run.
    if (weights.length === 0 || !['optimizer.pt', 'scheduler.pt'].every((name) => names.includes(name)))
      return undefined;
    for (const name of weights) if (!(await safetensorsComplete(path.join(folder, name)))) return undefined;
    return step;
  } catch {
    return undefined;
  }
}

/** A safetensors file says in its header how long it is: 8 bytes of header length, the header, then the tensors. */
async function safetensorsComplete(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const prefix = Buffer.alloc(8);
    await handle.read(prefix, 0, 8, 0);
    const headerBytes = Number(prefix.readBigUInt64LE());
    if (8 + headerBytes > size) return false;
    const header = Buffer.alloc(headerBytes);
    await handle.read(header, 0, headerBytes, 8);
    const tensors = Object.values(JSON.parse(header.toString()) as Record<string, { data_offsets?: [number, number] }>);
    const end = Math.max(0, ...tensors.map((tensor) => tensor.data_offsets?.[1] ?? 0));
    return size === 8 + headerBytes + end;
  } finally {
    await handle.close();
  }
}

export interface Checkpoint {
  folder: string;
  step: number;
}

/** The newest whole checkpoint in a trainer's output folder, above a step where one is given; the trainer may be at work. */
export async function newestCheckpoint(output: string, above = 0): Promise<Checkpoint | undefined> {
  for (const [step, folder] of await checkpointFolders(output))
    if (step > above && (await checkpointStep(folder)) !== undefined) return { folder, step };
  return undefined;
}

/** The same for a trainer that is dead. Half-written ones are removed, so that nothing finds them. */
export async function latestCheckpoint(output: string): Promise<Checkpoint | undefined> {
  for (const [, folder] of await checkpointFolders(output))
    if ((await checkpointStep(folder)) === undefined) await rm(folder, { recursive: true });
  return newestCheckpoint(output);
}

/** By their names, the newest first. */
async function checkpointFolders(output: string): Promise<[step: number, folder: string][]> {
  const found = (await readdir(output).catch((): string[] => [])).flatMap((entry): [number, string][] => {
    const step = /^checkpoint-(\d+)$/.exec(entry)?.[1];
    return step === undefined ? [] : [[Number(step), path.join(output, entry)]];
  });
  return found.sort(([a], [b]) => b - a);
}

/**
 * Moves the model's files out of a trainer's output folder to where they stay, and removes the rest. Whole or absent: a
 * call after a crash finishes the work.
 * @throws when there is no model in `output`
 */
export async function moveModel({ output, model }: { output: string; model: string }): Promise<void> {
  const unfinished = `${model}.tmp`;
  if (!(await hasModel(model))) {
    await mkdir(unfinished, { recursive: true });
    for (const name of await fileNames(output).catch((): string[] => [])) {
      if (!LEFT_OUT.has(name)) await rename(path.join(output, name), path.join(unfinished, name));
    }
    if (!(await hasModel(unfinished))) {
      throw new Error(
        `${output}: expected config.json and weights, found ${(await fileNames(unfinished)).join(', ') || 'nothing'}`,
      );
    }
    await rename(unfinished, model);
  }
  await rm(output, { recursive: true, force: true });
}

/** Bytes of the weights: about two or four for each parameter. */
export async function weightsBytes(folder: string): Promise<number> {
  const names = (await fileNames(folder)).filter((name) => WEIGHTS.test(name) && !LEFT_OUT.has(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

export async function hasModel(folder: string): Promise<boolean> {
  const names = await fileNames(folder).catch((): string[] => []);
  return names.includes('config.json') && names.some((name) => WEIGHTS.test(name));
}

async function fileNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}
