import { modelServerCommand } from '../../providers/inference/transformers.ts';
import type { ProcessSpec } from './supervise.ts';

export const modelServerUrl = (port: number): string => `http://127.0.0.1:${port}`;

/** The model server of this machine, as it is supervised. */
export function modelServerProcess(options: { python: string; port: number; env: NodeJS.ProcessEnv }): ProcessSpec {
  const { python, port, env } = options;
  const { env: own, ...command } = modelServerCommand({ python, port });
  return {
    name: 'model-server',
    ...command,
    env: { ...env, ...own },
    ready: () => answers(`${modelServerUrl(port)}/health`),
    readyTimeoutMs: 120_000,
    graceMs: 5_000,
  };
}

/** Whether a server answers there as it should. @throws where none answers at all */
export async function answers(url: string): Promise<boolean> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  return reply.ok;
}
