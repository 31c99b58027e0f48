import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Gathers what many callers submit while one commit runs into the next commit, so that the cost of a transaction is shared
 * and each caller still waits until its own item is written.
 * @param gatherMs how long the first item of a batch waits for others, at most; less where none comes for a third of that time
 * @param commit writes items in one transaction and gives one result for each, in order
 */
export function createGroupCommit<Item, Result>(options: {
  maxItems: number;
  gatherMs: number;
  commit: (items: Item[]) => Promise<Result[]>;
}): (item: Item) => Promise<Result> {
  interface Waiting {
    item: Item;
    resolve: (result: Result) => void;
    reject: (error: unknown) => void;
  }
  const waiting: Waiting[] = [];
  let draining = false;

  async function gather(): Promise<void> {
    const pauseMs = options.gatherMs / 3;
    for (let pauses = 0; pauses < 3 && waiting.length < options.maxItems; pauses++) {
      const before = waiting.length;
      await sleep(pauseMs);
      if (waiting.length === before) return;
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await gather();
      const batch = waiting.splice(0, options.maxItems);
      try {
        const results = await options.commit(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, i) => resolve(results[i] as Result));
      } catch (error) {
        batch.forEach(({ reject }) => reject(error));
      }
    }
    draining = false;
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (draining) return;
      draining = true;
      void drain();
    });
}
