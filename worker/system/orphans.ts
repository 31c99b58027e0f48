import type { Client } from '@temporalio/client';
import type { Trainer } from '../../contract/jobs.ts';

const EVERY_MS = 60_000;

/** While a run waits for a job, it is looked at each second; a worker that starts again takes a minute. */
const UNASKED_MS = 5 * 60_000;

/**
 * Stops training jobs that nobody waits for. Their run is over: it was terminated, or cancelled while no worker ran, so no activity could
 * stop them. Or it no longer asks for them: it has taken this machine for gone, and another one has the job. Their checkpoints stay.
 * Returns what was stopped, in words.
 */
export async function stopOrphans(options: {
  client: Client;
  trainers: Iterable<Pick<Trainer, 'running' | 'cancel'>>;
  /** Since when this worker has been able to hear of a look at a job: before, there could be none. */
  hearingSinceMs: number;
  nowMs: number;
}): Promise<string[]> {
  const { client, trainers, hearingSinceMs, nowMs } = options;
  const stopped: string[] = [];
  for (const trainer of trainers) {
    for (const handle of await trainer.running()) {
      const { key, askedAtMs } = handle;
      const isUnasked = askedAtMs !== undefined && nowMs - Math.max(askedAtMs, hearingSinceMs) > UNASKED_MS;
      const why = (await isOver(client, key))
        ? 'its run is over'
        : isUnasked && 'its run has not asked for it for five minutes, so another machine has it';
      if (!why) continue;
      await trainer.cancel(handle);
      stopped.push(`stopped training job ${key}: ${why}`);
    }
  }
  return stopped;
}

/** Stops what trains on this machine: with no worker to look at it, it waits as a checkpoint. */
export async function stopAll(trainers: Iterable<Pick<Trainer, 'running' | 'cancel'>>): Promise<void> {
  for (const trainer of trainers) for (const handle of await trainer.running()) await trainer.cancel(handle);
}

/** Looks for what is lost now and every minute, until `stop` is called; says what it found in words. */
export function watchForLost(options: {
  /** What is looked for, and how: a line for each that was found. */
  looks: Readonly<Record<string, () => Promise<string[]>>>;
  say: (message: string) => void;
}): { stop: () => Promise<void> } {
  const { looks, say } = options;
  const look = async () => {
    for (const [what, find] of Object.entries(looks)) {
      try {
        for (const found of await find()) say(found);
      } catch (error) {
        say(`looking for ${what}: ${String(error)}`);
      }
    }
  };
  let looking = look();
  const timer = setInterval(() => (looking = looking.then(look)), EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

/** A job's key begins with the id of its run, a UUID. A run that the server no longer knows ended long ago. */
async function isOver(client: Client, key: string): Promise<boolean> {
  const runId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(key)?.[0];
  if (runId === undefined) return false;
  for await (const run of client.workflow.list({ query: `RunId = "${runId}"` })) return run.status.name !== 'RUNNING';
  return true;
}
