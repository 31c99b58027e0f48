import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** How fast earlier jobs trained on this machine, from what their folders keep. */

const JobSchema = z.object({
  job: z.object({
    candidate: z.object({ base: z.string(), batchSize: z.number(), lora: z.unknown().optional() }),
  }),
});
const RunSchema = z.object({ startStep: z.number() });
const ResultSchema = z.object({
  status: z.literal('completed'),
  step: z.number(),
  trainSeconds: z.number().positive(),
  examples: z.object({ meanTokens: z.number().positive() }),
});

export interface PastTraining {
  base: string;
  lora: boolean;
  tokensPerSecond: number;
}

/** The trainings below a folder that came to their end; what can't be read tells nothing. */
export async function pastTrainings(workDir: string): Promise<PastTraining[]> {
  const keys = await readdir(workDir).catch((): string[] => []);
  const found = await Promise.all(keys.map((key) => pastTraining(path.join(workDir, key)).catch(() => undefined)));
  return found.flatMap((one) => (one && one.tokensPerSecond > 0 ? [one] : []));
}

async function pastTraining(folder: string): Promise<PastTraining> {
  const read = async <T>(name: string, schema: z.ZodType<T>) =>
    schema.parse(JSON.parse(await readFile(path.join(folder, name), 'utf8')));
  const { job } = await read('job.json', JobSchema);
  const { startStep } = await read('run.json', RunSchema);
  const { step, trainSeconds, examples } = await read('result.json', ResultSchema);
  const { base, batchSize, lora } = job.candidate;
  // The seconds are those of the last start: what was done before a crash is not among them.
  const tokens = (step - startStep) * batchSize * examples.meanTokens;
  return { base, lora: lora !== undefined, tokensPerSecond: tokens / trainSeconds };
}
