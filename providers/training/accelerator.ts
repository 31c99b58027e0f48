import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Accelerator } from './trl-config.ts';

const AcceleratorSchema = z.object({ device: z.enum(['cpu', 'cuda', 'mps']), bf16: z.boolean() });

const ASK_TORCH = `import json, torch
cuda = torch.cuda.is_available()
device = 'cuda' if cuda else 'mps' if torch.backends.mps.is_available() else 'cpu'
print(json.dumps({'device': device, 'bf16': cuda and torch.cuda.is_bf16_supported()}))`;

/** The drivers of NVIDIA's GPUs, of AMD's, and of Windows' under WSL. */
const GPU_DRIVERS = ['/dev/nvidiactl', '/dev/kfd', '/dev/dxg'];

/**
 * Where torch will compute. A Linux machine without a GPU's driver is known at once; else torch is asked, which takes seconds.
 * @throws when Python can't be run, or has no torch
 */
export async function detectAccelerator(python: string): Promise<Accelerator> {
  if (!mayHaveGpu()) return { device: 'cpu', bf16: await cpuHasBf16() };
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', ASK_TORCH]);
    return AcceleratorSchema.parse(JSON.parse(stdout));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : String(cause);
    throw new Error(
      `${python}: could not ask torch for a GPU: ${said}. Expected a Python environment with torch; make it anew.`,
      {
        cause,
      },
    );
  }
}

/** Whether there is a GPU, or may be one: only Linux says so without torch. */
export const mayHaveGpu = (): boolean => process.platform !== 'linux' || GPU_DRIVERS.some((file) => existsSync(file));

/** Whether this machine's processor computes in bfloat16; without such instructions float32 is the faster one. */
async function cpuHasBf16(): Promise<boolean> {
  const info = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return /^flags\b.*\b(?:avx512_bf16|amx_bf16)\b/m.test(info);
}
