import { userInfo } from 'node:os';
import type { Client } from '@temporalio/client';
import { resolvePaths, type Paths } from '../../../configs/paths.ts';
import type { Registry } from '../../../registry/store.ts';
import { connectClient, readRunning, type RunningSystem } from '../../../operations/connection.ts';
import { openRegistry } from '../../dependencies.ts';

/** What a command can't do, in words that say what to do. */
export class CommandError extends Error {
  override name = 'CommandError';
}

export const say = (message: string) => void process.stdout.write(`${message}\n`);

export const paths = (): Paths => resolvePaths(process.env);

/** Runs a command against the running system's Temporal. @throws CommandError that says what to start */
export async function withTemporal<T>(
  work: (client: Client, running: RunningSystem | undefined) => Promise<T>,
): Promise<T> {
  const running = readRunning(paths().running);
  const address = process.env.TEMPORAL_ADDRESS ?? running?.temporalAddress;
  if (!address)
    throw new CommandError(
      'Whetstone does not run here. Start it with: npm start   (or set TEMPORAL_ADDRESS to its server)',
    );
  const env = { ...process.env, TEMPORAL_ADDRESS: address };
  const { client, connection } = await connectClient(env).catch((cause: unknown) => {
    throw new CommandError(
      `No Temporal server answers at ${address}. Start Whetstone with: npm start   (or correct TEMPORAL_ADDRESS)`,
      { cause },
    );
  });
  try {
    return await work(client, running);
  } finally {
    await connection.close();
  }
}

/** Runs a command on the registry itself: it works when no worker and no server does. */
export async function withRegistry<T>(work: (registry: Registry) => Promise<T>): Promise<T> {
  const { registry, close } = await openRegistry(paths());
  try {
    return await work(registry);
  } finally {
    await close();
  }
}

/** Ctrl-C ends the command that follows a run, and not the run. To be called before progress is shown, which listens too. */
export function goesOnAfterInterrupt({ what, id }: { what: string; id: string }): void {
  process.once('SIGINT', () => {
    say(`\n${what} goes on. Follow it: npx whetstone status; end it: npx whetstone cancel ${id}`);
    process.exit(130);
  });
}

/** Whoever runs the command, unless --by says otherwise. A claim, not a proof. */
export const currentUser = (): string => process.env.USER || userInfo().username;
