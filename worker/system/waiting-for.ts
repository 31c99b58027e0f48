/** Told again only after this long, so that a slow machine's start does not fill the screen. */
const TOLD_AGAIN_MS = 30_000;

/** Says what a start waits for: when that changes, and then every half minute with how long it has taken. */
export function createWaitingFor(say: (message: string) => void, now: () => number = Date.now) {
  const waiting = new Set<string>();
  let told = { names: '', atMs: 0, sinceMs: 0 };
  return {
    add: (name: string) => void waiting.add(name),
    done: (name: string) => void waiting.delete(name),
    /** To be called every few seconds. */
    tell(): void {
      const names = [...waiting].join(', ');
      const nowMs = now();
      if (names === '') return;
      if (names === told.names && nowMs - told.atMs < TOLD_AGAIN_MS) return;
      const sinceMs = names === told.names ? told.sinceMs : nowMs;
      const seconds = Math.round((nowMs - sinceMs) / 1000);
      say(`Starting: ${names}${seconds > 0 ? ` (${seconds} s)` : ''}`);
      told = { names, atMs: nowMs, sinceMs };
    },
  };
}
