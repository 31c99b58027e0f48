import { ActivityFailure, ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import { FAILED_ITEMS, UNREADABLE } from '../contract/messages.ts';

/**
 * Does work in parts, of which each is handed to `part`. Once one of them says that the run is to stop, the activities of the others
 * are cancelled: nothing more is paid for.
 */
export function stopTogether<T>(work: (part: <R>(run: () => Promise<R>) => Promise<R>) => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  return scope.run(() =>
    work(async (run) => {
      try {
        return await run();
      } catch (error) {
        if (stopsTheRun(error)) scope.cancel();
        throw error;
      }
    }),
  );
}

function stopsTheRun(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && [FAILED_ITEMS, UNREADABLE].includes(cause.type ?? '');
}
