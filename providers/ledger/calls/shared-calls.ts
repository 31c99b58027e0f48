interface SharedCall<T> {
  result: Promise<T>;
  waiters: number;
  controller: AbortController;
}

/** Runs what has the same id and is asked for at the same time once, for all who ask. */
export class SharedCalls<T> {
  readonly #calls = new Map<string, SharedCall<T>>();

  /**
   * Joins the call of this id that is under way, or starts it. An abort takes back one caller's interest: it rejects for that
   * caller at once, and stops the call itself only when nobody else waits for it.
   */
  async join(options: { id: string; signal?: AbortSignal; start: (signal: AbortSignal) => Promise<T> }): Promise<T> {
    const { id, signal, start } = options;
    signal?.throwIfAborted();
    const call = this.#calls.get(id) ?? this.#begin(id, start);
    call.waiters++;
    const left = Promise.withResolvers<never>();
    const leave = () => {
      left.reject(signal?.reason);
      if (--call.waiters > 0) return;
      if (this.#calls.get(id) === call) this.#calls.delete(id);
      call.controller.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([call.result, left.promise]);
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  #begin(id: string, start: (signal: AbortSignal) => Promise<T>): SharedCall<T> {
    const controller = new AbortController();
    const call: SharedCall<T> = { result: start(controller.signal), waiters: 0, controller };
    this.#calls.set(id, call);
    const forget = () => {
      if (this.#calls.get(id) === call) this.#calls.delete(id);
    };
    call.result.then(forget, forget);
    return call;
  }
}
