import type { Client } from '@temporalio/client';
import type { Trainer } from '../../contract/jobs.ts';

const EVERY_MS = 60_000;

/**
 * Stops training jobs whose run is over: it was terminated, or cancelled while no worker ran, so no activity could stop them.
 * Their checkpoints stay. Returns the keys of those stopped.
 */
export async function stopOrphans(options: { client: Client; trainers: Iterable<Trainer> }): Promise<string[]> {
  const stopped: string[] = [];
  for (const trainer of options.trainers) {
    for (const handle of await trainer.running()) {
      if (!(await isOver(options.client, handle.key))) continue;
      await trainer.cancel(handle);
      stopped.push(handle.key);
    }
  }
  return stopped;
}

/** Stops what trains on this machine: with no worker to look at it, it waits as a checkpoint. */
export async function stopAll(trainers: Iterable<Trainer>): Promise<void> {
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
