/** The whole call, from the request to the last byte of the answer, took longer than it may. */
export class DeadlineError extends Error {
  constructor(timeoutMs: number) {
    super(`timed out: no complete answer within ${timeoutMs} ms (timeoutMs)`);
    this.name = 'DeadlineError';
  }
}

/**
 * Runs `work` with a signal that aborts when the caller's does, or when time is up: the SDKs' own time-outs stop watching
 * once the headers are there, so a body that drips could hold a call for ever.
 * @throws the caller's abort reason, or DeadlineError
 */
export async function withDeadline<T>(options: {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  work: (signal: AbortSignal) => Promise<T>;
}): Promise<T> {
  const { timeoutMs, signal, work } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(new DeadlineError(timeoutMs)), timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await work(controller.signal);
  } catch (error) {
    // The SDKs replace an abort's reason by an error of their own.
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
