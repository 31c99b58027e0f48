import { explain } from './explain.ts';

/**
 * Runs something and goes on serving. That a run failed, or that somebody cancelled it, is said and ends nothing that serves.
 * @param options.running the run; nothing is run where it is left out
 * @param options.stopped settles when everything has to stop: a person asked for it, or a process died again and again
 * @param options.exit whether to return once the run has ended, rather than serve
 * @throws what the run failed with, where `exit` is set
 */
export async function thenServe(options: {
  running?: Promise<void> | undefined;
  stopped: Promise<unknown>;
  exit: boolean;
  announce: () => void;
  say: (message: string) => void;
}): Promise<void> {
  const { running, stopped, exit, announce, say } = options;
  stopped.catch(() => {}); // Awaited below, unless the run ends first.
  announce();
  if (running) {
    const ended = running.then(
      () => ({ failed: false, error: undefined }),
      (error: unknown) => ({ failed: true, error }),
    );
    const first = await Promise.race([ended, stopped.then(() => undefined)]);
    if (!first) return;
    if (exit && first.failed) throw first.error;
    if (exit) return;
    if (first.failed) say(`\n${explain(first.error)}\nWhat serves goes on.`);
    announce();
  }
  say('Serving until Ctrl-C.');
  await stopped;
}
